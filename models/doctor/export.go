package doctor

import (
	"strings"

	"gaze/models/weights"
)

// exports says how to get a file that Gaze reads, by the names of ways.
func exports(ways []string) Section {
	s := Section{Heading: say("How to get a file that Gaze reads")}
	for _, way := range ways {
		switch way {
		case "pytorch":
			s.add(say("PyTorch"), say("{code}", "code", weights.Export))
		case "torchscript":
			s.add(say("PyTorch"), say("{code}", "code", "model = torch.jit.load(FILE)\n"+weights.Export))
		case "exported":
			s.add(say("PyTorch"), say("{code}", "code", "model = torch.export.load(FILE).module()\n"+strings.Replace(weights.Export, ".eval()", "", 1)))
		case "keras":
			s.add(say("Keras"), say("{code}", "code", `model.export("model.onnx", format="onnx")`))
		case "tflite":
			s.add(say("TensorFlow"), say("{code}", "code", "python -m tf2onnx.convert --tflite FILE --output model.onnx"))
		case "savedmodel":
			s.add(say("Keras"), say("{code}", "code", `model.save("model.keras")`))
			s.add(say("TensorFlow"), say("{code}", "code", "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx"))
		}
	}
	s.add(Phrase{}, say("docs/export.md has more."))
	return s
}

// refusal is a section with the reason why a file cannot be read.
func refusal(err error) Section {
	return Section{Heading: say("What Gaze cannot read"), Lines: []Line{{Text: say("{error}", "error", err.Error())}}}
}

// bare is an error's text without the file's name at its beginning.
func bare(err error, path string) string {
	text := err.Error()
	if i := strings.LastIndex(text, path+": "); i >= 0 {
		text = text[i+len(path)+2:]
	}
	return text
}
