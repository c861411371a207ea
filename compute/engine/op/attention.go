package op

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Attention is scaled dot-product attention (Vaswani et al., Attention Is All You
// Need, arXiv:1706.03762) among the positions of each window:
//
//	y_i = Σ_j p_ij v_j,  p_ij = exp(s_ij) / Σ_j exp(s_ij),  s_ij = Scale q_i·k_j + bias_ij
//
// Its first input, N x 3C x H x W, has the channels of q, of k and of v one after the
// other, each head's beside each other. If Biased, a constant of groups x Heads x n x n
// follows for windows of n positions, and if windows are padded, the 3C channels of
// padding. The output is N x C x H x W.
type Attention struct {
	signature
	AttentionParams
}

// AttentionParams are the numbers of an [Attention].
type AttentionParams struct {
	// Heads is how many parts the channels have that attend on their own.
	Heads int
	// Scale multiplies q·k.
	Scale float32
	// Biased tells whether a bias is added.
	Biased bool
	// Windows are the positions that attend to each other; nil where all do.
	Windows *Windows
}

// Windows part positions into windows of equal size.
type Windows struct {
	// Size is the number of positions in a window.
	Size int
	// Positions has the positions of each window, one after the other, -1 for padding.
	// Every position is in one window.
	Positions []int32
	// Groups has for each window which part of the bias is its.
	Groups []int32
	// Of is the number of positions; where the windows have more, they are padded.
	Of   int
	text string
}

// NewWindows checks the windows of size positions each: every position must be there
// once.
func NewWindows(size int, positions, groups []int32) (*Windows, error) {
	if size < 1 || len(groups) < 1 || len(positions) != size*len(groups) {
		return nil, fmt.Errorf("%d positions do not make %d windows of %d", len(positions), len(groups), size)
	}
	of := 0
	for _, at := range positions {
		if at >= 0 {
			of++
		}
	}
	seen := make([]bool, of)
	for _, at := range positions {
		if at < -1 || int(at) >= of || at >= 0 && seen[at] {
			return nil, fmt.Errorf("position %d is missing from the windows or is there twice", at)
		}
		if at >= 0 {
			seen[at] = true
		}
	}
	if slices.Min(groups) < 0 {
		return nil, fmt.Errorf("a window of group %d", slices.Min(groups))
	}
	h := sha256.New()
	// Writing to a hash never fails.
	_ = binary.Write(h, binary.LittleEndian, positions)
	_ = binary.Write(h, binary.LittleEndian, groups)
	return &Windows{size, positions, groups, of, fmt.Sprintf(" windows=%dx%d:%x", len(groups), size, h.Sum(nil)[:8])}, nil
}

// text has all numbers.
func (p AttentionParams) text() string {
	text := fmt.Sprintf("heads=%d scale=%v biased=%v", p.Heads, p.Scale, p.Biased)
	if p.Windows != nil {
		text += p.Windows.text
	}
	return text
}

// inputs are the axes of the inputs.
func (p AttentionParams) inputs() []int {
	axes := []int{4}
	if p.Biased {
		axes = append(axes, 4)
	}
	if p.Padded() {
		axes = append(axes, 1)
	}
	return axes
}

// Padded reports whether windows have positions that are padding.
func (p AttentionParams) Padded() bool {
	return p.Windows != nil && p.Windows.Of < len(p.Windows.Positions)
}

// Padding is which input has the channels of padding.
func (p AttentionParams) Padding() int { return len(p.inputs()) - 1 }

// Window returns the positions of a window among size of them, and which part of the
// bias is its.
func (p AttentionParams) Window(i, size int) (positions []int32, group int) {
	if p.Windows == nil {
		positions = make([]int32, size)
		for k := range positions {
			positions[k] = int32(k)
		}
		return positions, 0
	}
	return p.Windows.Positions[i*p.Windows.Size:][:p.Windows.Size], int(p.Windows.Groups[i])
}

// Count is how many windows there are among size positions, and how many positions
// each has.
func (p AttentionParams) Count(size int) (windows, each int) {
	if p.Windows == nil {
		return 1, size
	}
	return len(p.Windows.Groups), p.Windows.Size
}

// check reports inputs that do not fit.
func (p AttentionParams) check(o fmt.Stringer, s []tensor.Shape) error {
	x := s[0]
	if p.Heads < 1 || x[1]%(3*p.Heads) != 0 {
		return fmt.Errorf("%v: %d channels are not q, k and v of %d heads", o, x[1], p.Heads)
	}
	size := x[2] * x[3]
	_, each := p.Count(size)
	if p.Windows != nil && p.Windows.Of != size {
		return fmt.Errorf("%v: windows of %d positions for an input of %v", o, p.Windows.Of, x)
	}
	if p.Padded() && s[p.Padding()][0] != x[1] {
		return fmt.Errorf("%v: padding of %v for an input of %v", o, s[p.Padding()], x)
	}
	if !p.Biased {
		return nil
	}
	groups := int32(1)
	if p.Windows != nil {
		groups = slices.Max(p.Windows.Groups) + 1
	}
	if b := s[1]; int32(b[0]) < groups || b[1] != p.Heads || b[2] != each || b[3] != each {
		return fmt.Errorf("%v: a bias of %v for windows of %d", o, b, each)
	}
	return nil
}

// NewAttention makes an Attention. Inputs: q, k and v, and the bias if there is one.
func NewAttention(p AttentionParams) Attention {
	return Attention{signature{"Attention " + p.text(), p.inputs(), 4}, p}
}

// InferShape is a third of the channels.
func (o Attention) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	if err := o.check(o, s); err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], s[0][1] / 3, s[0][2], s[0][3]}, nil
}

// Do computes it.
func (o Attention) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		size := out[2] * out[3]
		o.each(in, func(h attentionHead) {
			for i, at := range h.positions {
				if at < 0 {
					continue
				}
				p := h.weights(i)
				for c := range h.depth {
					var sum float64
					for j := range h.positions {
						sum += p[j] * h.value(2, c, j)
					}
					dst[h.out+c*size+int(at)] = float32(sum)
				}
			}
		})
	})
}

// SymDiff is an AttentionGrad.
func (o Attention) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewAttentionGrad(o.AttentionParams), append(slices.Clone(inputs), grad)...)
	return only(back, err, len(inputs))
}

// attentionHead is one head of one window of one picture.
type attentionHead struct {
	positions []int32
	depth     int
	size      int
	scale     float64
	// x has the numbers of q, k and v, which begin in parts with the head's first
	// channel; out is where that lies in the output, of as many channels as q.
	x     []float32
	parts [3]int
	out   int
	// padding are q, k and v of padding, and first the head's first channel in each.
	padding []float32
	first   [3]int
	bias    []float32
}

// value is channel c of q, k or v, which are parts 0 to 2, at a place of the window.
func (h attentionHead) value(part, c, i int) float64 {
	at := h.positions[i]
	if at < 0 {
		return float64(h.padding[h.first[part]+c])
	}
	return float64(h.x[h.parts[part]+c*h.size+int(at)])
}

// each calls f with all heads.
func (p AttentionParams) each(in []*tensor.Dense, f func(h attentionHead)) {
	s := in[0].Shape()
	channels, size := s[1]/3, s[2]*s[3]
	depth := channels / p.Heads
	windows, each := p.Count(size)
	for n := range s[0] {
		for w := range windows {
			positions, group := p.Window(w, size)
			for head := range p.Heads {
				h := attentionHead{
					positions: positions, depth: depth, size: size, scale: float64(p.Scale), x: floats(in[0]),
					out: (n*channels + head*depth) * size,
				}
				for part := range h.parts {
					h.first[part] = part*channels + head*depth
					h.parts[part] = (3*n*channels + h.first[part]) * size
				}
				if p.Biased {
					h.bias = floats(in[1])[(group*p.Heads+head)*each*each:]
				}
				if p.Padded() {
					h.padding = floats(in[p.Padding()])
				}
				f(h)
			}
		}
	}
}

// weights are those with which place i of the window reads the others.
func (h attentionHead) weights(i int) []float64 {
	p := make([]float64, len(h.positions))
	largest, sum := math.Inf(-1), 0.
	for j := range p {
		for c := range h.depth {
			p[j] += h.value(0, c, i) * h.value(1, c, j)
		}
		p[j] *= h.scale
		if h.bias != nil {
			p[j] += float64(h.bias[i*len(p)+j])
		}
		largest = max(largest, p[j])
	}
	for j := range p {
		p[j] = math.Exp(p[j] - largest)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return p
}

// AttentionGrad is the derivative of an [Attention] by its first input. Inputs: those
// of the Attention, and the gradient.
type AttentionGrad struct {
	signature
	AttentionParams
}

// NewAttentionGrad makes the derivative of an Attention.
func NewAttentionGrad(p AttentionParams) AttentionGrad {
	return AttentionGrad{signature{"AttentionGrad " + p.text(), append(p.inputs(), 4), 4}, p}
}

// InferShape is the shape of q, k and v.
func (o AttentionGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	if err := o.check(o, s); err != nil {
		return nil, err
	}
	if x, g := s[0], s[len(s)-1]; g[0] != x[0] || 3*g[1] != x[1] || g[2] != x[2] || g[3] != x[3] {
		return nil, fmt.Errorf("%v: gradient %v for an input of %v", o, g, x)
	}
	return s[0].Clone(), nil
}

// Do computes it: with the gradient g, v's is Σ_i p_ij g_i, and with r_ij = g_i·v_j and
// the derivative p_ij (r_ij - Σ_j p_ij r_ij) Scale of s_ij, q's is Σ_j of it k_j and
// k's Σ_i of it q_i.
func (o AttentionGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		g, size := floats(in[len(in)-1]), out[2]*out[3]
		sums := make([]float64, len(dst))
		o.each(in, func(h attentionHead) {
			add := func(part, c, i int, v float64) {
				if at := h.positions[i]; at >= 0 {
					sums[h.parts[part]+c*size+int(at)] += v
				}
			}
			back := make([]float64, len(h.positions))
			for i, at := range h.positions {
				if at < 0 {
					continue
				}
				p, mean := h.weights(i), 0.
				for j := range h.positions {
					back[j] = 0
					for c := range h.depth {
						grad := float64(g[h.out+c*size+int(at)])
						back[j] += grad * h.value(2, c, j)
						add(2, c, j, p[j]*grad)
					}
					mean += p[j] * back[j]
				}
				for j := range h.positions {
					s := p[j] * (back[j] - mean) * h.scale
					for c := range h.depth {
						add(0, c, i, s*h.value(1, c, j))
						add(1, c, j, s*h.value(0, c, i))
					}
				}
			}
		})
		for i, v := range sums {
			dst[i] = float32(v)
		}
	})
}

// DiffWRT says that the data and the gradient have a derivative.
func (o AttentionGrad) DiffWRT(inputs int) []bool {
	diff := make([]bool, inputs)
	diff[0], diff[inputs-1] = true, true
	return diff
}

// SymDiff is not defined: what is differentiated twice is made of products and a
// softmax instead.
func (o AttentionGrad) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: the second derivative of an attention is not known", o)
}
