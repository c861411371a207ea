package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gaze/models"
)

// einsum is a sum of products over the axes that the result does not have. Its
// operands are multiplied one after the other.
func (b *builder) einsum(n *node) error {
	in, err := n.all(0)
	if err != nil {
		return err
	}
	operands, result, err := parseEinsum(n.text("equation", ""), in)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	v, labels := in[0], operands[0]
	for i := 1; i < len(in) && r.err == nil; i++ {
		wanted := result
		for _, later := range operands[i+1:] {
			wanted += later
		}
		v, labels = r.contract(fmt.Sprint("of", i+1), v, labels, in[i], operands[i], wanted)
	}
	if r.err != nil {
		return r.err
	}
	v, labels = r.sumOut("sum", v, labels, result)
	if r.err != nil {
		return r.err
	}
	order := make([]int, len(result))
	for i, c := range result {
		order[i] = strings.IndexRune(labels, c)
	}
	return r.give(r.transpose(v, order...))
}

// parseEinsum has a letter for each axis of the operands and of the result. The axes
// of an ellipsis have the digits, from the last.
func parseEinsum(equation string, in []*value) (operands []string, result string, err error) {
	fail := func(why string) ([]string, string, error) {
		return nil, "", fmt.Errorf("equation %q %s", equation, why)
	}
	left, right, explicit := strings.Cut(strings.ReplaceAll(equation, " ", ""), "->")
	operands = strings.Split(left, ",")
	if len(operands) != len(in) {
		return fail(fmt.Sprintf("is not for %d inputs", len(in)))
	}
	const digits = "9876543210"
	most := 0
	for i, o := range operands {
		before, after, dots := strings.Cut(o, "...")
		axes := len(in[i].shape())
		if dots {
			more := axes - len(before) - len(after)
			if more < 0 || more > len(digits) {
				return fail(fmt.Sprintf("does not fit an input of %d axes", axes))
			}
			most = max(most, more)
			operands[i] = before + digits[len(digits)-more:] + after
		}
		o = operands[i]
		if len(o) != axes || strings.Trim(before+after, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return fail(fmt.Sprintf("does not fit an input of %d axes", axes))
		}
		for k, c := range o {
			if strings.IndexRune(o, c) != k {
				return fail("takes a diagonal, which is not supported")
			}
		}
	}
	if explicit {
		result = strings.Replace(right, "...", digits[len(digits)-most:], 1)
	} else {
		var once []rune
		all := strings.Join(operands, "")
		for _, c := range all {
			if c > '9' && strings.Count(all, string(c)) == 1 {
				once = append(once, c)
			}
		}
		slices.Sort(once)
		result = digits[len(digits)-most:] + string(once)
	}
	for k, c := range result {
		if strings.IndexRune(result, c) != k || !strings.ContainsRune(strings.Join(operands, ""), c) {
			return fail("has a result that its inputs do not make")
		}
	}
	return operands, result, nil
}

// errEinsumConstants is the error of equations of which two operands are constants.
var errEinsumConstants = errors.New("of two constants and a value is not supported")

// sumOut sums over the axes of v whose letters are not wanted, and drops them.
func (r *recipe) sumOut(step string, v *value, labels, wanted string) (*value, string) {
	over := make([]bool, len(labels))
	left := ""
	var shape []int
	for i, c := range labels {
		over[i] = !strings.ContainsRune(wanted, c)
		if !over[i] {
			left += string(c)
			shape = append(shape, v.shape()[i])
		}
	}
	if left == labels {
		return v, labels
	}
	if v.known != nil {
		c, err := r.b.sumKnown(v.known, over)
		if err != nil {
			return r.done(nil, err), ""
		}
		return &value{name: v.name, known: c.reshaped(shape)}, left
	}
	return r.view(r.sum(step, v, over), shape...), left
}

// contract multiplies two operands and sums over the axes that nothing else wants.
func (r *recipe) contract(step string, x *value, left string, y *value, right, wanted string) (*value, string) {
	x, left = r.sumOut(step+"/left", x, left, right+wanted)
	y, right = r.sumOut(step+"/right", y, right, left+wanted)
	if r.err != nil {
		return nil, ""
	}
	if x.known != nil && y.known != nil {
		return r.done(nil, errEinsumConstants), ""
	}
	sides := make(map[rune]int)
	var group, rowsOf, inner, columnsOf string
	for i, c := range left {
		sides[c] = x.shape()[i]
		switch {
		case !strings.ContainsRune(right, c):
			rowsOf += string(c)
		case strings.ContainsRune(wanted, c):
			group += string(c)
		default:
			inner += string(c)
		}
	}
	for i, c := range right {
		sides[c] = max(sides[c], y.shape()[i])
		if !strings.ContainsRune(left, c) {
			columnsOf += string(c)
		}
	}
	if inner == "" {
		return r.outer(step, x, left, y, right, group+rowsOf+columnsOf), group + rowsOf + columnsOf
	}
	total := func(letters string) int {
		n := 1
		for _, c := range letters {
			n *= sides[c]
		}
		return n
	}
	lengths := func(letters string) []int {
		var list []int
		for _, c := range letters {
			list = append(list, sides[c])
		}
		return list
	}
	x = r.arranged(x, left, group, rowsOf+inner, total(rowsOf), total(inner))
	y = r.arranged(y, right, group, inner+columnsOf, total(inner), total(columnsOf))
	out := group + rowsOf + columnsOf
	if r.err != nil {
		return nil, ""
	}
	return r.view(r.matMul(step, x, y), lengths(out)...), out
}

// arranged orders the axes of an operand by their letters, and folds those behind the
// group into two of those lengths.
func (r *recipe) arranged(v *value, labels, group, others string, down, across int) *value {
	var order, shape []int
	for _, c := range group + others {
		order = append(order, strings.IndexRune(labels, c))
	}
	for _, at := range order[:len(group)] {
		shape = append(shape, v.shape()[at])
	}
	return r.view(r.ordered(v, order), append(shape, down, across)...)
}

// outer multiplies operands without a sum.
func (r *recipe) outer(step string, x *value, left string, y *value, right, out string) *value {
	wide := func(v *value, labels string) *value {
		order, shape := []int{}, []int{}
		for _, c := range out {
			side := 1
			if at := strings.IndexRune(labels, c); at >= 0 {
				order = append(order, at)
				side = v.shape()[at]
			}
			shape = append(shape, side)
		}
		return r.view(r.ordered(v, order), shape...)
	}
	x, y = wide(x, left), wide(y, right)
	return r.pair(step, models.Mul, x, y)
}
