// Package doctor examines a file that may hold a network: what it is, what Gaze
// reads of it, what it had to guess, what it cannot read, and what to do.
package doctor

import (
	"strings"
)

// Report is what there is to say of a file. It is a page of a few sections.
type Report struct {
	// Path is the file's, as it was given.
	Path string
	// What says in one phrase what the file is.
	What     Phrase
	Sections []Section
	// Readable reports whether Gaze reads the network.
	Readable bool
}

// Section is a part of the page under a heading.
type Section struct {
	Heading Phrase
	Lines   []Line
}

// Line is one thing said. Name is what it is about, and may be empty.
type Line struct{ Name, Text Phrase }

func (s *Section) add(name, text Phrase) { s.Lines = append(s.Lines, Line{name, text}) }

// put adds a section that says something.
func (r *Report) put(s Section) {
	if len(s.Lines) > 0 {
		r.Sections = append(r.Sections, s)
	}
}

// Page writes the report in a language, as plain text with lines of any length.
func (r Report) Page(l Language) string {
	var b strings.Builder
	b.WriteString(say("{path}: {what}", "path", r.Path, "what", r.What).In(l) + "\n")
	for _, s := range r.Sections {
		b.WriteString("\n" + s.Heading.In(l) + "\n")
		width := 0
		for _, line := range s.Lines {
			width = max(width, columns(line.Name.In(l)))
		}
		for _, line := range s.Lines {
			name := line.Name.In(l)
			text := strings.ReplaceAll(line.Text.In(l), "\n", "\n"+strings.Repeat(" ", width+4))
			if name != "" {
				name += strings.Repeat(" ", width-columns(name)+2)
			}
			b.WriteString("  " + strings.TrimRight(name+text, " ") + "\n")
		}
	}
	return b.String()
}

// columns is how wide a terminal shows a text: letters of Chinese take two columns.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}
