package compute_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
)

// plainNet evaluates a network one layer after the other, each as its kind is
// defined, in float64 and in the layout that its shape says.
type plainNet struct {
	net    *models.Network
	values map[string][]float64
	shapes map[string]tensor.Shape
}

func newPlain(t *testing.T, net *models.Network, input []float64) *plainNet {
	t.Helper()
	p := &plainNet{
		net: net, values: map[string][]float64{models.InputName: input},
		shapes: map[string]tensor.Shape{models.InputName: net.Input.Shape()},
	}
	p.run(t, net.Layers)
	return p
}

// run evaluates layers of the network.
func (p *plainNet) run(t *testing.T, layers []models.Layer) {
	t.Helper()
	for _, l := range layers {
		p.shapes[l.Name] = l.Shape
		p.values[l.Name] = p.layer(t, l)
	}
}

// four is an index of four axes, the last ones 0 where a shape has fewer.
type four [4]int

func each(s tensor.Shape, f func(i int, at four)) {
	for i := range s.TotalSize() {
		var at four
		rest := i
		for axis := len(s) - 1; axis >= 0; axis-- {
			at[axis] = rest % s[axis]
			rest /= s[axis]
		}
		f(i, at)
	}
}

// get is the element at an index; axes of length 1 are repeated, and what lies
// outside is other.
func get(v []float64, s tensor.Shape, at four, other float64) float64 {
	i := 0
	for axis, side := range s {
		k := at[axis]
		if side == 1 && k > 0 {
			k = 0
		}
		if k < 0 || k >= side {
			return other
		}
		i = i*side + k
	}
	return v[i]
}

func (p *plainNet) layer(t *testing.T, l models.Layer) []float64 {
	x, s := p.values[l.Inputs[0]], p.shapes[l.Inputs[0]]
	y := make([]float64, l.Shape.TotalSize())
	param := func(name string, i int) float64 { return float64(l.Params[name].Data().([]float32)[i]) }
	channel := 1
	if l.ChannelsLast {
		channel = 3
	}
	a := l.Attr
	// window sums f over a window's places and counts those inside.
	window := func(at four, f func(row, col int, v float64)) (inside int) {
		for r := range a.Kernel[0] {
			for c := range a.Kernel[1] {
				from := four{at[0], at[1], at[2]*a.Stride[0] + r - a.Pad[0], at[3]*a.Stride[1] + c - a.Pad[1]}
				v := get(x, s, from, math.NaN())
				if !math.IsNaN(v) {
					inside++
					f(r, c, v)
				}
			}
		}
		return inside
	}
	over := func(at four, axis int, f func(v float64)) {
		for k := range s[axis] {
			at[axis] = k
			f(get(x, s, at, 0))
		}
	}
	each(l.Shape, func(i int, at four) {
		v := 0.0
		if i < len(x) {
			v = x[i]
		}
		switch l.Kind {
		case models.Conv:
			w := l.Params["weight"].Shape()
			per := l.Shape[1] / a.Groups
			for c := range w[1] {
				from := at
				from[1] = at[1]/per*w[1] + c
				window(from, func(r, col int, v float64) {
					y[i] += v * param("weight", ((at[1]*w[1]+c)*w[2]+r)*w[3]+col)
				})
			}
			if l.Params["bias"] != nil {
				y[i] += param("bias", at[1])
			}
		case models.Linear:
			axis := len(l.Shape) - 1
			k := 0
			over(at, axis, func(v float64) {
				y[i] += v * param("weight", at[axis]*s[axis]+k)
				k++
			})
			y[i] += param("bias", at[axis])
		case models.BatchNorm:
			c := at[1]
			y[i] = (v-param("running_mean", c))/math.Sqrt(param("running_var", c)+a.Epsilon)*param("weight", c) + param("bias", c)
		case models.LayerNorm:
			n := float64(s[channel])
			var mean, variance float64
			over(at, channel, func(v float64) { mean += v / n })
			over(at, channel, func(v float64) { variance += (v - mean) * (v - mean) / n })
			y[i] = (v-mean)/math.Sqrt(variance+a.Epsilon)*param("weight", at[channel]) + param("bias", at[channel])
		case models.LRN:
			sum := 0.0
			for k := -(a.Size - 1) / 2; k <= a.Size/2; k++ {
				near := get(x, s, four{at[0], at[1] + k, at[2], at[3]}, 0)
				sum += near * near
			}
			y[i] = v / math.Pow(a.K+a.Alpha/float64(a.Size)*sum, a.Beta)
		case models.Scale:
			of := func(name string, other float64) float64 {
				switch p := l.Params[name]; {
				case p == nil:
					return other
				case p.Shape().TotalSize() == 1:
					return param(name, 0)
				case p.Dims() == 1:
					return param(name, at[1])
				default:
					return param(name, i)
				}
			}
			y[i] = v*of("weight", 1) + of("bias", 0)
		case models.ReLU:
			y[i] = max(v, 0)
		case models.AvgPool:
			n := window(at, func(_, _ int, v float64) { y[i] += v })
			if !a.ExcludePad {
				n = a.Kernel[0] * a.Kernel[1]
			}
			y[i] /= float64(n)
		case models.GlobalAvgPool, models.GlobalMaxPool:
			highest := math.Inf(-1)
			for row := range s[2] {
				over(four{at[0], at[1], row}, 3, func(v float64) {
					y[i] += v / float64(s[2]*s[3])
					highest = max(highest, v)
				})
			}
			if l.Kind == models.GlobalMaxPool {
				y[i] = highest
			}
		case models.ChannelMean:
			over(at, 1, func(v float64) { y[i] += v / float64(s[1]) })
		case models.ChannelMax:
			y[i] = math.Inf(-1)
			over(at, 1, func(v float64) { y[i] = max(y[i], v) })
		case models.Add, models.Sub, models.Mul, models.Div:
			y[i] = get(x, s, at, 0)
			for _, name := range l.Inputs[1:] {
				other := get(p.values[name], p.shapes[name], at, 0)
				y[i] = map[models.Kind]float64{models.Add: y[i] + other, models.Sub: y[i] - other, models.Mul: y[i] * other, models.Div: y[i] / other}[l.Kind]
			}
		case models.Concat:
			from := at
			for _, name := range l.Inputs {
				if n := p.shapes[name][1]; from[1] >= n {
					from[1] -= n
					continue
				}
				y[i] = get(p.values[name], p.shapes[name], from, 0)
				break
			}
		case models.Slice:
			at[a.Axis] = a.From + at[a.Axis]*a.Step
			y[i] = get(x, s, at, 0)
		case models.Pad:
			y[i] = get(x, s, four{at[0], at[1], at[2] - a.Pad[0], at[3] - a.Pad[1]}, a.Value)
		case models.ChannelShuffle:
			at[1] = at[1]%a.Groups*(s[1]/a.Groups) + at[1]/a.Groups
			y[i] = get(x, s, at, 0)
		case models.Permute:
			if l.ChannelsLast {
				y[i] = get(x, s, four{at[0], at[3], at[1], at[2]}, 0)
			} else {
				y[i] = get(x, s, four{at[0], at[2], at[3], at[1]}, 0)
			}
		case models.Flatten, models.Reshape, models.Identity:
			y[i] = v
		default:
			t.Fatalf("%s: no plain definition of %s", l.Name, l.Kind)
		}
	})
	return y
}

// channelsFirst is a layer's value as C x H x W.
func channelsFirst(l models.Layer, v []float64) []float64 {
	if !l.ChannelsLast {
		return v
	}
	s := l.Shape
	y := make([]float64, len(v))
	each(s, func(i int, at four) { y[(at[3]*s[1]+at[1])*s[2]+at[2]] = v[i] })
	return y
}

// gradient is the derivative of a logit by a layer's output, by central
// differences.
func (p *plainNet) gradient(t *testing.T, name string, class int) []float64 {
	t.Helper()
	after := p.net.Layers[1+slices.IndexFunc(p.net.Layers, func(l models.Layer) bool { return l.Name == name }):]
	v := p.values[name]
	grad := make([]float64, len(v))
	logit := func() float64 {
		p.run(t, after)
		return p.values[p.net.Logits().Name][class]
	}
	const h = 1e-5
	for i, x := range v {
		v[i] = x + h
		up := logit()
		v[i] = x - h
		grad[i] = (up - logit()) / (2 * h)
		v[i] = x
	}
	p.run(t, after)
	return grad
}
