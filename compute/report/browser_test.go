package report_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser opens a page of a report from the disk in a browser without a window, and
// fails the test when the page raises an error or loads anything that is no file.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func open(t *testing.T, dir, language string) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome", "headless-shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("Chromium is not installed (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("lang", language), chromedp.Flag("accept-lang", language), chromedp.WindowSize(1400, 1000))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t, ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page fails: %s", e.ExceptionDetails.Error())
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file://"+dir) && !strings.HasPrefix(e.Request.URL, "data:") {
				t.Errorf("the page asks for %s", e.Request.URL)
			}
		}
	})
	b.do(network.Enable(), chromedp.Navigate("file://"+filepath.Join(dir, "report.html")))
	b.wait(`document.documentElement.dataset.ready === "yes" || document.querySelector("[data-say=missing]")`)
	return b
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	var v T
	if err := chromedp.Run(b.ctx, chromedp.Evaluate(expression, &v)); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *browser) wait(condition string) {
	b.t.Helper()
	b.do(chromedp.Poll("!!("+condition+")", nil, chromedp.WithPollingTimeout(20*time.Second)))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// pick chooses in a list as a reader does.
func (b *browser) pick(selector, value string) {
	b.t.Helper()
	ask[bool](b, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`, selector, value))
}

// shown are the numbers of the pictures in the grid.
func (b *browser) shown() []int {
	b.t.Helper()
	return ask[[]int](b, `[...document.querySelectorAll("#grid .card")].map((e) => Number(e.dataset.picture))`)
}

// picked are the numbers of the sample's pictures that a rule accepts.
func (s sample) picked(rule func(i int) bool) []int {
	var list []int
	for i := range s.pictures {
		if rule(i) {
			list = append(list, i)
		}
	}
	return list
}

func (b *browser) wantShown(what string, want []int) {
	b.t.Helper()
	if got := b.shown(); !slices.Equal(got, want[:min(60, len(want))]) {
		b.t.Errorf("%s: the grid shows %v, want %v", what, got, want)
	}
	if found := ask[string](b, `document.querySelector("#found").textContent`); !strings.Contains(found, fmt.Sprint(len(want))) {
		b.t.Errorf("%s: %q, want %d", what, found, len(want))
	}
}

func TestInBrowser(t *testing.T) {
	s := newSample(600)
	dir := written(t, s)
	b := open(t, dir, "en")
	wrong := func(i int) bool {
		v := s.pictures[i].Verdict
		return s.pictures[i].Failure == "" && v.Judged() && !v.Right
	}
	all := func(int) bool { return true }

	b.wantShown("all", s.picked(all))
	b.click(`#filters input[value="wrong"] + span`)
	b.wantShown("wrong", s.picked(wrong))
	b.pick(`#filters [name="sort"]`, "sure")
	sure := s.picked(wrong)
	slices.SortStableFunc(sure, func(x, y int) int {
		return cmp.Compare(int(s.pictures[y].Verdict.Confidence*1e4+0.5), int(s.pictures[x].Verdict.Confidence*1e4+0.5))
	})
	b.wantShown("most certain first", sure)
	b.pick(`#filters [name="sort"]`, "order")
	b.pick(`#filters [name="truth"]`, "1")
	b.wantShown("wrong of one class", s.picked(func(i int) bool { return wrong(i) && s.pictures[i].Verdict.Truth == 1 }))
	if hash := ask[string](b, "location.hash"); hash != "#pictures?show=wrong&truth=1" {
		t.Errorf("the view's address is %s", hash)
	}
	b.click("#reset")
	b.wantShown("reset", s.picked(all))
	b.click(`#filters input[value="unsure"] + span`)
	b.wantShown("unsure", s.picked(func(i int) bool { return s.pictures[i].Verdict.Margin < 0.2 }))
	b.click(`#filters input[value="failed"] + span`)
	b.wantShown("failed", s.picked(func(i int) bool { return s.pictures[i].Failure != "" }))
	b.click("#reset")
	b.do(chromedp.SendKeys(`#filters [name="text"]`, "PHONE/0011", chromedp.ByQuery))
	b.wait(`document.querySelectorAll("#grid .card").length === 1`)
	b.wantShown("file name", []int{11})
	b.click("#reset")
	b.pick(`#filters [name="folder"]`, "1")
	b.wantShown("folder", []int{1, 2, 3, 4})
	b.click("#reset")

	// The next page.
	b.click("#pager button:last-child")
	if got := b.shown(); got[0] != 60 {
		t.Errorf("the second page begins with picture %d", got[0])
	}

	// A cell of the matrix leads to its pictures.
	b.click(`[data-cell="1 5"]`)
	if title := ask[string](b, `document.querySelector("#cell h3").textContent`); !strings.HasPrefix(title, "bike taken for phone") {
		t.Errorf("the cell says %q", title)
	}
	if n := ask[int](b, `document.querySelectorAll("#cell canvas").length`); n != 3 {
		t.Errorf("the cell shows %d mean maps, want 3", n)
	}
	b.click("#cell-pictures")
	b.wantShown("a cell", s.picked(func(i int) bool { v := s.pictures[i].Verdict; return v.Truth == 1 && v.Guess == 5 }))
	b.click("#reset")

	// Sorting the classes by recall.
	b.click(`#classes [data-sort="recall"]`)
	order := ask[[]int](b, `[...document.querySelectorAll("#classes tbody tr")].map((e) => Number(e.dataset.class))`)
	classes := slices.Clone(s.figures.Classes)
	for i := 1; i < len(order); i++ {
		if classes[order[i-1]].Recall < classes[order[i]].Recall {
			t.Errorf("classes by recall: %v", order)
		}
	}
	// A mean map has its colours: the middle of class 0 is warmer than its corner.
	if warm := ask[bool](b, `(() => { const c = document.querySelector('#classes [data-class="0"] canvas').getContext("2d"); const at = (x, y) => c.getImageData(x, y, 1, 1).data; return at(28, 28)[0] > at(2, 2)[0]; })()`); !warm {
		t.Error("a mean map is not drawn")
	}
	// The corner of class 2 is told.
	if text := ask[string](b, `document.querySelector("#overview .corners").textContent`); !strings.Contains(text, "calculator") || !strings.Contains(text, "bottom right") {
		t.Errorf("maps in a corner: %q", text)
	}
	// The plot has a bar for each bin with pictures.
	bins := 0
	for _, bin := range s.figures.Calibration.Bins {
		if bin.Pictures > 0 {
			bins++
		}
	}
	if n := ask[int](b, `document.querySelectorAll("#calibration rect.accuracy").length`); n != bins {
		t.Errorf("the plot has %d bars, want %d", n, bins)
	}
}

// The page can be used with the keyboard alone.
func TestKeyboard(t *testing.T) {
	b := open(t, written(t, newSample(200)), "en")
	focused := func() string { return ask[string](b, `document.activeElement.dataset.picture ?? ""`) }
	b.do(chromedp.Focus(`#grid .card`, chromedp.ByQuery), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	if got := focused(); got != "2" {
		t.Errorf("two arrows to the right lead to picture %q", got)
	}
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	columns := ask[int](b, `getComputedStyle(document.querySelector("#grid")).gridTemplateColumns.split(" ").length`)
	if got := focused(); got != fmt.Sprint(2+columns) {
		t.Errorf("an arrow down leads to picture %q, with %d columns", got, columns)
	}
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("dialog").open && document.querySelector("dialog .tops")`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelector("dialog").dataset.picture === "3" && document.querySelector("dialog .tops")`)
	// Of a picture, what its name holds is shown as it is.
	if title := ask[string](b, `document.querySelector("#closer-title").textContent`); title != "hostile/"+names[3] {
		t.Errorf("the dialog is about %q", title)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	b.wait(`!document.querySelector("dialog").open`)
	if got := focused(); got != "2" {
		t.Errorf("closing leads to picture %q", got)
	}
}

// Names of files do nothing, and their thumbnails are found.
func TestHostileNames(t *testing.T) {
	b := open(t, written(t, newSample(40)), "en")
	b.wait(`[...document.querySelectorAll("#grid img")].slice(0, 5).every((e) => e.complete)`)
	if title := ask[string](b, `document.title`); title != "photos <b>& more</b> · Gaze" {
		t.Errorf("the title is %q", title)
	}
	for i := range names {
		if ok := ask[bool](b, fmt.Sprintf(`document.querySelector('#grid [data-picture="%d"] img')?.naturalWidth > 0`, i)); !ok {
			t.Errorf("the thumbnail of %q is not found", names[i])
		}
	}
	if n := ask[int](b, `document.querySelectorAll("main b, main i:not(.key), main u, #grid script").length`); n != 0 {
		t.Errorf("%d texts became elements", n)
	}
}

// The page is dark where the system is, unless the reader chooses.
func TestDark(t *testing.T) {
	b := open(t, written(t, newSample(40)), "en")
	lightness := func() int {
		return ask[int](b, `Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0])`)
	}
	prefer := func(scheme string) {
		b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	}
	prefer("dark")
	if l := lightness(); l > 60 {
		t.Errorf("where the system is dark, the page has lightness %d", l)
	}
	b.click("#theme")
	if l := lightness(); l < 200 {
		t.Errorf("the reader wants a light page, and it has lightness %d", l)
	}
	prefer("light")
	b.click("#theme")
	if l := lightness(); l > 60 {
		t.Errorf("the reader wants a dark page, and it has lightness %d", l)
	}
	// Every text is told from its ground: 4.5 to 1, as WCAG asks for.
	for _, scheme := range []string{"dark", "light"} {
		ask[bool](b, fmt.Sprintf(`(document.documentElement.dataset.theme = %q, true)`, scheme))
		if weak := ask[[]string](b, contrast); len(weak) > 0 {
			t.Errorf("%s: texts too weak on their ground: %q", scheme, weak)
		}
	}
}

// contrast lists the colours of texts with less than 4.5 to 1.
const contrast = `(() => {
  const numbers = (c) => (c.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => { const [r, g, b] = numbers(c).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const weak = new Set();
  for (const e of document.querySelectorAll("main *, header *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.disabled || !e.offsetParent || e.closest("svg, .matrix td")) continue;
    let at = e;
    while (at && /^(rgba\(.*, 0\)|transparent)$/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement;
    const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(at || document.body).backgroundColor)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.add(e.tagName + "." + e.className + " " + e.textContent.slice(0, 20));
  }
  return [...weak];
})()`

func TestChinese(t *testing.T) {
	b := open(t, written(t, newSample(40)), "zh-CN")
	heading := func() string { return ask[string](b, `document.querySelector("#pictures-title").textContent`) }
	if h := heading(); h != "图片" {
		t.Errorf("a Chinese browser is told %q", h)
	}
	b.pick("#language", "en")
	if h := heading(); h != "Pictures" {
		t.Errorf("English is chosen, and the heading is %q", h)
	}
}

// What is missing is told.
func TestWithoutData(t *testing.T) {
	dir := written(t, newSample(10))
	if err := os.Remove(filepath.Join(dir, "report-data", "pictures.js")); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir, "en")
	if text := ask[string](b, `document.querySelector("#loading").textContent`); !strings.Contains(text, "report-data") {
		t.Errorf("without data the page says %q", text)
	}
}

// A page of 10,000 pictures has no more elements than one of 600.
func TestManyPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 10,000 thumbnails")
	}
	s := newSample(10000)
	b := open(t, written(t, s), "en")
	slow := func(what string, act func()) {
		start := time.Now()
		act()
		b.do(chromedp.Evaluate(`new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))`, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		t.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
	}
	slow("filter", func() { b.click(`#filters input[value="wrong"] + span`) })
	slow("sort", func() { b.pick(`#filters [name="sort"]`, "sure") })
	slow("sort by name", func() { b.pick(`#filters [name="sort"]`, "name") })
	slow("all", func() { b.click("#reset") })
	slow("cell", func() { b.click(`[data-cell="1 5"]`) })
	slow("cell's pictures", func() { b.click("#cell-pictures") })
	slow("language", func() { b.pick("#language", "zh") })
	slow("next page", func() { b.click("#pager button:last-child") })
	if n := ask[int](b, `document.querySelectorAll("*").length`); n > 4000 {
		t.Errorf("the page has %d elements", n)
	}
}
