package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"gaze/compute/evaluation"
	"gaze/compute/evaluation/truth"
	"gaze/compute/folder"
)

// Page writes the report of a folder run. It is a [folder.Finisher].
type Page struct {
	// Run is what to say of the run. What the records tell is added: the network, the
	// layer, the method and the device, what was guessed, and notices.
	Run Run
	// Judge knows the truth. Without Judge.Truth, the true classes are those that the
	// pictures' folders are called after, unless NoTruth is set; Root is what the folder
	// that was analysed is called.
	Judge   Judge
	NoTruth bool
	Root    string
	// Figures are those of the pictures, once Finish has returned, and Folders what it
	// found in the names of folders, nil where it did not look.
	Figures evaluation.Figures
	Folders *truth.Folders
}

// Name implements [folder.Finisher].
func (*Page) Name() string { return "report" }

// Finish implements [folder.Finisher]. It goes through the records twice, or three times
// to learn the names of folders.
func (p *Page) Finish(ctx context.Context, records iter.Seq2[folder.Record, error], put folder.Put) error {
	run, judge, err := p.prepare(records)
	if err != nil {
		return err
	}
	e := evaluation.New()
	told := teller{run: &run, seen: make(map[string]bool), unread: make(map[int]string)}
	for r, err := range records {
		if err != nil {
			return err
		}
		one, err := judge.Picture(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		told.see(e.Len(), r, err)
		e.Add(one)
	}
	if table, ok := judge.Truth.(*truth.File); ok {
		told.names("notice.unused", table.Unused())
	}
	p.Figures = e.Figures()
	return Write(ctx, Put(put), run, p.Figures, func(yield func(Picture, error) bool) {
		i := 0
		for r, err := range records {
			if err == nil && i >= e.Len() {
				err = errors.New("the run's records changed meanwhile")
			}
			var one Picture
			if err == nil {
				one = pictureOf(r, judge.Classes(r), e.Verdict(i))
				if text := told.unread[i]; text != "" {
					one.Notices = append(one.Notices, text)
				}
			}
			if !yield(one, err) {
				return
			}
			i++
		}
	})
}

// prepare learns the true classes from the names of folders, where that is wanted.
func (p *Page) prepare(records iter.Seq2[folder.Record, error]) (Run, Judge, error) {
	run, judge := p.Run, p.Judge
	if judge.Truth != nil || p.NoTruth {
		return run, judge, nil
	}
	var files []string
	for r, err := range records {
		if err != nil {
			return run, judge, err
		}
		files = append(files, string(r.File))
	}
	folders := truth.FromFolders(truth.NewClasses(run.Labels), p.Root, files)
	judge.Truth, p.Folders = folders, folders
	told := teller{run: &run}
	if n := len(folders.Named); n > 0 {
		run.Notices = append(run.Notices, Notice{Key: "notice.folders", Values: map[string]string{"n": strconv.Itoa(n)}})
		told.names("notice.strange", folders.Strange)
	}
	told.names("notice.ambiguous", folders.Ambiguous)
	return run, judge, nil
}

// teller adds to a run what its records tell.
type teller struct {
	run  *Run
	seen map[string]bool
	// unread says by the number of a picture why its places could not be read.
	unread map[int]string
}

// mostUnread bounds unread.
const mostUnread = 1000

// see takes in a record; err is that of its places.
func (t *teller) see(i int, r folder.Record, err error) {
	if err != nil && len(t.unread) < mostUnread {
		t.unread[i] = err.Error()
	}
	if len(r.Maps) > 0 {
		m := r.Maps[0]
		t.setting("network", r.Network)
		t.setting("layer", m.Layer)
		t.setting("method", strings.TrimSpace(m.Method+" "+m.Refined))
		t.setting("device", r.Device)
		if len(r.Maps) > 1 {
			t.notice(Notice{Key: "notice.first", Values: map[string]string{"map": m.Layer + ", " + m.Method}})
		}
	}
	for _, g := range r.Guesses {
		t.setting("guesses", g.String())
	}
	for _, d := range r.Common {
		t.notice(Notice{Text: d})
	}
}

// setting adds a line, once for each value.
func (t *teller) setting(name, value string) {
	if value != "" && t.once(name+"\x00"+value) {
		t.run.Settings = append(t.run.Settings[:len(t.run.Settings):len(t.run.Settings)], Setting{name, value})
	}
}

func (t *teller) notice(n Notice) {
	if t.once("notice\x00" + n.Key + n.Text) {
		t.run.Notices = append(t.run.Notices[:len(t.run.Notices):len(t.run.Notices)], n)
	}
}

// mostTold bounds what a run of mixed records makes the page say.
const mostTold = 40

func (t *teller) once(key string) bool {
	if t.seen[key] || len(t.seen) >= mostTold {
		return false
	}
	t.seen[key] = true
	return true
}

// names adds a notice with a list of names, if there are any.
func (t *teller) names(key string, list []string) {
	const most = 12
	if len(list) == 0 {
		return
	}
	text := strings.Join(list[:min(most, len(list))], ", ")
	if n := len(list) - most; n > 0 {
		text += fmt.Sprintf(" … (+%d)", n)
	}
	t.run.Notices = append(t.run.Notices[:len(t.run.Notices):len(t.run.Notices)], Notice{Key: key, Values: map[string]string{"names": text}})
}

// pictureOf is a record as the page shows it.
func pictureOf(r folder.Record, classes []int, v evaluation.Verdict) Picture {
	p := Picture{File: string(r.File), Verdict: v, Truth: classes, Top: scores(r), Took: r.Elapsed(), Notices: append(append([]string(nil), r.Notices...), r.Doubts...)}
	if len(r.Maps) == 0 || r.Maps[0].Status != folder.StatusOK {
		p.Failure = cmp.Or(r.Reason(), "no map")
		return p
	}
	m := r.Maps[0]
	for _, n := range m.Notices {
		p.Notices = append(p.Notices, n.Text())
	}
	if r.Status != folder.StatusOK {
		p.Notices = append(p.Notices, r.Reason())
	}
	for _, kind := range []string{"overlay", "sheet"} {
		for _, f := range m.Files {
			if f.Kind == kind {
				p.Large = append(p.Large, string(f.Name))
			}
		}
	}
	for _, f := range m.Files {
		if f.Kind == (Thumbs{}).Name() {
			p.Thumb = string(f.Name)
		}
	}
	return p
}
