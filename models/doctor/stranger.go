package doctor

import (
	"errors"
	"os"
	"path/filepath"

	"gaze/models/internal/notnetwork"
)

// strangers are files that hold no network at all.
func strangers() examiner {
	return examiner{
		fits: func(f *file) bool { return notnetwork.Check(f.head) != nil },
		examine: func(f *file, r *Report) {
			var e *notnetwork.Error
			errors.As(notnetwork.Check(f.head), &e)
			r.What = say("{kind}, not a network", "kind", strangerOf(e.Kind))
			s := Section{Heading: say("What to do")}
			s.add(Phrase{}, strangerWay(f, e))
			r.put(s)
		},
	}
}

func strangerOf(k notnetwork.Kind) Phrase {
	return map[notnetwork.Kind]Phrase{
		notnetwork.Empty:      say("an empty file"),
		notnetwork.Zeros:      say("a file of zeros"),
		notnetwork.LFSPointer: say("a Git LFS pointer"),
		notnetwork.WebPage:    say("a web page"),
		notnetwork.XML:        say("an XML file"),
		notnetwork.JSON:       say("a JSON file"),
		notnetwork.Text:       say("a text"),
		notnetwork.Picture:    say("a picture"),
		notnetwork.PDF:        say("a PDF document"),
		notnetwork.Archive:    say("a packed archive"),
		notnetwork.Program:    say("a program"),
	}[k]
}

func strangerWay(f *file, e *notnetwork.Error) Phrase {
	switch e.Kind {
	case notnetwork.LFSPointer:
		return say("It stands for the file. Run this in its folder: git lfs pull")
	case notnetwork.WebPage:
		return say("It was saved in place of the file. Download the file itself, logged in if the site asks for it.")
	case notnetwork.Empty, notnetwork.Zeros:
		return say("The download or the copy was broken off. Fetch the file again.")
	case notnetwork.Picture:
		return say("Explain it: gazectl explain {path} --out DIR", "path", quoted(f.path))
	case notnetwork.Archive:
		return say("Unpack it, and open the network in it.")
	case notnetwork.JSON:
		return say("If it describes a network, Gaze reads it by itself when it has the name of the network's file: open that.")
	}
	return say("Open the file of the network: .onnx, .pth, .safetensors, .keras or .h5.")
}

// foreignFiles are all others: of formats that Gaze does not read, or of none that is
// known.
func foreignFiles() examiner {
	return examiner{
		fits: func(*file) bool { return true },
		examine: func(f *file, r *Report) {
			var e *notnetwork.Error
			if !errors.As(notnetwork.Other(f.head), &e) {
				r.What = say("a file of no kind that Gaze knows, {size}", "size", bytesOf(f.size))
				r.put(exports([]string{"pytorch", "keras"}))
				return
			}
			switch e.Kind {
			case notnetwork.TFLite:
				r.What = say("a TensorFlow Lite file, {size}", "size", bytesOf(f.size))
				r.put(exports([]string{"tflite"}))
			case notnetwork.Zip:
				r.What = say("a ZIP archive, {size}", "size", bytesOf(f.size))
				s := Section{Heading: say("What to do")}
				s.add(Phrase{}, say("Unpack it, and open the network in it."))
				r.put(s)
			default:
				r.What = say("a {kind}, which Gaze does not read, {size}", "kind", string(e.Kind), "size", bytesOf(f.size))
				r.put(exports([]string{"pytorch", "keras"}))
			}
		},
	}
}

// examineFolder says of a folder whether it is a SavedModel.
func examineFolder(path string, r *Report) {
	if _, err := os.Stat(filepath.Join(path, "saved_model.pb")); err == nil {
		r.What = say("a SavedModel of TensorFlow")
		r.put(exports([]string{"savedmodel"}))
		return
	}
	r.What = say("a folder")
	s := Section{Heading: say("What to do")}
	s.add(Phrase{}, say("Name a file in it: .onnx, .pth, .safetensors, .keras or .h5."))
	r.put(s)
}
