package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// scores are the numbers, one a class, that a file has among its outputs or
// behind them.
type scores struct {
	// logits is the value before the activation that may end the network; negated is
	// set where a high output means that it is low.
	logits  string
	negated bool
	// activation makes probabilities of the logits; "" where nothing says it.
	activation models.Activation
	// reversed is set where a single logit stands for two outputs, the first of which
	// is what a high one means.
	reversed bool
	// labels are the classes' names that the graph holds, in the order of the
	// outputs; nil where it holds none.
	labels []string
}

// chooseOutput finds the scores: in the value called wanted, or else among the
// graph's outputs.
func (b *builder) chooseOutput(wanted string) error {
	var names []string
	for _, o := range b.graph.Output {
		names = append(names, o.Name)
	}
	if len(names) == 0 {
		return errors.New("it has no output")
	}
	chosen := b.preferred()
	if wanted != "" {
		if _, made := b.makers[wanted]; !made {
			return fmt.Errorf("nothing in it is called %q; its outputs are %s", wanted, strings.Join(names, ", "))
		}
		chosen = wanted
	}
	switch _, given := b.initializers[chosen]; {
	case chosen == "":
		return errors.New("the output has no name")
	case !b.makes(chosen) && !given && !slices.ContainsFunc(b.graph.Input, func(v *onnxpb.ValueInfoProto) bool { return v.Name == chosen }):
		return fmt.Errorf("the output %q is made by nothing in it", chosen)
	}
	found, labels := b.behind(chosen)
	switch {
	case wanted == "" && b.choice(chosen) != nil:
		b.note(models.NoteScores, chosen, found)
	case len(names) > 1 || !slices.Contains(names, chosen):
		b.note(models.NoteOutput, strings.Join(names, ", "), chosen)
	}
	b.scores = scores{logits: found, labels: labels}
	b.takeOffActivation()
	return nil
}

// preferred is the graph's output that most looks like scores.
func (b *builder) preferred() string {
	best, most := "", -1
	for _, o := range b.graph.Output {
		if n := b.likeness(o); n > most {
			best, most = o.Name, n
		}
	}
	return best
}

// likeness tells how much an output looks like scores of classes.
func (b *builder) likeness(o *onnxpb.ValueInfoProto) int {
	const (
		maps = iota
		chosenClass
		single
		unknown
		list
		oneEach
		several
	)
	t := o.GetType().GetTensorType()
	if t == nil {
		// A list of dictionaries, as ZipMap makes.
		return unknown
	}
	if kind, _ := elementOf(t.ElemType); b.choice(o.Name) != nil || kind.float == nil && t.ElemType != 0 {
		return chosenClass
	}
	if t.Shape == nil {
		return unknown
	}
	long, sides := 0, t.Shape.Dim
	for i, d := range sides {
		if i > 0 && d.GetDimValue() != 1 {
			long++
		}
	}
	switch {
	case len(sides) == 0:
		return single
	case len(sides) == 1:
		return list
	case len(sides) == 2 && sides[1].GetDimValue() == 1:
		return oneEach
	case len(sides) == 2 || long <= 1 && len(sides) <= usualAxes:
		return several
	}
	return maps
}

// choice is the node that makes of scores which class is the most probable, if
// the value called name comes from one by nodes that only rename or move it; nil
// else.
func (b *builder) choice(name string) *onnxpb.NodeProto {
	for range mostBehind {
		i, ok := b.makers[name]
		if !ok {
			return nil
		}
		p := b.graph.Node[i]
		switch {
		case choosing[p.OpType], p.OpType == "ReduceMax" && b.largestOf(p):
			return p
		case p.OpType == "Gather" && len(p.Input) > 1 && b.makes(p.Input[1]):
			// A table of labels, read at the most probable class.
			name = p.Input[1]
		case (passing[p.OpType] || p.OpType == "LabelEncoder" || p.OpType == "ArrayFeatureExtractor") && len(p.Input) > 0:
			name = p.Input[0]
			if p.OpType == "ArrayFeatureExtractor" && len(p.Input) > 1 {
				name = p.Input[1]
			}
		default:
			return nil
		}
	}
	return nil
}

// largestOf reports whether a ReduceMax is that of the scores of which another node
// tells the place: it is no pooling then.
func (b *builder) largestOf(p *onnxpb.NodeProto) bool {
	return len(p.Input) > 0 && slices.ContainsFunc(b.graph.Node, func(q *onnxpb.NodeProto) bool {
		return q.OpType == "ArgMax" && len(q.Input) > 0 && q.Input[0] == p.Input[0]
	})
}

// makes reports whether a node makes the value.
func (b *builder) makes(name string) bool {
	_, ok := b.makers[name]
	return ok
}

var (
	// passing are operators whose result is their first input, moved or renamed.
	passing = words("Identity Cast Squeeze Unsqueeze Flatten Reshape Dropout QuantizeLinear DequantizeLinear")
	// choosing are operators that tell which numbers are the largest, or large.
	choosing = words("ArgMax TopK Hardmax Greater GreaterOrEqual Round")
)

// mostBehind bounds the nodes that are looked at behind an output.
const mostBehind = 16

// behind follows the value called name back to the scores that it is chosen from
// or listed with: by ArgMax, TopK, ZipMap and the like. It returns the labels that
// it finds there.
func (b *builder) behind(name string) (scores string, labels []string) {
	if p := b.choice(name); p != nil && len(p.Input) > 0 {
		for at := name; ; {
			q := b.graph.Node[b.makers[at]]
			if labels == nil {
				labels = b.listed(q)
			}
			if q == p {
				break
			}
			at = q.Input[0]
			if q.OpType == "Gather" || q.OpType == "ArrayFeatureExtractor" && len(q.Input) > 1 {
				at = q.Input[1]
			}
		}
		return p.Input[0], labels
	}
	at := name
	for range mostBehind {
		i, ok := b.makers[at]
		if !ok || len(b.graph.Node[i].Input) == 0 {
			break
		}
		switch p := b.graph.Node[i]; {
		case p.OpType == "ZipMap":
			return p.Input[0], b.listed(p)
		case passing[p.OpType]:
			at = p.Input[0]
			continue
		}
		break
	}
	return name, nil
}

// listed are the classes' names that a node holds.
func (b *builder) listed(p *onnxpb.NodeProto) []string {
	var names []string
	text := func(list [][]byte) {
		for _, s := range list {
			names = append(names, string(s))
		}
	}
	for _, a := range p.Attribute {
		switch a.Name {
		case "classlabels_strings", "values_strings", "classes_strings", "cats_strings":
			text(a.Strings)
		case "classlabels_int64s":
			for _, v := range a.Ints {
				names = append(names, strconv.FormatInt(v, 10))
			}
		}
	}
	for _, in := range p.Input {
		if t := b.initializers[in]; t != nil && t.DataType == int32(onnxpb.TensorProto_STRING) {
			text(t.StringData)
		}
	}
	if names, err := unlike(names); err == nil {
		return names
	}
	return nil
}

// nameClasses names the classes by a list in the order of the file's outputs.
func (b *builder) nameClasses(list []string) {
	if b.scores.reversed {
		b.net.Labels = slices.Clone(list)
		return
	}
	b.net.SetTrainingLabels(list)
}
