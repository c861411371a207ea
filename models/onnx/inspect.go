package onnx

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models/internal/regular"
	"gaze/models/onnx/internal/onnxpb"
)

// Inspection is what an ONNX file says of itself, without its parameters.
type Inspection struct {
	// Producer is the program that wrote the file, with its version.
	Producer string
	// Opsets has the version of the operators of each domain; "" is ONNX's own.
	Opsets map[string]int64
	// Inputs and Outputs of the graph, without parameters.
	Inputs, Outputs []Port
	// Operators counts the nodes of each operator. Those of other domains than
	// ONNX's are written DOMAIN.OPERATOR.
	Operators map[string]int
	// Unsupported are the nodes of operators that cannot be read, in the order of the
	// file. Nodes of known operators may still be refused for their attributes.
	Unsupported []Node
	// Quantised is set where the graph computes with whole numbers.
	Quantised bool
	// Parameters counts the numbers of all parameters.
	Parameters int64
	// Metadata are the keys of what the producer noted, sorted.
	Metadata []string
	// External are the files besides this one that hold parameters, sorted.
	External []string
}

// Port is an input or output of a graph.
type Port struct {
	Name string
	// Type is the schema's name for the type of its numbers, such as FLOAT; it is
	// empty for what is no tensor.
	Type string
	// Shape has the length of each axis, -1 where the file leaves it open. It is nil
	// where the file does not say how many axes there are.
	Shape []int
}

// Node is a node of a graph.
type Node struct{ Operator, Domain, Name string }

// Inspect reads what the ONNX file at path says of itself. It skips the
// parameters, whatever their size. Errors name the file.
func Inspect(path string) (*Inspection, error) {
	f, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("inspecting network: %w", err)
	}
	defer f.Close()
	m := newMemory(min(size, mostInspected))
	file, err := parse(f, size, m)
	if err != nil {
		return nil, fmt.Errorf("inspecting network %s: %w", path, err)
	}
	return inspect(file, m), nil
}

// mostInspected is how many bytes of a file count for the memory that an
// inspection may take: a graph without parameters is small.
const mostInspected = 128 << 20

func inspect(file *model, m *memory) *Inspection {
	in := &Inspection{
		Producer:  strings.TrimSpace(file.ProducerName + " " + file.ProducerVersion),
		Opsets:    make(map[string]int64),
		Operators: make(map[string]int),
	}
	for _, set := range file.OpsetImport {
		if ownDomain(set.Domain) {
			set.Domain = ""
		}
		in.Opsets[set.Domain] = set.Version
	}
	for _, e := range file.MetadataProps {
		in.Metadata = append(in.Metadata, e.Key)
	}
	slices.Sort(in.Metadata)
	for _, t := range file.Graph.Initializer {
		n := int64(1)
		for _, side := range t.Dims {
			n = int64(clamp(n * int64(clamp(side))))
		}
		in.Parameters += max(n, 0)
		for _, e := range t.ExternalData {
			if e.Key == "location" {
				in.External = append(in.External, e.Value)
			}
		}
	}
	slices.Sort(in.External)
	in.External = slices.Compact(in.External)
	opset, err := opsetOf(file.ModelProto)
	if err != nil {
		opset = newestOpset
	}
	b := newBuilder(file, opset, Options{}, m)
	for _, v := range b.inputs() {
		in.Inputs = append(in.Inputs, portOf(v))
	}
	for _, v := range file.Graph.Output {
		in.Outputs = append(in.Outputs, portOf(v))
	}
	for _, p := range file.Graph.Node {
		name := p.OpType
		if !ownDomain(p.Domain) {
			name = p.Domain + "." + name
		}
		in.Operators[name]++
		in.Quantised = in.Quantised || quantising(p.OpType)
	}
	// A graph that cannot be followed has all its nodes looked at.
	needed := make(map[int]bool)
	if b.index() == nil && b.chooseOutput("") == nil {
		needed = b.plan(b.scores.logits)
	} else {
		for i := range file.Graph.Node {
			needed[i] = true
		}
	}
	for _, i := range b.unknown(needed) {
		p := file.Graph.Node[i]
		in.Unsupported = append(in.Unsupported, Node{p.OpType, p.Domain, p.Name})
	}
	return in
}

// quantising reports whether an operator computes with whole numbers.
func quantising(op string) bool {
	return strings.Contains(op, "Quantize") || strings.HasPrefix(op, "QLinear") || op == "QGemm" || op == "QAttention" ||
		strings.HasPrefix(op, "MatMulInteger") || op == "ConvInteger" || op == "MatMulNBits"
}

func portOf(v *onnxpb.ValueInfoProto) Port {
	port := Port{Name: v.Name}
	t := v.GetType().GetTensorType()
	if t == nil {
		return port
	}
	port.Type = typeName(t.ElemType)
	if t.Shape == nil {
		return port
	}
	port.Shape = []int{}
	for _, d := range t.Shape.Dim {
		side := -1
		if n := d.GetDimValue(); n > 0 {
			side = clamp(n)
		}
		port.Shape = append(port.Shape, side)
	}
	return port
}

// refuse is the error for nodes whose operators are not known; nil for none.
func (b *builder) refuse(nodes []int) error {
	if len(nodes) == 0 {
		return nil
	}
	const most = 8
	first := b.graph.Node[nodes[0]]
	var others []string
	for _, i := range nodes {
		if op := b.graph.Node[i].OpType; op != first.OpType && !slices.Contains(others, op) && len(others) < most {
			others = append(others, op)
		}
	}
	err := b.describe(first, errUnsupported)
	if len(others) > 0 {
		err = fmt.Errorf("%w, nor are %s", err, strings.Join(others, ", "))
	}
	return err
}

// unknown are the nodes among those needed that no operator is known for, though
// the picture goes through them. What depends on constants alone is found to be
// computable, or not, as it is read.
func (b *builder) unknown(needed map[int]bool) []int {
	moving := make(map[string]bool)
	for _, v := range b.inputs() {
		given := b.values[v.Name]
		moving[v.Name] = given == nil || given.known == nil
	}
	var list []int
	for i, p := range b.graph.Node {
		names := reads(p)
		if f := b.fusions[i]; f != nil {
			names = f.reads
		}
		if p.OpType == "Shape" || p.OpType == "Size" || !slices.ContainsFunc(names, func(name string) bool { return moving[name] }) {
			continue
		}
		for _, name := range p.Output {
			moving[name] = true
		}
		if needed[i] && b.fusions[i] == nil && !branching(p) && operatorOf(p) == nil && generalOf(p) == nil {
			list = append(list, i)
		}
	}
	return list
}
