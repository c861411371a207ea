package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gaze/models/internal/notnetwork"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// weightFiles are files of parameters: of PyTorch and safetensors.
func weightFiles() examiner {
	return examiner{
		opens: true,
		fits: func(f *file) bool {
			var other *notnetwork.Error
			if errors.As(notnetwork.Other(f.head), &other) {
				return slices.Contains([]notnetwork.Kind{notnetwork.PyTorch, notnetwork.Pickle, notnetwork.Safetensors}, other.Kind)
			}
			return slices.Contains(weights.Extensions(), f.extension())
		},
		examine: examineWeights,
	}
}

func examineWeights(f *file, r *Report) {
	c, err := weights.Inspect(f.path)
	if err != nil {
		r.What = say("a file of weights, {size}", "size", bytesOf(f.size))
		r.put(refusal(err))
		r.put(exports([]string{"pytorch"}))
		return
	}
	r.What = say("{kind} ({format}), {size}", "kind", kindOf(c.Kind), "format", c.Format, "size", bytesOf(f.size))
	r.put(inWeights(c))
	if f.net != nil {
		return
	}
	s := Section{Heading: say("What Gaze cannot read")}
	var unknown *zoo.UnknownError
	var kind *weights.KindError
	switch {
	case errors.As(f.err, &unknown) && unknown.Attention != "":
		s.add(Phrase{}, say("It has attention layers ({name}) and fits no transformer that is known; others are read from ONNX files.", "name", unknown.Attention))
	case errors.As(f.err, &unknown) && unknown.Nearest != "":
		s.add(say("nearest"), say("{network}, which {fitting} of {all} parameters fit", "network", unknown.Nearest, "fitting", unknown.Fitting, "all", unknown.Params))
		const shown = 10
		for _, p := range unknown.Problems[:min(shown, len(unknown.Problems))] {
			s.add(Phrase{}, say("{problem}", "problem", p))
		}
		if more := len(unknown.Problems) - shown; more > 0 {
			s.add(Phrase{}, say("and {more} more", "more", more))
		}
	case errors.As(f.err, &unknown):
		s.add(Phrase{}, say("Its parameters are those of no network that Gaze knows by them."))
	case errors.As(f.err, &kind) && kind.Kind != weights.OtherObject:
		s.add(Phrase{}, say("It holds a program. Gaze runs no programs of files."))
	case errors.As(f.err, &kind):
		s.add(Phrase{}, say("It holds no parameters."))
	default:
		s.add(Phrase{}, say("{error}", "error", bare(f.err, f.path)))
	}
	r.put(s)
	r.put(exports([]string{wayOf(c.Kind)}))
}

// inWeights is what the file says of itself.
func inWeights(c *weights.Contents) Section {
	s := Section{Heading: say("What the file says")}
	if c.Class != "" {
		s.add(say("class"), say("{class}", "class", c.Class))
	}
	if len(c.Keys) > 0 {
		s.add(say("keys"), some(c.Keys, 8))
	}
	if c.Under != "" {
		s.add(say("network"), say("under {key}", "key", fmt.Sprintf("%q", c.Under)))
	}
	if len(c.Params) > 0 {
		s.add(say("parameters"), say("{count} in {tensors} tensors", "count", count(c.Numbers()), "tensors", len(c.Params)))
		var first []string
		for _, p := range c.Params {
			sides := strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Shape), " ", "x"), "[]")
			first = append(first, p.Name+" "+sides)
		}
		s.add(say("first ones"), some(first, 4))
	}
	if len(c.Labels) > 0 {
		s.add(say("classes"), some(c.Labels, 6))
	}
	if len(c.Copies) > 0 {
		s.add(say("copies"), say("{list}: these are not read", "list", some(c.Copies, 4)))
	}
	return s
}

func kindOf(k weights.Kind) Phrase {
	switch k {
	case weights.StateDict:
		return say("parameters by name")
	case weights.WholeNetwork:
		return say("a network that was saved whole")
	case weights.TorchScript:
		return say("a TorchScript program")
	case weights.Exported:
		return say("a program of torch.export")
	}
	return say("an object without parameters")
}

func wayOf(k weights.Kind) string {
	switch k {
	case weights.TorchScript:
		return "torchscript"
	case weights.Exported:
		return "exported"
	}
	return "pytorch"
}
