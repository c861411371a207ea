package models

import (
	"fmt"
	"maps"
	"slices"
)

// NoteKind is the subject of a note.
type NoteKind string

// The kinds of notes. Each says what [Note.Of] contains.
const (
	// NoteText is a free text by whoever made the network.
	NoteText NoteKind = "text"
	// NoteBatch: the file is for several pictures at a time and was read for one.
	// Of has their number.
	NoteBatch NoteKind = "batch"
	// NoteSize: the file is for pictures of another size than it was read for. Of
	// has the file's size and the other.
	NoteSize NoteKind = "size"
	// NoteOutput: the network has several outputs, of which one is explained. Of
	// has all of them and the one.
	NoteOutput NoteKind = "output"
	// NoteActivation: an activation at the end was left out. Of has its name.
	NoteActivation NoteKind = "activation"
	// NoteScores: an output only has the most probable classes, and the scores that
	// they are chosen from are explained. Of has the output and the scores.
	NoteScores NoteKind = "scores"
	// NoteInput: an input besides the picture is taken to be a number. Of has its
	// name and the number.
	NoteInput NoteKind = "input"
	// NoteLayout: nothing but its sides tells what the axes of the picture are. Of
	// has the input's name, and the axes in order.
	NoteLayout NoteKind = "layout"
	// NoteOpset: the file uses newer operators than Gaze was compared with. Of has
	// its opset.
	NoteOpset NoteKind = "opset"
	// NoteRounding: the network is quantised and rounds its activations. Of is
	// empty.
	NoteRounding NoteKind = "rounding"
	// NoteByOrder: the parameters have other names than those of the architecture
	// that Of names, and were matched by their order and shapes.
	NoteByOrder NoteKind = "order"
	// NoteBeside: the file has numbers that are no part of the network. Of has
	// their names.
	NoteBeside NoteKind = "beside"
	// NoteCopy: the file has the network several times. Of says which one is read,
	// and which are not.
	NoteCopy NoteKind = "copy"
	// NoteTimm: the names of the parameters are timm's, and those of one of timm's
	// networks that pad otherwise would be the same. Of is empty.
	NoteTimm NoteKind = "timm"
	// NoteLabels: the classes' names are from a file that was found beside the
	// network's. Of has its name.
	NoteLabels NoteKind = "labels"
	// NotePrepared: how pictures are prepared is from a file that was found beside the
	// network's. Of has its name.
	NotePrepared NoteKind = "prepared"
	// NoteProportions: a file, the first of Of, has pictures squeezed to a size, the
	// second, before their centre is cut out. Gaze keeps their proportions.
	NoteProportions NoteKind = "proportions"
	// NoteKeys: the sidecar has keys that mean nothing here. Of has its name and the
	// keys.
	NoteKeys NoteKind = "keys"
)

// Note tells what was decided or left out when a network was read.
type Note struct {
	Kind NoteKind
	// Of is what the note is about; see its kind.
	Of []string
}

// NewNote makes a note. of must be in the order that the kind asks for.
func NewNote(kind NoteKind, of ...any) Note {
	n := Note{Kind: kind}
	for _, x := range of {
		n.Of = append(n.Of, fmt.Sprint(x))
	}
	return n
}

// NoteKinds lists all kinds, sorted.
func NoteKinds() []NoteKind { return slices.Sorted(maps.Keys(noteForms())) }

// Form is the note in English with %s in the place of each text of Of.
func (n Note) Form() string { return noteForms()[n.Kind] }

// noteForms has the form of each kind.
func noteForms() map[NoteKind]string {
	return map[NoteKind]string{
		NoteText:        "%s",
		NoteBatch:       "The file is for %s pictures at a time; it is read for one.",
		NoteSize:        "The file is for pictures of %s; it is read for %s.",
		NoteOutput:      "Of the outputs %s, %s is explained.",
		NoteScores:      "The output %s only says which classes are the most probable; the scores %s behind it are explained.",
		NoteInput:       "The input %s besides the picture is taken to be %s.",
		NoteLayout:      "The axes of the input %s are taken to be %s.",
		NoteOpset:       "The file uses opset %s, which is newer than this version of Gaze.",
		NoteRounding:    "The network is quantised: activations are rounded as the file says, and gradients pass as if they were not.",
		NoteByOrder:     "The file has other names for the parameters than %s; they were matched by their order and shapes.",
		NoteBeside:      "The file has numbers besides the network, which are ignored: %s.",
		NoteCopy:        "The file has the network several times: %s is read, %s is not.",
		NoteTimm:        "The names of the parameters are timm's. They would be the same in one of its networks whose name begins with tf_, which is another: it would have to be saved as an ONNX file, or whole.",
		NoteActivation:  "The %s at the end is left out: the logits before it are explained.",
		NoteLabels:      "The classes' names are from %s, which lies beside the network.",
		NotePrepared:    "How pictures are prepared is from %s, which lies beside the network.",
		NoteProportions: "%s has pictures squeezed to %s before their centre is cut out; Gaze keeps their proportions.",
		NoteKeys:        "%s has keys that mean nothing to Gaze and change nothing: %s.",
	}
}

// String is the note in English.
func (n Note) String() string {
	of := make([]any, len(n.Of))
	for i, x := range n.Of {
		of[i] = x
	}
	return fmt.Sprintf(n.Form(), of...)
}
