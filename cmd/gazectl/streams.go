package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"gaze/models/store"
)

// streams are where a command writes: results to out, and to err messages and
// progress.
type streams struct {
	out, err io.Writer
	bar      *bar
}

func newStreams(out, err io.Writer) *streams { return &streams{out, err, newBar(err)} }

// complain writes a message for the user, which is one line.
func (s *streams) complain(format string, args ...any) {
	s.bar.clear()
	// Errors that were joined have a line each.
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	fmt.Fprintf(s.err, "gazectl: %s\n", printable(text))
}

// printable replaces what a terminal would obey instead of showing it: file
// names may hold escape sequences and ends of lines.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// bar shows progress and the remaining time on a terminal, and nothing
// anywhere else.
type bar struct {
	terminal io.Writer // nil where there is none
	bar      *progressbar.ProgressBar
}

func newBar(w io.Writer) *bar {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{terminal: w}
	}
	return &bar{}
}

// show draws the bar; a terminal that cannot be written to is no reason to
// stop the work.
func (b *bar) show(done, failed, total int) {
	if b.terminal == nil {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions(
			total, progressbar.OptionSetWriter(b.terminal), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
		)
	}
	if failed > 0 {
		b.bar.Describe(fmt.Sprintf("%d failed", failed))
	}
	_ = b.bar.Set(done)
}

// transfer draws the progress of a download, which measures its own speed: the
// bar's does not know what was there before.
func (b *bar) transfer(name string, p store.Progress) {
	if b.terminal == nil {
		return
	}
	if b.bar == nil || b.bar.GetMax64() != p.Total {
		b.clear()
		b.bar = progressbar.NewOptions64(
			p.Total, progressbar.OptionSetWriter(b.terminal), progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish(),
		)
	}
	b.bar.Describe(transferred(name, p))
	_ = b.bar.Set64(p.Done)
}

// clear takes the bar away until it is shown again.
func (b *bar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}
