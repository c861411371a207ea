package ui

import (
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
	"gaze/models/builtin"
	"gaze/ui/state"
	"gaze/ui/words"
)

// showNetwork tells where the network in use comes from, what it makes of a
// picture before it looks at it, and what was decided when it was read.
func (w *Window) showNetwork() {
	if w.session.Networks.Explainer == nil {
		return
	}
	net := w.session.Networks.Network()
	d := dialog.NewCustomWithoutButtons(net.Name, networkFacts(net), w.window)
	var buttons []fyne.CanvasObject
	if net.Name == builtin.Name {
		buttons = append(buttons, fynewidget.NewButton(lang.L("Model card"), func() {
			d.Hide()
			w.showCard()
		}))
	}
	change := fynewidget.NewButton(lang.L("Change…"), func() {
		d.Hide()
		w.session.Edit()
	})
	d.SetButtons(append(buttons, change, fynewidget.NewButton(lang.L("Close"), d.Hide)))
	d.Resize(fyne.NewSize(620, 350))
	d.Show()
}

// showCard tells how the built-in network was made, what it knows and where it
// fails.
func (w *Window) showCard() {
	card := fynewidget.NewRichTextFromMarkdown(withoutTables(withoutFiles(builtin.Card(w.language))))
	card.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustom(lang.L("Model card"), lang.L("Close"), container.NewVScroll(card), w.window)
	d.Resize(fyne.NewSize(860, 640))
	d.Show()
}

// link is a link in Markdown, with its text and its target.
var link = regexp.MustCompile(`\[([^\]]*)\]\(([^)]*)\)`)

// withoutTables makes the rows of tables items of lists, which unlike Fyne's
// tables stay within what scrolls.
func withoutTables(markdown string) string {
	var out, head []string
	for line := range strings.Lines(markdown) {
		if !strings.HasPrefix(line, "|") {
			out, head = append(out, line), nil
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		switch {
		case head == nil:
			head = cells
			continue
		case strings.Trim(strings.Join(cells, ""), "-:") == "":
			continue
		}
		var named []string
		begin := ""
		for i, c := range cells {
			if i == 0 && head[0] == "" {
				begin = "**" + c + "**: "
				continue
			}
			named = append(named, head[i]+" "+c)
		}
		out = append(out, "- "+begin+strings.Join(named, " · ")+"\n")
	}
	return strings.Join(out, "")
}

// withoutFiles leaves of links to files, which are with the source only, their
// text.
func withoutFiles(markdown string) string {
	return link.ReplaceAllStringFunc(markdown, func(l string) string {
		parts := link.FindStringSubmatch(l)
		if strings.Contains(parts[2], "://") {
			return l
		}
		return parts[1]
	})
}

func networkFacts(net *models.Network) fyne.CanvasObject {
	facts := fynewidget.NewForm()
	add := func(name, text string) {
		if text != "" {
			label := fynewidget.NewLabel(text)
			label.Wrapping = fyne.TextWrapWord
			facts.Append(name, label)
		}
	}
	add(lang.L("Architecture"), net.Architecture)
	source := net.Source
	if net.Name == builtin.Name {
		source = lang.L("Built in: 117 everyday things, trained from scratch.")
	}
	add(lang.L("Source"), source)
	add(lang.L("Input"), words.Preprocessing(net.Input))
	add(lang.L("Answers"), words.Option(state.FieldActivation, string(net.Output.Kind())))
	add(lang.L("Guessed"), words.Guesses(net))
	add(lang.L("Notes"), notes(net))
	return container.NewVScroll(facts)
}

// notes are the network's, a line each.
func notes(net *models.Network) string {
	var lines []string
	for _, n := range net.Notes {
		lines = append(lines, words.Note(n))
	}
	return strings.Join(lines, "\n")
}
