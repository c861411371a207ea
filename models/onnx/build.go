package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// builder makes a network from a graph. It goes over the nodes twice: backward
// to find which are needed and which make one layer together, then forward to
// make the layers.
type builder struct {
	net    *models.Network
	graph  *onnxpb.GraphProto
	opset  int64
	memory *memory
	// tensors has the numbers of parameters.
	tensors *tensors

	initializers map[string]*onnxpb.TensorProto
	// makers has the node that makes a value, readers the number of nodes that
	// read it.
	makers  map[string]int
	readers map[string]int
	// fusions are the nodes that also do the work of others before them.
	fusions map[int]*fusion
	values  map[string]*value
	// valueNames and nodeNames are further names of layers: those of values
	// and nodes that made no layer of that name.
	valueNames, nodeNames map[string]string
	// moduleNames has the modules that PyTorch's exporter notes with nodes, each
	// with its last layer.
	moduleNames map[string]string
	// fileSize is the height and width that the file is for. It is set where the
	// file states them and is read for others.
	fileSize [2]int
	// fileBatch is the number of pictures that the file's shapes are for, if it
	// states one.
	fileBatch int
	// pixels is the schema's type of the picture's numbers.
	pixels int32
	// graphs counts the graphs within nodes that were read.
	graphs int
	// scores is what the output is, and how it comes from the logits.
	scores scores
}

// fusion is one layer in place of several nodes.
type fusion struct {
	// reads are the values that the nodes together read.
	reads []string
	// inner are the nodes whose results are seen by these nodes alone.
	inner []int
	lower func(b *builder, n *node) error
}

func newBuilder(file *model, opset int64, opt Options, m *memory) *builder {
	name := opt.Name
	if name == "" {
		name = "network"
	}
	b := &builder{
		net:   &models.Network{Name: name, Architecture: "ONNX", Source: "an ONNX file"},
		graph: file.Graph, opset: opset, memory: m,
		tensors:      &tensors{file.file, file.numbers, &folder{files: opt.Files, counted: make(map[string]bool)}, m},
		initializers: make(map[string]*onnxpb.TensorProto),
		makers:       make(map[string]int),
		readers:      make(map[string]int),
		fusions:      make(map[int]*fusion),
		values:       make(map[string]*value),
		valueNames:   make(map[string]string),
		nodeNames:    make(map[string]string),
		moduleNames:  make(map[string]string),
	}
	for _, t := range file.Graph.Initializer {
		b.initializers[t.Name] = t
	}
	return b
}

func (b *builder) build(file *model, opt Options) (*models.Network, error) {
	if len(b.graph.SparseInitializer) > 0 {
		return nil, errors.New("sparse parameters are not supported")
	}
	if err := b.index(); err != nil {
		return nil, err
	}
	said := metadata(file.ModelProto)
	if err := b.chooseOutput(opt.Output); err != nil {
		return nil, err
	}
	output := b.scores.logits
	if err := b.openInputs(output, opt, said); err != nil {
		return nil, err
	}
	needed := b.plan(output)
	// Parameters are not read in vain.
	if err := b.refuse(b.unknown(needed)); err != nil {
		return nil, err
	}
	// Graphs within nodes add theirs behind these.
	for i, p := range slices.Clone(b.graph.Node) {
		if !needed[i] {
			continue
		}
		if err := b.lower(i, p); err != nil {
			return nil, b.sized(b.describe(p, err))
		}
	}
	if err := b.finish(output); err != nil {
		return nil, b.sized(err)
	}
	if opt.Input == nil {
		b.guessPixels(said)
	}
	b.activate()
	if labels := b.scores.labels; labels != nil && b.net.Named(len(labels)) {
		b.nameClasses(labels)
	} else if labels := saidLabels(b.net, said); labels != nil {
		b.nameClasses(labels)
	}
	if b.opset > newestOpset {
		b.note(models.NoteOpset, b.opset)
	}
	b.net.FixedSize = true
	return b.net, nil
}

// index finds the maker and counts the readers of every value.
func (b *builder) index() error {
	for i, p := range b.graph.Node {
		for _, name := range reads(p) {
			b.readers[name]++
		}
		for _, name := range p.Output {
			if name == "" {
				continue
			}
			_, made := b.makers[name]
			if _, given := b.initializers[name]; made || given {
				return fmt.Errorf("two things make the value %q", name)
			}
			b.makers[name] = i
		}
	}
	for _, out := range b.graph.Output {
		b.readers[out.Name]++
	}
	return nil
}

// plan finds the nodes that the output needs, and fusions among them.
func (b *builder) plan(output string) map[int]bool {
	return b.planFrom(0, map[string]bool{output: true})
}

// planFrom is plan for the nodes from one on, of which several values are wanted.
func (b *builder) planFrom(first int, wanted map[string]bool) map[int]bool {
	needed := make(map[int]bool)
	for i := len(b.graph.Node) - 1; i >= first; i-- {
		p := b.graph.Node[i]
		for _, name := range p.Output {
			if name != "" && wanted[name] {
				needed[i] = true
			}
		}
		if !needed[i] {
			continue
		}
		names := reads(p)
		if f := b.fuse(i); f != nil {
			b.fusions[i] = f
			names = f.reads
		}
		for _, name := range names {
			wanted[name] = true
		}
	}
	return needed
}

// lower makes the layers of one node.
func (b *builder) lower(i int, p *onnxpb.NodeProto) error {
	if err := b.memory.spend(1, perMessage); err != nil {
		return err
	}
	if branching(p) {
		if err := b.lowerBranching(p); err != nil {
			return err
		}
		b.call(i, nil)
		return nil
	}
	n := newNode(p)
	names := p.Input
	f := b.fusions[i]
	if f != nil {
		names = f.reads
	}
	known := true
	for _, name := range names {
		v, err := b.value(name)
		if err != nil {
			return err
		}
		n.in = append(n.in, v)
		known = known && (v == nil || v.known != nil)
	}
	if f == nil {
		if err := b.modernise(n); err != nil {
			return err
		}
	}
	do, otherwise := operatorOf(p), generalOf(p)
	switch {
	case f != nil:
		undo := b.checkpoint(n)
		if known || b.operateEither(n, f.lower, nil) != nil {
			undo()
			return b.lowerApart(i, f)
		}
		b.call(i, f)
		return nil
	case ownDomain(p.Domain) && (p.OpType == "Shape" || p.OpType == "Size" || known):
		return b.evaluate(n)
	case do == nil && otherwise == nil:
		return errUnsupported
	}
	if err := b.operateEither(n, do, otherwise); err != nil {
		return err
	}
	b.call(i, f)
	return nil
}

// lowerApart makes the layers of a node and of those that were to be fused with it,
// one by one.
func (b *builder) lowerApart(i int, f *fusion) error {
	delete(b.fusions, i)
	for _, j := range append(slices.Sorted(slices.Values(f.inner)), i) {
		p := b.graph.Node[j]
		if err := b.lower(j, p); err != nil {
			if j == i {
				return err
			}
			return &describedError{b.describe(p, err)}
		}
	}
	return nil
}

// call makes the names of node i and of its results names of its layer. So it
// does for the nodes that are fused with it.
func (b *builder) call(i int, f *fusion) {
	p := b.graph.Node[i]
	first := b.values[p.Output[0]]
	for _, name := range p.Output {
		if v := b.values[name]; v != nil {
			b.valueNames[name] = v.layer
			if first == nil {
				first = v
			}
		}
	}
	if first == nil {
		return
	}
	b.nodeNames[p.Name] = first.layer
	for _, module := range modules(p) {
		b.moduleNames[module] = first.layer
	}
	if f == nil {
		return
	}
	for _, j := range f.inner {
		inner := b.graph.Node[j]
		for _, name := range inner.Output {
			if b.values[name] == nil {
				b.valueNames[name] = first.layer
			}
		}
		if _, taken := b.nodeNames[inner.Name]; !taken {
			b.nodeNames[inner.Name] = first.layer
		}
	}
}

// value returns the value called name, or nil for the empty name of an input
// that is left out.
func (b *builder) value(name string) (*value, error) {
	if name == "" {
		return nil, nil
	}
	if v, ok := b.values[name]; ok {
		return v, nil
	}
	t, ok := b.initializers[name]
	if !ok {
		return nil, fmt.Errorf("reads %q, which no node before it makes", name)
	}
	c, err := b.tensors.constant(t)
	if err != nil {
		return nil, fmt.Errorf("parameter %q: %w", name, err)
	}
	v := &value{known: c}
	b.set(name, v)
	return v, nil
}
