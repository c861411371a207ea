package doctor

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models/internal/notnetwork"
	"gaze/models/onnx"
)

// onnxFiles are ONNX files: by their extension, because any bytes may be one.
func onnxFiles() examiner {
	return examiner{
		opens:   true,
		fits:    func(f *file) bool { return f.extension() == ".onnx" && notnetwork.Other(f.head) == nil },
		examine: examineONNX,
	}
}

func examineONNX(f *file, r *Report) {
	r.What = say("an ONNX file, {size}", "size", bytesOf(f.size))
	in, err := onnx.Inspect(f.path)
	if err != nil {
		r.put(refusal(err))
		r.put(Section{Heading: say("How to get a file that Gaze reads"), Lines: []Line{{Text: say("Fetch or export the file again: it is not whole, or not a file of ONNX.")}}})
		return
	}
	r.put(inONNX(in))
	if f.net != nil {
		return
	}
	s := Section{Heading: say("What Gaze cannot read")}
	type kind struct {
		name  string
		nodes []string
	}
	var kinds []kind
	for _, n := range in.Unsupported {
		name := n.Operator
		if n.Domain != "" {
			name = n.Domain + "." + n.Operator
		}
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
		if i < 0 {
			i = len(kinds)
			kinds = append(kinds, kind{name: name})
		}
		kinds[i].nodes = append(kinds[i].nodes, fmt.Sprintf("%q", n.Name))
	}
	for _, k := range kinds {
		s.add(say("{operator}", "operator", k.name), some(k.nodes, 4))
	}
	if len(kinds) == 0 {
		s.add(Phrase{}, say("{error}", "error", bare(f.err, f.path)))
	}
	r.put(s)
	if len(in.Unsupported) == 0 {
		r.put(exports(onnxWays(in)))
		return
	}
	// Another export of the same network would have the same operators.
	w := Section{Heading: say("What to do")}
	w.add(Phrase{}, say("Export the network without these operators, if they can be done without: docs/networks.md lists what Gaze reads."))
	if strings.Contains(in.Producer, "pytorch") {
		w.add(Phrase{}, say("If its body is one of torchvision or timm, its weights alone may do: {code}", "code", `torch.save(model.state_dict(), "model.pth")`))
	}
	r.put(w)
}

// inONNX is what the file says of itself.
func inONNX(in *onnx.Inspection) Section {
	s := Section{Heading: say("What the file says")}
	if in.Producer != "" {
		s.add(say("made by"), say("{producer}", "producer", in.Producer))
	}
	var sets []string
	for domain, version := range in.Opsets {
		if domain == "" {
			domain = "ai.onnx"
		}
		sets = append(sets, fmt.Sprintf("%s %d", domain, version))
	}
	slices.Sort(sets)
	s.add(say("operator sets"), say("{sets}", "sets", strings.Join(sets, ", ")))
	s.add(say("inputs"), ports(in.Inputs))
	s.add(say("outputs"), ports(in.Outputs))
	var operators []string
	for _, name := range byCount(in.Operators) {
		operators = append(operators, fmt.Sprintf("%s %d", name, in.Operators[name]))
	}
	s.add(say("operators"), some(operators, 8))
	s.add(say("parameters"), say("{count}", "count", count(int(in.Parameters))))
	if in.Quantised {
		s.add(say("numbers"), say("quantised: whole numbers stand for the parameters"))
	}
	if len(in.Metadata) > 0 {
		s.add(say("notes"), some(in.Metadata, 8))
	}
	if len(in.External) > 0 {
		s.add(say("other files"), say("{list}: they must lie beside it", "list", some(in.External, 4)))
	}
	return s
}

// onnxWays are recipes that fit the file.
func onnxWays(in *onnx.Inspection) []string {
	switch producer := strings.ToLower(in.Producer); {
	case strings.Contains(producer, "pytorch"):
		return []string{"pytorch"}
	case strings.Contains(producer, "keras"), strings.Contains(producer, "tf2onnx"), strings.Contains(producer, "tensorflow"):
		return []string{"keras"}
	}
	return []string{"pytorch", "keras"}
}

// ports writes the inputs or outputs of a graph: `"x" 1x3x224x224 FLOAT`.
func ports(list []onnx.Port) Phrase {
	var all []string
	for _, p := range list {
		text := fmt.Sprintf("%q", p.Name)
		if p.Shape != nil {
			sides := make([]string, len(p.Shape))
			for i, side := range p.Shape {
				if sides[i] = fmt.Sprint(side); side < 0 {
					sides[i] = "?"
				}
			}
			text += " " + strings.Join(sides, "x")
		}
		all = append(all, strings.TrimSpace(text+" "+p.Type))
	}
	return some(all, 4)
}

// byCount lists names, the most frequent first.
func byCount(counts map[string]int) []string {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	return names
}

// some lists the first few of many names and counts the rest.
func some(names []string, most int) Phrase {
	if len(names) <= most {
		return say("{names}", "names", strings.Join(names, ", "))
	}
	return say("{names}, and {more} more", "names", strings.Join(names[:most], ", "), "more", len(names)-most)
}
