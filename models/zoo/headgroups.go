package zoo

import (
	"slices"
	"strconv"
	"strings"
)

// group is the parameters of one layer of a head in the file.
type group struct {
	path string
	// places of the parameters in the file, by the last parts of their names.
	places map[string]int
	norm   bool
	// in and out count the numbers that the layer reads and gives.
	in, out int
}

// groups gathers parameters by layers, in the order of the file, and sorted by
// the numbers in their names where the file's order means nothing. left are those
// that are neither of a linear layer nor of a batch normalisation.
func (file *listing) groups(rest []int) (list []group, left []int) {
	at := make(map[string]int)
	for _, i := range rest {
		path := parent(file.Params[i].Name)
		if _, ok := at[path]; !ok {
			at[path] = len(list)
			list = append(list, group{path: path, places: make(map[string]int)})
		}
		list[at[path]].places[last(file.Params[i].Name)] = i
	}
	kept := list[:0]
	for _, g := range list {
		if g.complete(file) {
			kept = append(kept, g)
			continue
		}
		for _, i := range g.places {
			left = append(left, i)
		}
	}
	if !file.Ordered {
		slices.SortStableFunc(kept, func(a, b group) int { return compareNatural(a.path, b.path) })
	}
	return kept, left
}

// complete finds out which layer the parameters are of.
func (g *group) complete(file *listing) bool {
	shape := func(name string) []int {
		if i, ok := g.places[name]; ok {
			return file.Params[i].Shape
		}
		return nil
	}
	weight, bias := shape("weight"), shape("bias")
	extra := len(g.places) - 1
	if bias != nil {
		extra--
	}
	switch {
	case len(weight) == 2 && extra == 0 && (bias == nil || len(bias) == 1 && bias[0] == weight[0]):
		g.in, g.out = weight[1], weight[0]
		return true
	case len(weight) == 1 && len(bias) == 1 && extra == 2 && len(shape("running_mean")) == 1 && len(shape("running_var")) == 1:
		g.norm, g.in, g.out = true, weight[0], weight[0]
		return true
	}
	return false
}

// compareNatural compares names part by part, numbers by their values.
func compareNatural(a, b string) int {
	one, two := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(one), len(two)) {
		m, err := strconv.Atoi(one[i])
		n, err2 := strconv.Atoi(two[i])
		c := strings.Compare(one[i], two[i])
		if err == nil && err2 == nil {
			c = m - n
		}
		if c != 0 {
			return c
		}
	}
	return len(one) - len(two)
}

// chain finds the row of layers: the first one that reads what there is, then
// the first one that reads what it gives, and so on.
func (r *reader) chain(groups []group) (chain, unused []group) {
	l, ok := r.b.net.Layer(r.b.body)
	if !ok || len(l.Shape) != 4 && len(l.Shape) != 2 {
		return nil, groups
	}
	c, height, width := l.Shape[1], 1, 1
	if len(l.Shape) == 4 {
		height, width = l.Shape[2], l.Shape[3]
	}
	pooled := c * r.b.pool * r.b.pool
	starts := []int{c, pooled, 2 * c, c * height * width}
	for start := range groups {
		in := groups[start].in
		if len(l.Shape) == 2 && in != c {
			continue
		}
		if slices.Contains(starts, in) || in%c == 0 && isSquare(in/c) {
			chain, unused = follow(groups, start)
			if len(chain) > 0 {
				r.width = in
				return chain, unused
			}
		}
	}
	return nil, groups
}

// follow takes groups from start on.
func follow(groups []group, start int) (chain, unused []group) {
	unused = slices.Clone(groups)
	for next := start; next >= 0; {
		g := unused[next]
		chain = append(chain, g)
		unused = slices.Delete(unused, next, next+1)
		next = slices.IndexFunc(unused, func(other group) bool { return other.in == g.out })
	}
	return chain, unused
}

func isSquare(n int) bool {
	for side := 1; side*side <= n; side++ {
		if side*side == n {
			return true
		}
	}
	return false
}
