package zoo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
)

// head is what stands between the feature maps and the logits in the place of
// the architecture's own classifier.
type head struct {
	parts []part
	// activation is the one at the end, empty where nothing says it.
	activation models.Activation
	// left is the name of that activation in PyTorch.
	left string
	// guesses are what the file does not say, a phrase each.
	guesses []string
	// known is set where modules say what the head is.
	known bool
}

// part is a layer of a head.
type part struct {
	name string
	kind models.Kind
	attr models.Attr
	// bias is set for a linear layer that has one.
	bias bool
	// both is set for fastai's AdaptiveConcatPool2d: the maxima of all pixels,
	// then their means.
	both bool
}

// build appends the layers of the head to the maps x.
func (h *head) build(b *builder, x string) {
	for _, p := range h.parts {
		switch {
		case p.both:
			most := b.plain(p.name+".mp", models.GlobalMaxPool, x)
			mean := b.plain(p.name+".ap", models.GlobalAvgPool, x)
			x = b.plain(p.name, models.Concat, most, mean)
		case p.kind == models.Linear && !p.bias:
			params := map[string]*tensor.Dense{"weight": b.param(p.name, "weight", -1, b.channels(x))}
			x = b.append(models.Layer{Name: p.name, Kind: models.Linear, Inputs: []string{x}, Params: params})
		case p.kind == models.Linear:
			x = b.linear(p.name, x, -1)
		case p.kind == models.BatchNorm:
			x = b.batchNorm(p.name, x)
		default:
			x = b.append(models.Layer{Name: p.name, Kind: p.kind, Inputs: []string{x}, Attr: p.attr})
		}
	}
}

// remark adds to the network what is known and what was guessed of its head.
func (h *head) remark(net *models.Network) {
	if h.known {
		net.Said(models.AspectHead)
	}
	if h.activation != "" {
		net.SetActivation(h.activation)
		net.Notes = append(net.Notes, models.NewNote(models.NoteActivation, h.left))
	}
	if len(h.guesses) > 0 {
		net.Guess(strings.Join(h.guesses, ", "), models.AspectHead)
	}
}

// reader reads a head from the parameters of a file.
type reader struct {
	b    *builder
	src  *mapped
	own  []models.Layer
	head *head
	// width is how many numbers the next layer reads.
	width int
	// taken are the names of the head's layers.
	taken map[string]bool
}

// readHead finds the layers that follow the body of b in a file: linear layers
// and batch normalisations, each of which reads as many numbers as the one before
// gives. rest are the places of the parameters that are not the body's, and own
// is the architecture's classifier. It returns nil if there is no such row, and the
// parameters that it did not take.
func readHead(b *builder, src *mapped, rest []int, own []models.Layer) (*head, []int) {
	groups, left := src.file.groups(rest)
	r := &reader{b: b, src: src, own: own, head: &head{}, taken: make(map[string]bool)}
	chain, unused := r.chain(groups)
	for _, g := range unused {
		for _, i := range g.places {
			left = append(left, i)
		}
	}
	if len(chain) == 0 || chain[len(chain)-1].norm || b.err != nil {
		return nil, rest
	}
	before := src.file.strange
	src.file.strange = ""
	parts, known := r.structure(chain)
	if src.file.strange != "" {
		return nil, rest
	}
	src.file.strange = before
	if !known {
		r.head, r.taken = &head{}, make(map[string]bool)
		parts = r.guessed(chain)
	}
	r.head.known = known
	r.head.parts = parts
	return r.head, left
}

// pool is the row of layers between the maps and the first layer that has
// parameters.
func (r *reader) pool() []part {
	l, _ := r.b.net.Layer(r.b.body)
	if len(l.Shape) == 2 {
		return nil // A token.
	}
	c, side := l.Shape[1], l.Shape[2]
	flatten := part{name: r.name("flatten"), kind: models.Flatten}
	name := r.name("avgpool")
	switch spread := r.width / c; {
	case r.width == c && l.Shape[2]*l.Shape[3] == 1:
		return []part{flatten}
	case r.width == c:
		return []part{{name: name, kind: models.GlobalAvgPool}, flatten}
	case r.width == 2*c:
		return []part{{name: name, both: true}, flatten}
	case spread == r.b.pool*r.b.pool:
		return []part{{name: name, kind: models.AdaptiveAvgPool, attr: models.Attr{Output: [2]int{r.b.pool, r.b.pool}}}, flatten}
	case spread == side*side && side == l.Shape[3]:
		return []part{flatten}
	default:
		for n := 1; ; n++ {
			if n*n >= spread {
				r.head.guesses = append(r.head.guesses, fmt.Sprintf("a mean of the maps to %dx%d", n, n))
				return []part{{name: name, kind: models.AdaptiveAvgPool, attr: models.Attr{Output: [2]int{n, n}}}, flatten}
			}
		}
	}
}

// name is a name that no other layer has.
func (r *reader) name(name string) string {
	l, ok := r.b.net.Layer(name)
	for r.taken[name] || ok && !slices.ContainsFunc(r.own, func(o models.Layer) bool { return o.Name == l.Name }) {
		name, ok = "head."+name, false
	}
	r.taken[name] = true
	return name
}

// layer is the part that has the parameters of a group. Its layer goes by the
// name in the file, without what stands before all names.
func (r *reader) layer(g group) part {
	name := g.path
	if short, ok := strings.CutPrefix(g.path, r.src.way.prefix); ok && short != "" {
		name = short
	}
	if name == "" {
		name = "linear"
	}
	p := part{name: r.name(name), kind: models.Linear}
	if g.norm {
		p.kind = models.BatchNorm
	}
	for param, i := range g.places {
		r.src.names[p.name+"."+param] = i
		p.bias = p.bias || param == "bias"
	}
	return p
}

// gap is how many places the names leave free between two groups: parts that
// have no parameters. It is -1 where the names do not tell.
func gap(before, after group) int {
	if parent(before.path) != parent(after.path) {
		return -1
	}
	m, err := strconv.Atoi(last(before.path))
	n, err2 := strconv.Atoi(last(after.path))
	if err != nil || err2 != nil || n <= m {
		return -1
	}
	return n - m - 1
}

// guessed makes a head of its parameters alone. Between two linear layers it puts
// what the architecture has after the first of them, or else a ReLU, unless they
// follow each other directly. Where a batch normalisation follows a linear layer
// directly, the ReLU comes after it.
func (r *reader) guessed(chain []group) []part {
	parts := r.pool()
	owed := false
	for i, g := range chain {
		p := r.layer(g)
		parts = append(parts, p)
		if i+1 == len(chain) {
			break
		}
		next := chain[i+1]
		space := gap(g, next)
		switch own := r.after(p, g); {
		case !g.norm && own != nil:
			parts = append(parts, *own)
			owed = false
			continue
		case !g.norm && !next.norm && r.isOwn(p):
			// A network that was taken as it is gives its logits to another layer.
			owed = false
			r.head.guesses = append(r.head.guesses, "nothing between "+p.name+" and what follows")
			continue
		case !g.norm && next.norm && space <= 0:
			owed = true
			continue
		case space == 0:
			owed = false
			continue
		case g.norm && !owed:
			continue
		}
		owed = false
		name := p.name + ".relu"
		if space > 0 {
			at, _ := strconv.Atoi(last(g.path))
			name = strings.TrimSuffix(p.name, last(p.name)) + strconv.Itoa(at+1)
		}
		parts = append(parts, part{name: r.name(name), kind: models.ReLU})
		r.head.guesses = append(r.head.guesses, "a ReLU after "+p.name)
	}
	return parts
}

// isOwn reports whether a layer stands in the place of the last one of the
// architecture's own classifier.
func (r *reader) isOwn(p part) bool {
	for _, l := range slices.Backward(r.own) {
		if l.Kind == models.Linear {
			return l.Name == p.name
		}
	}
	return false
}

// after is the activation that the architecture's own classifier has after a
// linear layer that is still in its place; nil for any other.
func (r *reader) after(p part, g group) *part {
	for i, l := range r.own {
		if l.Name != p.name || l.Kind != models.Linear || i+1 >= len(r.own) {
			continue
		}
		if s := l.Params["weight"].Shape(); s[0] == g.out && s[1] == g.in && r.own[i+1].Kind.Activation() {
			return &part{name: r.name(r.own[i+1].Name), kind: r.own[i+1].Kind, attr: r.own[i+1].Attr}
		}
	}
	return nil
}
