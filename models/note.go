package models

import "fmt"

// NoteKind tells notes apart.
type NoteKind string

// The kinds of notes, and what [Note.Of] lists for each.
const (
	// NoteText is a note in the words of whoever made the network: the text.
	NoteText NoteKind = "text"
	// NoteBatch is that the file is for several pictures at a time and read for
	// one: their number.
	NoteBatch NoteKind = "batch"
	// NoteSize is that the file is for pictures of another size than it is read
	// for: that size, and the one it is read for.
	NoteSize NoteKind = "size"
	// NoteOutput is that one of several outputs is explained: all of them, and
	// the one.
	NoteOutput NoteKind = "output"
	// NoteActivation is that an activation at the end is left out: what it is.
	NoteActivation NoteKind = "activation"
)

// Note tells what was decided or left out when a network was read.
type Note struct {
	Kind NoteKind
	// Of is what the note is about, as its kind says.
	Of []string
}

// NewNote makes a note about things in the order that its kind says.
func NewNote(kind NoteKind, of ...any) Note {
	n := Note{Kind: kind}
	for _, x := range of {
		n.Of = append(n.Of, fmt.Sprint(x))
	}
	return n
}

// String is the note in English.
func (n Note) String() string {
	format := map[NoteKind]string{
		NoteText:       "%s",
		NoteBatch:      "The file is for %s pictures at a time; it is read for one.",
		NoteSize:       "The file is for pictures of %s; it is read for %s.",
		NoteOutput:     "Of the outputs %s, %s is explained.",
		NoteActivation: "The %s at the end is left out: the logits before it are explained.",
	}[n.Kind]
	of := make([]any, len(n.Of))
	for i, x := range n.Of {
		of[i] = x
	}
	return fmt.Sprintf(format, of...)
}
