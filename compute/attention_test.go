package compute_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/compute/race"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestAttentionOfTransformers compares the weights of attention with PyTorch's.
func TestAttentionOfTransformers(t *testing.T) {
	race.SkipNumbers(t)
	files, err := filepath.Glob(filepath.Join("testdata", "transformers", "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range files {
		want := read(t, path)
		name, rest, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".safetensors"), "@")
		for _, key := range want.Names() {
			layer, ok := strings.CutPrefix(key, "attention/")
			if !ok || testing.Short() && !strings.Contains(name, "tiny") {
				continue
			}
			compared++
			t.Run(name+"@"+rest, func(t *testing.T) {
				size, stride := number(t, rest), number(t, want.Metadata["stride/"+key])
				net := formulaFor(t, name, size)
				e, err := engine.Open(net, engine.Options{Device: "cpu", Threads: 2})
				if err != nil {
					t.Fatal(err)
				}
				defer e.Close()
				seed := make([]float32, net.Classes())
				seed[0] = 1
				var sample []float32
				err = e.Attention(t.Context(), []string{layer + ".heads"}, engine.NoSlopes, engine.Request{
					Input: weights.FormulaTensor("input", 1, 3, size, size), Seed: func([]float32) ([]float32, error) { return seed, nil },
				}, func(got *engine.Attentions) error {
					for i := 0; i < len(got.Layers[0].Weights); i += stride {
						sample = append(sample, got.Layers[0].Weights[i])
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				stored := values(want, key)
				if len(sample) != len(stored) {
					t.Fatalf("%d weights, not %d", len(sample), len(stored))
				}
				for i, w := range stored {
					if d := math.Abs(float64(sample[i] - w)); !(d <= 1e-5) {
						t.Fatalf("weight %d is %g, not %g", i*stride, sample[i], w)
					}
				}
			})
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// TestRolloutsOfTransformers compares the maps of the methods that look at attention with
// PyTorch's.
func TestRolloutsOfTransformers(t *testing.T) {
	race.SkipNumbers(t)
	files, err := filepath.Glob(filepath.Join("testdata", "transformers", "deit_*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name, rest, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".safetensors"), "@")
		t.Run(name+"@"+rest, func(t *testing.T) {
			want, size := read(t, path), number(t, rest)
			x := open(t, formulaFor(t, name, size))
			for _, method := range []string{"rollout", "gradientrollout", "legrad"} {
				e := mapOf(t, x, weights.FormulaTensor("input", 1, 3, size, size), compute.Recipe{Methods: []cam.Method{named(t, method)}, Class: compute.TopClass})
				if class := number(t, want.Metadata["class"]); e.Class.Index != class {
					t.Fatalf("class %d, not %d", e.Class.Index, class)
				}
				nearer(t, 1e-4, method, e.Map.Values, values(want, method))
			}
		})
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// formulaFor is a network of the zoo with parameters by the formula, for pictures of
// that size.
func formulaFor(t *testing.T, name string, size int) *models.Network {
	t.Helper()
	net, err := zoo.Build(name, weights.Formula{Classes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	in := net.Input
	in.Height, in.Width, in.Resize = size, size, size
	if net, err = net.Resized(in); err != nil {
		t.Fatal(err)
	}
	return net
}

// tinyTransformer has three blocks of two heads over 2x3 tokens, and before these as
// many as prefix says, which its head reads; all tokens where there is none.
func tinyTransformer(t *testing.T, prefix int) *models.Network {
	t.Helper()
	net := &models.Network{Name: fmt.Sprintf("tiny transformer %d", prefix)}
	net.Input = models.Input{Height: 8, Width: 12, Resize: 8, Fit: models.FitStretch, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	last := models.InputName
	add := func(l models.Layer, with ...string) {
		l.Inputs = append([]string{last}, with...)
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
		last = l.Name
	}
	const width = 4
	one := models.Attr{Kernel: [2]int{4, 4}, Stride: [2]int{4, 4}, Dilation: [2]int{1, 1}, Groups: 1}
	add(models.Layer{Name: "patches", Kind: models.Conv, Attr: one, Params: map[string]*tensor.Dense{
		"weight": spread("patches.weight", width, 3, 4, 4), "bias": spread("patches.bias", width),
	}})
	params := map[string]*tensor.Dense{"positions": spread("positions", prefix+6, width)}
	if prefix > 0 {
		params["prefix"] = spread("prefix", prefix, width)
	}
	add(models.Layer{Name: "tokens", Kind: models.Tokens, Attr: models.Attr{Output: [2]int{2, 3}}, Params: params})
	linear := func(name string, in, out int) {
		add(models.Layer{Name: name, Kind: models.Linear, Params: map[string]*tensor.Dense{
			"weight": spread(name+".weight", out, in), "bias": spread(name+".bias", out),
		}})
	}
	norm := func(name string) {
		add(models.Layer{Name: name, Kind: models.LayerNorm, Attr: models.Attr{Epsilon: 1e-6}, Params: map[string]*tensor.Dense{
			"weight": spread(name+".weight", width), "bias": spread(name+".bias", width),
		}})
	}
	sum := func(name, with string) { add(models.Layer{Name: name, Kind: models.Add}, with) }
	for i := range 3 {
		b, in := fmt.Sprintf("blocks.%d", i), last
		norm(b + ".norm1")
		linear(b+".attn.qkv", width, 3*width)
		add(models.Layer{Name: b + ".attn.heads", Kind: models.Attention, Attr: models.Attr{Heads: 2, Alpha: math.Sqrt(0.5)}})
		linear(b+".attn.proj", width, width)
		sum(b+".add", in)
		in = last
		norm(b + ".norm2")
		linear(b+".fc1", width, 2*width)
		add(models.Layer{Name: b + ".gelu", Kind: models.GELU})
		linear(b+".fc2", 2*width, width)
		sum(b, in)
	}
	norm("norm")
	if prefix > 0 {
		add(models.Layer{Name: "read", Kind: models.Slice, Attr: models.Attr{Axis: 2, From: 0, To: prefix, Step: 1}})
	}
	add(models.Layer{Name: "mean", Kind: models.GlobalAvgPool})
	add(models.Layer{Name: "flatten", Kind: models.Flatten})
	linear("head", width, 3)
	return net
}

// spread are parameters that are large enough for tokens to differ.
func spread(name string, shape ...int) *tensor.Dense {
	p := weights.FormulaTensor(name, shape...)
	v := p.Data().([]float32)
	var most float64
	for _, x := range v {
		most = max(most, math.Abs(float64(x)))
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / most)
	}
	return p
}

// plainTransformer computes tinyTransformer's logits as it is defined, token by token,
// in float64.
type plainTransformer struct {
	net    *models.Network
	prefix int
	// blocks is how many are run before the head reads.
	blocks int
	// change may change the weights of a block's head.
	change func(block, head int, weights [][]float64)
	// weights are those of the last run: block, head, query, key.
	weights [3][2][][]float64
}

func (p *plainTransformer) param(name string) []float64 {
	layer, param := name[:strings.LastIndex(name, ".")], name[strings.LastIndex(name, ".")+1:]
	l, _ := p.net.Layer(layer)
	var v []float64
	for _, x := range l.Params[param].Data().([]float32) {
		v = append(v, float64(x))
	}
	return v
}

func (p *plainTransformer) linear(name string, tokens [][]float64) [][]float64 {
	w, b := p.param(name+".weight"), p.param(name+".bias")
	out := make([][]float64, len(tokens))
	for t, x := range tokens {
		for o := range b {
			v := b[o]
			for i := range x {
				v += w[o*len(x)+i] * x[i]
			}
			out[t] = append(out[t], v)
		}
	}
	return out
}

func (p *plainTransformer) norm(name string, tokens [][]float64) [][]float64 {
	w, b := p.param(name+".weight"), p.param(name+".bias")
	out := make([][]float64, len(tokens))
	for t, x := range tokens {
		var mean, variance float64
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(len(x))
		}
		for i, v := range x {
			out[t] = append(out[t], (v-mean)/math.Sqrt(variance+1e-6)*w[i]+b[i])
		}
	}
	return out
}

func plus(a, b [][]float64) [][]float64 {
	out := make([][]float64, len(a))
	for t := range a {
		for i := range a[t] {
			out[t] = append(out[t], a[t][i]+b[t][i])
		}
	}
	return out
}

func (p *plainTransformer) attention(block int, qkv [][]float64) [][]float64 {
	out := make([][]float64, len(qkv))
	for h := range 2 {
		weights := make([][]float64, len(qkv))
		for i, x := range qkv {
			var total float64
			for _, y := range qkv {
				e := math.Exp((x[2*h]*y[4+2*h] + x[2*h+1]*y[4+2*h+1]) * math.Sqrt(0.5))
				weights[i] = append(weights[i], e)
				total += e
			}
			for j := range weights[i] {
				weights[i][j] /= total
			}
		}
		if p.change != nil {
			p.change(block, h, weights)
		}
		p.weights[block][h] = weights
		for i := range qkv {
			for c := range 2 {
				var v float64
				for j, y := range qkv {
					v += weights[i][j] * y[8+2*h+c]
				}
				out[i] = append(out[i], v)
			}
		}
	}
	return out
}

func (p *plainTransformer) logits(picture []float32) []float64 {
	w, b := p.param("patches.weight"), p.param("patches.bias")
	pos := p.param("tokens.positions")
	x := make([][]float64, p.prefix+6)
	for t := range x {
		for o := range b {
			v := pos[t*len(b)+o]
			if t < p.prefix {
				v += p.param("tokens.prefix")[t*len(b)+o]
			} else {
				v += b[o]
				row, column := (t-p.prefix)/3, (t-p.prefix)%3
				for k := range 48 {
					v += w[o*48+k] * float64(picture[(k/16*8+4*row+k/4%4)*12+4*column+k%4])
				}
			}
			x[t] = append(x[t], v)
		}
	}
	for i := range p.blocks {
		b := fmt.Sprintf("blocks.%d", i)
		y := p.linear(b+".attn.qkv", p.norm(b+".norm1", x))
		x = plus(p.linear(b+".attn.proj", p.attention(i, y)), x)
		y = p.linear(b+".fc1", p.norm(b+".norm2", x))
		for _, t := range y {
			for i, v := range t {
				t[i] = v * (1 + math.Erf(v/math.Sqrt2)) / 2
			}
		}
		x = plus(p.linear(b+".fc2", y), x)
	}
	x = p.norm("norm", x)
	if p.prefix > 0 {
		x = x[:p.prefix]
	}
	mean := [][]float64{make([]float64, 4)}
	for _, t := range x {
		for i, v := range t {
			mean[0][i] += v / float64(len(x))
		}
	}
	return p.linear("head", mean)[0]
}

// slope is the derivative of a class's logit after so many blocks by a weight.
func (p *plainTransformer) slope(picture []float32, blocks, class, block, head, i, j int) float64 {
	const step = 1e-5
	run := *p
	run.blocks = blocks
	at := func(d float64) float64 {
		run.change = func(b, h int, weights [][]float64) {
			if b == block && h == head {
				weights[i][j] += d
			}
		}
		return run.logits(picture)[class]
	}
	return (at(step) - at(-step)) / (2 * step)
}

// times is the product of square matrices.
func times(a, b [][]float64) [][]float64 {
	out := make([][]float64, len(a))
	for i := range a {
		out[i] = make([]float64, len(b))
		for j := range b {
			for k := range b {
				out[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return out
}

func identity(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		out[i][i] = 1
	}
	return out
}

// Each method that looks at attention gives the map of its definition.
func TestMapsOfAttention(t *testing.T) {
	const class = 1
	for _, prefix := range []int{0, 1, 2} {
		net := tinyTransformer(t, prefix)
		x := open(t, net)
		input := weights.FormulaTensor("input", 1, 3, 8, 12)
		picture := input.Data().([]float32)
		plain := &plainTransformer{net: net, prefix: prefix, blocks: 3}
		logits := plain.logits(picture)
		tokens := prefix + 6
		// The mean over the rows of what is read, without what has no place.
		read := func(m [][]float64) []float32 {
			rows := m
			if prefix > 0 {
				rows = m[:prefix]
			}
			out := make([]float32, 6)
			for j := range out {
				var v float64
				for _, r := range rows {
					v += r[prefix+j] / float64(len(rows))
				}
				out[j] = float32(v)
			}
			return out
		}
		rolled, relevance := identity(tokens), identity(tokens)
		sums := make([]float64, tokens)
		var direct [3][][]float64
		for b := range 3 {
			mean, positive := identity(tokens), identity(tokens)
			direct[b] = make([][]float64, tokens)
			for i := range tokens {
				direct[b][i] = make([]float64, tokens)
				for j := range tokens {
					mean[i][j] /= 2
					for h := range 2 {
						w := plain.weights[b][h][i][j]
						direct[b][i][j] += w / 2
						mean[i][j] += w / 4
						positive[i][j] += max(w*plain.slope(picture, 3, class, b, h, i, j), 0) / 2
						sums[j] += max(plain.slope(picture, b+1, class, b, h, i, j), 0) / float64(2*tokens)
					}
				}
			}
			rolled, relevance = times(mean, rolled), times(positive, relevance)
		}
		var leGrad []float32
		for _, v := range sums[prefix:] {
			leGrad = append(leGrad, float32(v))
		}
		var second []float32
		for _, w := range plain.weights[1][1][prefix+5][prefix:] {
			second = append(second, float32(w))
		}
		rows := []struct {
			method cam.Method
			layer  string
			want   []float32
		}{
			{named(t, "rollout"), "blocks.0", read(rolled)},
			{named(t, "gradientrollout"), "blocks.2.norm1", read(relevance)},
			{named(t, "legrad"), "blocks.2.norm1", leGrad},
			{named(t, "rawattention"), "blocks.0.norm2", read(direct[0])},
			{named(t, "rawattention"), "norm", read(direct[2])},
			{cam.RawAttention(cam.AttentionQuery{Head: 1, Row: 1, Column: 2}), "blocks.1.attn.qkv", second},
		}
		for _, r := range rows {
			t.Run(fmt.Sprintf("%s/%s at %s", net.Name, r.method.Title, r.layer), func(t *testing.T) {
				e := mapOf(t, x, input, compute.Recipe{Layers: []string{r.layer}, Methods: []cam.Method{r.method}, Class: class})
				if e.Map.Height != 2 || e.Map.Width != 3 {
					t.Fatalf("a map of %dx%d", e.Map.Height, e.Map.Width)
				}
				if d := math.Abs(float64(e.Class.Logit) - logits[class]); d > 1e-4 {
					t.Fatalf("the logit is %g, not %g", e.Class.Logit, logits[class])
				}
				nearer(t, 2e-4, r.method.Title, e.Map.Values, r.want)
			})
		}
	}
}

func named(t *testing.T, name string) cam.Method {
	t.Helper()
	m, err := cam.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Of what has no attention, or attends within windows, there are no such maps, and the
// message says why.
func TestMapsOfAttentionNeedIt(t *testing.T) {
	windows := newSketch(t, 4, 4).conv("x", 3, 6, 1, 0, 1).
		add("attention", models.Attention, models.Attr{Heads: 1, Alpha: 1, Window: [2]int{2, 2}}, nil).head(2).net
	for _, r := range []struct {
		net   *models.Network
		layer string
		side  int
		want  error
	}{
		{small(t, "convolutions", models.Output{}, 3), "relu1", 12, cam.ErrNoAttention},
		{windows, "x", 4, cam.ErrWindows},
	} {
		x := open(t, r.net)
		input := weights.FormulaTensor("input", 1, 3, r.side, r.side)
		for _, m := range cam.Methods() {
			if !m.NeedsTokens || m.Query != nil && r.want == cam.ErrWindows {
				continue
			}
			answers, err := x.Explain(t.Context(), compute.Recipe{Layers: []string{r.layer}, Methods: []cam.Method{m}, Class: 0}, &compute.Subject{Input: input})
			if err != nil {
				t.Fatal(err)
			}
			if err := answers[0].Outcomes[0].Err; !errors.Is(err, r.want) {
				t.Errorf("%s of %s: %v", m.Title, r.net.Name, err)
			}
		}
	}
}

// Within windows, shifted and padded and with a bias, raw attention is that of the
// query's window.
func TestRawAttentionWithinWindows(t *testing.T) {
	const height, width = 5, 4
	net := newSketch(t, height, width).conv("x", 3, 12, 1, 0, 1).add("attention", models.Attention,
		models.Attr{Heads: 2, Alpha: 0.5, Window: [2]int{2, 3}, Shift: [2]int{1, 1}}, map[string][]int{"relative_position_bias_table": {15, 2}}).head(4).net
	x := open(t, net)
	input := weights.FormulaTensor("input", 1, 3, height, width)
	pixels := make([]float64, 3*height*width)
	for i, v := range input.Data().([]float32) {
		pixels[i] = float64(v)
	}
	plain := &plainNet{net: net, values: map[string][]float64{models.InputName: pixels}, shapes: map[string]tensor.Shape{models.InputName: net.Input.Shape()}}
	plain.run(t, net.Layers[:1])
	qkv := plain.values["x"]
	layer, _ := net.Layer("attention")
	bias := net.Layers[0].Params["bias"].Data().([]float32)
	at := func(channel int, token int32) float64 {
		if token < 0 {
			return float64(bias[channel])
		}
		return qkv[channel*height*width+int(token)]
	}
	windows, padded := layer.Windows(), false
	// The weights of a token in a head.
	row := func(token int32, head int) []float64 {
		out := make([]float64, height*width)
		place := slices.Index(windows.Positions, token)
		w, i := place/windows.Size, place%windows.Size
		var total float64
		scores := make([]float64, windows.Size)
		for j := range scores {
			other := windows.Positions[w*windows.Size+j]
			padded = padded || other < 0
			for c := range 2 {
				scores[j] += at(2*head+c, token) * at(4+2*head+c, other)
			}
			scores[j] = math.Exp(scores[j]*0.5 + float64(windows.Bias[((int(windows.Groups[w])*2+head)*windows.Size+i)*windows.Size+j]))
			total += scores[j]
		}
		for j, s := range scores {
			if other := windows.Positions[w*windows.Size+j]; other >= 0 {
				out[other] = s / total
			}
		}
		return out
	}
	check := func(q cam.AttentionQuery, want []float64) {
		e := mapOf(t, x, input, compute.Recipe{Layers: []string{"x"}, Methods: []cam.Method{cam.RawAttention(q)}, Class: 0})
		list := make([]float32, len(want))
		for i, v := range want {
			list[i] = float32(v)
		}
		nearer(t, 1e-5, e.Method.Title, e.Map.Values, list)
	}
	all := make([]float64, height*width)
	for token := range height * width {
		for head := range 2 {
			want := row(int32(token), head)
			check(cam.AttentionQuery{Head: head, Row: token / width, Column: token % width}, want)
			for i, v := range want {
				all[i] += v / (2 * height * width)
			}
		}
	}
	if !padded {
		t.Error("no window is padded")
	}
	check(cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken}, all)
}

// A query that the layer does not have is an error with what it has.
func TestAttentionQueries(t *testing.T) {
	x := open(t, tinyTransformer(t, 1))
	for _, r := range []struct {
		query cam.AttentionQuery
		says  string
	}{
		{cam.AttentionQuery{Head: 2, Row: cam.AnyToken}, "head 2 is not between 0 and 1"},
		{cam.AttentionQuery{Head: cam.AnyHead, Row: 2}, "row 2, column 0 is not in the grid of 2x3 tokens"},
		{cam.AttentionQuery{Head: cam.AnyHead, Row: 0, Column: 3}, "row 0, column 3 is not in the grid of 2x3 tokens"},
	} {
		answers, err := x.Explain(context.Background(), compute.Recipe{Methods: []cam.Method{cam.RawAttention(r.query)}, Class: 0}, &compute.Subject{Input: weights.FormulaTensor("input", 1, 3, 8, 12)})
		if err != nil {
			t.Fatal(err)
		}
		if err := answers[0].Outcomes[0].Err; err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%+v: %v", r.query, err)
		}
	}
}

// Recipro-CAM is the target where the layer has a pixel alone, less the smallest.
func TestReciproCAM(t *testing.T) {
	net := newSketch(t, 3, 4).conv("x", 3, 2, 1, 0, 1).do("relu", models.ReLU).conv("y", 2, 4, 3, 1, 1).do("elu", models.ReLU).head(4).net
	x := open(t, net)
	input := weights.FormulaTensor("input", 1, 3, 3, 4)
	pixels := make([]float64, 36)
	for i, v := range input.Data().([]float32) {
		pixels[i] = float64(v)
	}
	for method, share := range map[string][3]float64{"reciprocam": {0, 1, 0}, "vitreciprocam": {0.25, 0.5, 0.25}} {
		var want []float32
		for at := range 12 {
			plain := newPlain(t, net, pixels)
			v := plain.values["relu"]
			for i := range v {
				dy, dx := i/4%3-at/4, i%4-at%4
				if dy < -1 || dy > 1 || dx < -1 || dx > 1 {
					v[i] = 0
				} else {
					v[i] *= share[dy+1] * share[dx+1]
				}
			}
			plain.run(t, net.Layers[2:])
			want = append(want, float32(plain.values["fc"][2]))
		}
		lowest := slices.Min(want)
		for i := range want {
			want[i] -= lowest
		}
		e := mapOf(t, x, input, compute.Recipe{Layers: []string{"relu"}, Methods: []cam.Method{named(t, method)}, Class: 2})
		nearer(t, 1e-5, method, e.Map.Values, want)
	}
}
