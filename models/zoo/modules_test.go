package zoo_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/zoo"
)

// reference is what PyTorch says of one network.
type reference struct {
	name         string
	side         int
	parameters   int
	macs         int64
	defaultLayer string
	modules      []module
}

// module is one of PyTorch's modules: its type, the shape of each call's
// output, how many parameters are its own, and its options.
type module struct {
	name, kind string
	outs       []string
	parameters int
	options    string
}

// readReferences reads testdata/modules.txt, which describes itself.
func readReferences(t *testing.T) []reference {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "modules.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var refs []reference
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case fields[0] == "net":
			refs = append(refs, reference{
				name: fields[1], side: number(fields[2]), parameters: number(fields[3]),
				macs: int64(number(fields[4])), defaultLayer: fields[5],
			})
		default:
			m := module{name: fields[0], kind: fields[1], parameters: number(fields[3]), options: strings.Join(fields[4:], " ")}
			if fields[2] != "-" {
				m.outs = strings.Split(fields[2], ",")
			}
			last := &refs[len(refs)-1]
			last.modules = append(last.modules, m)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return refs
}

// TestModulesAreTorchvisions compares every module of the networks in modules.txt with the
// layer of its name: what it is, its output's shape, its parameters and
// options.
func TestModulesAreTorchvisions(t *testing.T) {
	refs := readReferences(t)
	if len(refs) < 26 {
		t.Fatalf("there are %d networks", len(refs))
	}
	for _, ref := range refs {
		t.Run(ref.name, func(t *testing.T) {
			net, err := zoo.Build(ref.name, &blank{classes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			in := net.Input
			in.Height, in.Width, in.Fit = ref.side, ref.side, models.FitStretch
			if net, err = net.Resized(in); err != nil {
				t.Fatal(err)
			}
			for _, m := range ref.modules {
				compareModule(t, net, m)
			}
			var macs int64
			for _, row := range net.Summary() {
				macs += row.MACs
			}
			if net.Parameters() != ref.parameters || macs != ref.macs {
				t.Errorf("%d parameters and %d multiply-adds, not %d and %d", net.Parameters(), macs, ref.parameters, ref.macs)
			}
			if def := net.DefaultLayer(); def != ref.defaultLayer {
				t.Errorf("the default layer is %s, not %s", def, ref.defaultLayer)
			}
		})
	}
}

// compareModule finds the layers that stand for a module. One that is never
// called has none. The first call of several goes by the module's name, further
// ones have a number, and the last goes by the name of the block it ends. A
// parameter of a block itself belongs to the layer of that parameter's name.
func compareModule(t *testing.T, net *models.Network, m module) {
	t.Helper()
	names := make([]string, len(m.outs))
	for i := range names {
		names[i] = m.name
		if i > 0 {
			names[i] = fmt.Sprintf("%s_%d", m.name, i+1)
		}
		if i > 0 && i == len(names)-1 {
			names[i] = m.name[:strings.LastIndex(m.name, ".")]
		}
	}
	if len(names) == 0 {
		if _, ok := net.Layer(m.name); ok {
			t.Errorf("%s is a layer, though it is never called", m.name)
		}
	}
	for i, name := range names {
		l, ok := net.Layer(name)
		if !ok {
			t.Errorf("no layer is called %s", name)
			continue
		}
		if kinds := torchKinds[m.kind]; !slices.Contains(kinds, l.Kind) {
			t.Errorf("%s is a %s, not one of %v", name, l.Kind, kinds)
		}
		if shape := join(l.Shape[1:]...); shape != m.outs[i] {
			t.Errorf("%s puts out %s, not %s", name, shape, m.outs[i])
		}
		if got := options(l); got != m.options {
			t.Errorf("%s has the options %q, not %q", name, got, m.options)
		}
		parameters := own(l)
		if m.kind == "CNBlock" {
			scale, _ := net.Layer(m.name + ".layer_scale")
			parameters = own(scale)
		}
		if parameters != m.parameters {
			t.Errorf("%s has %d parameters, not %d", name, parameters, m.parameters)
		}
	}
}

// torchKinds says what stands for each of PyTorch's types.
var torchKinds = map[string][]models.Kind{
	"AdaptiveAvgPool2d": {models.AdaptiveAvgPool, models.GlobalAvgPool},
	"AvgPool2d":         {models.AvgPool},
	"BatchNorm2d":       {models.BatchNorm},
	"CNBlock":           {models.Add},
	"Conv2d":            {models.Conv},
	"Dropout":           {models.Dropout},
	"Flatten":           {models.Flatten},
	"GELU":              {models.GELU},
	"Hardsigmoid":       {models.HardSigmoid},
	"Hardswish":         {models.HardSwish},
	"LayerNorm":         {models.LayerNorm},
	"LayerNorm2d":       {models.LayerNorm},
	"Linear":            {models.Linear},
	"MaxPool2d":         {models.MaxPool},
	"Permute":           {models.Permute},
	"ReLU":              {models.ReLU},
	"ReLU6":             {models.ReLU6},
	"SiLU":              {models.SiLU},
	"Sigmoid":           {models.Sigmoid},
	"StochasticDepth":   {models.Identity},
}

// own counts the parameters of a layer, without running statistics.
func own(l models.Layer) int {
	total := 0
	for _, name := range []string{"weight", "bias"} {
		if p, ok := l.Params[name]; ok {
			total += p.Shape().TotalSize()
		}
	}
	return total
}

// options writes a layer's attributes as testdata/modules.txt does.
func options(l models.Layer) string {
	a := l.Attr
	var list []string
	switch l.Kind {
	case models.Conv, models.MaxPool, models.AvgPool:
		list = append(list, "kernel="+join(a.Kernel[:]...), "stride="+join(a.Stride[:]...), "padding="+join(a.Pad[:2]...))
		if a.Pad[0] != a.Pad[2] || a.Pad[1] != a.Pad[3] || a.ExcludePad {
			list = append(list, "uneven padding")
		}
		if a.Dilation != [2]int{1, 1} {
			list = append(list, "dilation="+join(a.Dilation[:]...))
		}
		if a.Groups > 1 {
			list = append(list, "groups="+strconv.Itoa(a.Groups))
		}
		if a.Ceil {
			list = append(list, "ceil")
		}
	case models.AdaptiveAvgPool:
		list = append(list, "output="+join(a.Output[:]...))
	case models.GlobalAvgPool:
		list = append(list, "output=1x1")
	case models.BatchNorm, models.LayerNorm:
		list = append(list, "eps="+strconv.FormatFloat(a.Epsilon, 'g', -1, 64))
	}
	return strings.Join(list, " ")
}

// join writes numbers as 1x2x3.
func join(sides ...int) string {
	text := make([]string, len(sides))
	for i, side := range sides {
		text[i] = strconv.Itoa(side)
	}
	return strings.Join(text, "x")
}
