package zoo

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models/weights"
)

// UnknownError reports parameters that fit none of the architectures.
type UnknownError struct {
	// Nearest is the architecture that most of the parameters fit; empty where
	// none resembles them. Fitting of the file's Params do.
	Nearest         string
	Fitting, Params int
	// Problems has a line for each parameter that does not fit the nearest one.
	Problems []string
	// Names are the first parameters of the file.
	Names []string
	// Strange is a module that the nearest architecture does not have, where
	// nothing else differs.
	Strange string
	// Attention is the name of a parameter of an attention layer, if there is one.
	Attention string
}

// Error says what the file resembles, and how to save it so that it can be read.
func (e *UnknownError) Error() string {
	var text string
	switch {
	case e.Attention != "":
		text = fmt.Sprintf("it has attention layers (%s) and fits no transformer that is known; others are read from ONNX files", e.Attention)
	case e.Strange != "":
		text = fmt.Sprintf("its parameters are those of a network that is known by them, but for %s", e.Strange)
	case e.Nearest == "":
		text = fmt.Sprintf("its parameters (%s) are those of no network that is known by them", listed(e.Names))
	default:
		text = fmt.Sprintf("its parameters are those of no network that is known by them; the nearest is %s, which %d of %d fit, but %s",
			e.Nearest, e.Fitting, e.Params, first(e.Problems))
	}
	return text + "; in Python, save the network as an ONNX file, which says its structure: " + weights.Export
}

// first lists the first problems and counts the rest.
func first(problems []string) string {
	const shown = 10
	text := strings.Join(problems[:min(shown, len(problems))], "; ")
	if more := len(problems) - shown; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// near is how well a file fits an architecture.
type near struct {
	problems []string
	// fitting parameters of those that either has.
	fitting, all int
}

func (n near) share() float64 { return float64(n.fitting) / float64(max(1, n.all)) }

// nearness tells what of a file does not fit an architecture, in the way in which
// most does.
func (file *listing) nearness(a architecture) near {
	return file.nearest(a, file.named(a))
}

// nearest is nearness in some ways, and in torchvision's names as they are.
func (file *listing) nearest(a architecture, ways []way) near {
	if !slices.ContainsFunc(ways, func(w way) bool { return w.prefix == "" && w.naming.rename == nil }) {
		ways = append(ways, way{})
	}
	var best near
	for i, w := range ways {
		src := &mapped{file: file, way: w, names: make(map[string]int)}
		b := newBuilder(a, src)
		b.file, b.zeros = src, file.zeros
		a.build(b)
		file.zeros = b.zeros
		if b.err != nil {
			continue
		}
		n := near{problems: slices.Concat(b.problems, b.headProblems), fitting: len(src.names)}
		n.all = n.fitting + len(n.problems)
		for _, j := range file.rest(src, a) {
			name := file.Params[j].Name
			if !slices.ContainsFunc(n.problems, func(p string) bool { return strings.HasPrefix(p, name+" ") }) {
				n.problems = append(n.problems, name+" is not expected")
				n.all++
			}
		}
		if i == 0 || n.share() > best.share() {
			best = n
		}
	}
	return best
}

// unknown describes a file that fits nothing.
func (file *listing) unknown() error {
	e := &UnknownError{Params: len(file.Params), Strange: file.strange}
	const shown, alike = 6, 0.25
	for _, p := range file.Params[:min(shown, len(file.Params))] {
		e.Names = append(e.Names, p.Name)
	}
	e.Attention = attention(file.Contents)
	var best near
	for _, a := range architectures() {
		ways := file.named(a)
		if len(ways) == 0 {
			continue
		}
		if n := file.nearest(a, ways); n.share() > max(alike, best.share()) {
			best = n
			e.Nearest, e.Fitting, e.Problems = a.name, n.fitting, n.problems
		}
	}
	return e
}

// attention finds a parameter or a module of an attention layer.
func attention(c *weights.Contents) string {
	for _, m := range c.Modules {
		if class := last(m.Class); strings.Contains(class, "Attention") && !strings.Contains(class, "Bn") || class == "C2PSA" {
			return strings.TrimLeft(m.Name+" "+class, " ")
		}
	}
	for _, p := range c.Params {
		for _, part := range []string{"cls_token", "class_token", "qkv", "in_proj_weight", "attention.query", "attention.attention", "relative_position_bias_table"} {
			if strings.Contains(p.Name, part) {
				return p.Name
			}
		}
	}
	return ""
}
