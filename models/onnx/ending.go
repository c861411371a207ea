package onnx

import (
	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// takeOffActivation moves the scores back over the activation that ends the
// network, if one does.
func (b *builder) takeOffActivation() {
	if p := b.pairOf(b.scores.logits); p != nil {
		b.note(models.NoteActivation, called(p))
		return
	}
	p, from, ok := b.activationBehind(b.scores.logits)
	if !ok {
		return
	}
	b.note(models.NoteActivation, called(p))
	b.scores.logits = from
	b.scores.activation = ends[p.OpType]
}

// ends are the activations that end networks.
var ends = map[string]models.Activation{
	"Softmax": models.ActivationSoftmax, "LogSoftmax": models.ActivationSoftmax,
	"Sigmoid": models.ActivationSigmoid, "HardSigmoid": models.ActivationSigmoid,
	"QLinearSoftmax": models.ActivationSoftmax, "QLinearSigmoid": models.ActivationSigmoid,
}

// activationBehind is the activation that ends in the value called name, perhaps
// its logarithm, and what it reads.
func (b *builder) activationBehind(name string) (p *onnxpb.NodeProto, from string, ok bool) {
	for range mostBehind {
		i, made := b.makers[name]
		if !made {
			return nil, "", false
		}
		p := b.graph.Node[i]
		switch {
		case len(p.Input) == 0 || !ownDomain(p.Domain) && operatorOf(p) == nil && generalOf(p) == nil:
			return nil, "", false
		case ends[p.OpType] != "":
			return p, p.Input[0], true
		case !passing[p.OpType] && p.OpType != "Log":
			return nil, "", false
		}
		name = p.Input[0]
	}
	return nil, "", false
}

// pairOf finds p and 1-p in a value, in any order, with p the sigmoid of a single
// number, or 1-p alone; it then takes that number for the scores. It returns the
// node that ends in them; nil where there is none.
func (b *builder) pairOf(name string) *onnxpb.NodeProto {
	for range mostBehind {
		i, ok := b.makers[name]
		if !ok || len(b.graph.Node[i].Input) == 0 {
			return nil
		}
		p := b.graph.Node[i]
		switch {
		case p.OpType == "Sub":
			if from, ok := b.counterpart(name); ok {
				b.scores.logits, b.scores.activation, b.scores.negated = from, models.ActivationSigmoid, true
				return p
			}
			return nil
		case p.OpType == "Concat" && len(p.Input) == 2:
			for first, second := range []int{1, 0} {
				sigmoid, from, ok := b.activationBehind(p.Input[first])
				if !ok || sigmoid.OpType != "Sigmoid" {
					continue
				}
				if other, ok := b.counterpart(p.Input[second]); ok && other == from {
					b.scores.logits, b.scores.activation, b.scores.reversed = from, models.ActivationSigmoid, first == 0
					return p
				}
			}
			return nil
		case !passing[p.OpType]:
			return nil
		}
		name = p.Input[0]
	}
	return nil
}

// counterpart is what a sigmoid reads of which the value is 1 minus it.
func (b *builder) counterpart(name string) (from string, ok bool) {
	for range mostBehind {
		i, made := b.makers[name]
		if !made || len(b.graph.Node[i].Input) == 0 {
			return "", false
		}
		p := b.graph.Node[i]
		if p.OpType == "Sub" && len(p.Input) == 2 {
			one, known := b.scalar(p.Input[0])
			sigmoid, from, ok := b.activationBehind(p.Input[1])
			return from, ok && known && one == 1 && sigmoid.OpType == "Sigmoid"
		}
		if !passing[p.OpType] {
			return "", false
		}
		name = p.Input[0]
	}
	return "", false
}

// activate says what the outputs mean, where the file has said it. A softmax of a
// single output, which is always 1, says nothing.
func (b *builder) activate() {
	if a := b.scores.activation; a != "" && !(a == models.ActivationSoftmax && b.net.Outputs() == 1) {
		b.net.SetActivation(a)
	}
	b.net.GuessActivation()
}
