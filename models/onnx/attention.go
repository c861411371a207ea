package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// generalAttention has opset 23's operators of transformers.
var generalAttention = map[string]operator{
	"Attention":       (*builder).attention,
	"RotaryEmbedding": (*builder).rotaryEmbedding,
}

// contributedAttention has those of onnxruntime.
var contributedAttention = map[string]operator{
	"Attention":          (*builder).packedAttention,
	"MultiHeadAttention": (*builder).multiHeadAttention,
	"RotaryEmbedding":    (*builder).rotaryEmbedding,
}

// attend is softmax(scale q kᵀ + bias) v for q, k and v of ... x positions x numbers.
// bias may be nil.
func (r *recipe) attend(step string, q, k, v *value, scale float64, bias *value) *value {
	if r.err != nil {
		return nil
	}
	scores := r.line("scores", r.product("products", q, r.turned(k)), scale, 0)
	if bias != nil {
		scores = r.pair("biased", models.Add, scores, bias)
	}
	if r.err != nil {
		return nil
	}
	return r.product(step, r.softmax("weights", scores, len(scores.layout)-1), v)
}

// heads makes batch x heads x positions x numbers of batch x positions x (heads numbers).
func (r *recipe) heads(v *value, heads int) *value {
	if r.err != nil {
		return nil
	}
	s := v.shape()
	if len(s) != 3 || heads < 1 || s[2]%heads != 0 {
		return r.done(nil, fmt.Errorf("an input of shape %v is not for %d heads", s, heads))
	}
	return r.transpose(r.view(v, s[0], s[1], heads, s[2]/heads), 0, 2, 1, 3)
}

// unheaded is the inverse of heads.
func (r *recipe) unheaded(v *value) *value {
	if r.err != nil {
		return nil
	}
	s := v.shape()
	return r.view(r.transpose(v, 0, 2, 1, 3), s[0], s[2], s[1]*s[3])
}

// hidden is what is added for a position that is not attended to.
const hidden = -1e30

// maskBias makes a bias of a mask of truths; one of numbers is a bias already.
func (r *recipe) maskBias(step string, v *value) *value {
	if r.err != nil || v == nil {
		return nil
	}
	if v.known == nil || v.known.of != int32(onnxpb.TensorProto_BOOL) {
		return v
	}
	c, err := r.b.mapped(v.known, func(x float64) float64 {
		if x != 0 {
			return 0
		}
		return hidden
	})
	return r.done(&value{name: r.called(step), known: c}, err)
}

// causal hides the positions behind each one, in the last two axes.
func causal(queries, keys int) *constant {
	c := &constant{shape: []int{queries, keys}, floats: make([]float32, queries*keys)}
	for i := range c.floats {
		if i%keys > i/keys {
			c.floats[i] = hidden
		}
	}
	return c
}

// withCausal adds that to a bias, which may be nil.
func (r *recipe) withCausal(bias *value, queries, keys int) *value {
	if r.err != nil {
		return nil
	}
	if r.err = r.b.memory.spend(queries*keys, 4); r.err != nil {
		return nil
	}
	c := causal(queries, keys)
	switch {
	case bias == nil:
		return &value{name: r.called("causal"), known: c}
	case bias.known != nil:
		both, err := r.b.pair("Add", bias.known, c)
		return r.done(&value{name: bias.name, known: both}, err)
	}
	return r.pair("masked", models.Add, bias, &value{name: r.called("causal"), known: c})
}

// attention is opset 23's: q, k and v with heads as an axis or as parts of the last one.
func (b *builder) attention(n *node) error {
	for i := 4; i < len(n.in); i++ {
		if n.in[i] != nil {
			return errors.New("with keys and values from before is not supported")
		}
	}
	for i, name := range n.Output {
		if i > 0 && name != "" && b.readers[name] > 0 {
			return errors.New("its other results are not supported")
		}
	}
	if n.float("softcap", 0) != 0 || n.int("qk_matmul_output_mode", 0) != 0 {
		return errors.New("with softcap is not supported")
	}
	if len(n.in) < 3 || n.in[0] == nil || n.in[1] == nil || n.in[2] == nil {
		return errors.New("has not q, k and v")
	}
	r := b.recipe(n)
	var in [3]*value
	apart := len(n.in[0].shape()) == 3
	for i := range in {
		if in[i] = n.in[i]; apart {
			heads := n.int("q_num_heads", 0)
			if i > 0 {
				heads = n.int("kv_num_heads", heads)
			}
			in[i] = r.heads(in[i], heads)
		}
	}
	if r.err != nil {
		return r.err
	}
	q, k := in[0].shape(), in[1].shape()
	if len(q) != 4 || len(k) != 4 || k[1] < 1 || q[1]%k[1] != 0 {
		return fmt.Errorf("q of shape %v and k of shape %v do not fit", q, k)
	}
	if times := q[1] / k[1]; times > 1 {
		// Each head of keys and values serves several of queries.
		for i := 1; i < 3; i++ {
			in[i] = r.repeated(in[i], times)
		}
	}
	bias := r.maskBias("mask", n.input(3))
	if n.int("is_causal", 0) != 0 {
		bias = r.withCausal(bias, q[2], k[2])
	}
	out := r.attend("", in[0], in[1], in[2], n.float("scale", 1/math.Sqrt(float64(q[3]))), bias)
	if apart {
		out = r.unheaded(out)
	}
	return r.give(out)
}

// repeated has each head of v so many times.
func (r *recipe) repeated(v *value, times int) *value {
	if r.err != nil {
		return nil
	}
	s := v.shape()
	wide := r.view(v, s[0], s[1], 1, s[2], s[3])
	if r.err != nil {
		return nil
	}
	many := *wide
	many.expanded = []int{s[0], s[1], times, s[2], s[3]}
	return r.view(r.done(r.b.inFull(&many)), s[0], s[1]*times, s[2], s[3])
}

// packedAttention is onnxruntime's: q, k and v are products of the input with one
// matrix.
func (b *builder) packedAttention(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if n.input(4) != nil {
		return errors.New("with keys and values from before is not supported")
	}
	weight, err := n.needed(1)
	if err != nil {
		return err
	}
	bias, err := n.constant(2)
	if err != nil {
		return err
	}
	shape, heads := v.shape(), n.int("num_heads", 0)
	if len(shape) != 3 || len(weight.shape) != 2 || weight.shape[0] != shape[2] {
		return fmt.Errorf("weights of shape %v do not fit an input of shape %v", weight.shape, shape)
	}
	sizes := n.ints("qkv_hidden_sizes")
	if len(sizes) == 0 {
		sizes = slices.Repeat([]int{weight.shape[1] / 3}, 3)
	}
	if len(sizes) != 3 || min(sizes[0], sizes[1], sizes[2]) < 1 || sizes[0]+sizes[1]+sizes[2] != weight.shape[1] {
		return fmt.Errorf("%v are not the parts of weights of shape %v", sizes, weight.shape)
	}
	r := b.recipe(n)
	all := r.done(b.multiply(n.out()+"/qkv", v, n.input(1), weight, false, bias))
	var in [3]*value
	at := 0
	for i := range in {
		in[i] = r.heads(r.slice([]string{"q", "k", "v"}[i], all, 2, at, sizes[i]), heads)
		at += sizes[i]
	}
	more := r.maskBias("mask", n.input(5))
	if mask := n.input(3); mask != nil {
		if more, err = r.paddingBias(n, mask, more); err != nil {
			return err
		}
	}
	if n.int("unidirectional", 0) != 0 {
		more = r.withCausal(more, shape[1], shape[1])
	}
	if r.err != nil {
		return r.err
	}
	scale := n.float("scale", 0)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(sizes[0]/heads))
	}
	return r.give(r.unheaded(r.attend("", in[0], in[1], in[2], scale, more)))
}

// paddingBias adds what hides the positions for which a mask of batch x positions is 0.
func (r *recipe) paddingBias(n *node, mask, bias *value) (*value, error) {
	if mask.known == nil || len(mask.known.shape) != 2 {
		return nil, errors.New("a mask that is not one number a position, given by the file, is not supported")
	}
	c, err := r.b.mapped(mask.known, func(x float64) float64 {
		if x != 0 {
			return 0
		}
		return n.float("mask_filter_value", -10000)
	})
	if err != nil {
		return nil, err
	}
	c = c.reshaped([]int{c.shape[0], 1, 1, c.shape[1]})
	if bias == nil {
		return &value{name: mask.name, known: c}, nil
	}
	if bias.known != nil {
		both, err := r.b.pair("Add", bias.known, c)
		return &value{name: bias.name, known: both}, err
	}
	return r.pair("padded", models.Add, bias, &value{name: mask.name, known: c}), nil
}

// multiHeadAttention is onnxruntime's with q, k and v computed before: apart, or k and v
// or all three together.
func (b *builder) multiHeadAttention(n *node) error {
	for i := 6; i < len(n.in); i++ {
		if n.in[i] != nil {
			return errors.New("with keys and values from before is not supported")
		}
	}
	q, err := n.data(0)
	if err != nil {
		return err
	}
	heads := n.int("num_heads", 0)
	if heads < 1 {
		return fmt.Errorf("%d heads are out of range", heads)
	}
	r := b.recipe(n)
	bias, err := n.constant(3)
	if err != nil {
		return err
	}
	k, v := n.input(1), n.input(2)
	var in [3]*value
	switch s := q.shape(); {
	case len(s) == 5 && k == nil:
		for i := range in {
			in[i] = r.transpose(r.view(r.slice([]string{"q", "k", "v"}[i], q, 3, i, 1), s[0], s[1], s[2], s[4]), 0, 2, 1, 3)
		}
	case len(s) == 3 && k != nil && len(k.shape()) == 5 && v == nil:
		t := k.shape()
		in[0] = r.heads(q, heads)
		for i := range 2 {
			in[1+i] = r.transpose(r.view(r.slice([]string{"k", "v"}[i], k, 3, i, 1), t[0], t[1], t[2], t[4]), 0, 2, 1, 3)
		}
	case len(s) == 3 && k != nil && v != nil:
		for i, x := range []*value{q, k, v} {
			if in[i] = x; len(x.shape()) == 3 {
				in[i] = r.heads(x, heads)
			}
		}
	default:
		return fmt.Errorf("q of shape %v is not supported", s)
	}
	if r.err != nil {
		return r.err
	}
	if bias != nil {
		at := 0
		for i, x := range in {
			s := x.shape()
			part, err := b.taken(bias, 0, sequence{at, 1, s[1] * s[3]})
			if err != nil || at+s[1]*s[3] > bias.size() {
				return errors.Join(err, fmt.Errorf("a bias of shape %v does not fit", bias.shape))
			}
			in[i] = r.affine([]string{"q", "k", "v"}[i]+"/biased", x, nil, part.reshaped([]int{s[1], 1, s[3]}))
			at += s[1] * s[3]
		}
	}
	more := r.maskBias("mask", n.input(5))
	if mask := n.input(4); mask != nil {
		if more, err = r.paddingBias(n, mask, more); err != nil {
			return err
		}
	}
	if r.err != nil {
		return r.err
	}
	s := in[0].shape()
	if n.int("unidirectional", 0) != 0 {
		more = r.withCausal(more, s[2], in[1].shape()[2])
	}
	scale := n.float("scale", 0)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(s[3]))
	}
	return r.give(r.unheaded(r.attend("", in[0], in[1], in[2], scale, more)))
}

// rotaryEmbedding turns pairs of numbers by angles that depend on the position.
func (b *builder) rotaryEmbedding(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	// onnxruntime's has the positions second, ONNX's last.
	cos, sin, at := 1, 2, 3
	if !ownDomain(n.Domain) {
		cos, sin, at = 2, 3, 1
	}
	positions, err := n.constant(at)
	if err != nil {
		return err
	}
	var tables [2]*constant
	for i, input := range []int{cos, sin} {
		if tables[i], err = n.needed(input); err != nil {
			return err
		}
	}
	r := b.recipe(n)
	x, whole := v, len(v.layout) == 3
	if whole {
		x = r.heads(v, n.int("num_heads", 0))
	}
	if r.err != nil {
		return r.err
	}
	s := x.shape()
	if len(s) != 4 {
		return fmt.Errorf("an input of shape %v is not supported", s)
	}
	turned := n.int("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = s[3]
	}
	half := turned / 2
	for i, c := range tables {
		if len(c.shape) == 2 {
			if positions == nil || positions.size() != s[0]*s[2] && positions.size() != 1 {
				return errors.New("without a position for each of its input's is not supported")
			}
			which := positions
			if which.size() == 1 {
				// The first position; the others follow.
				which = &constant{shape: []int{s[0], s[2]}, ints: make([]int64, s[0]*s[2])}
				for k := range which.ints {
					which.ints[k] = positions.int(0) + int64(k%s[2])
				}
			}
			if c, err = b.gathered(c, which.reshaped([]int{s[0], s[2]}), 0); err != nil {
				return err
			}
		}
		if len(c.shape) != 3 || c.shape[2] != half {
			return fmt.Errorf("angles of shape %v do not fit %d numbers", c.shape, turned)
		}
		tables[i] = c.reshaped([]int{c.shape[0], 1, c.shape[1], half})
	}
	rest := x
	if turned < s[3] {
		rest, x = r.slice("rest", x, 3, turned, s[3]-turned), r.slice("turned", x, 3, 0, turned)
	}
	var parts [2]*value
	between := n.int("interleaved", 0) != 0
	for i := range parts {
		if between {
			parts[i] = r.view(r.slice(fmt.Sprint("part", i), r.view(x, s[0], s[1], s[2], half, 2), 4, i, 1), s[0], s[1], s[2], half)
		} else {
			parts[i] = r.slice(fmt.Sprint("part", i), x, 3, i*half, half)
		}
	}
	scaled := func(step string, part, table int) *value { return r.affine(step, parts[part], tables[table], nil) }
	first := r.pair("first", models.Sub, scaled("first/cos", 0, 0), scaled("first/sin", 1, 1))
	second := r.pair("second", models.Add, scaled("second/sin", 0, 1), scaled("second/cos", 1, 0))
	if r.err != nil {
		return r.err
	}
	var out *value
	if between {
		first, second = r.view(first, s[0], s[1], s[2], half, 1), r.view(second, s[0], s[1], s[2], half, 1)
		if r.err == nil {
			out = r.view(r.done(b.joined(n.out()+"/joined", []*value{first, second}, 4)), s[0], s[1], s[2], turned)
		}
	} else {
		out = r.done(b.joined(n.out()+"/joined", []*value{first, second}, 3))
	}
	if turned < s[3] && r.err == nil {
		out = r.done(b.joined(n.out()+"/whole", []*value{out, rest}, 3))
	}
	if whole {
		out = r.unheaded(out)
	}
	return r.give(out)
}

// attended is the product of weights by values where it ends an attention.
func (b *builder) attended(n *node, weights, v *value) (*value, bool, error) { return nil, false, nil }
