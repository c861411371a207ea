package report

import (
	"cmp"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gaze/compute/evaluation"
)

// columns are what the page must know of all pictures to filter and sort them: some 60
// bytes of each, of which most are its name.
type columns struct {
	// Folders are the folders of pictures, and Folder has the place of each picture's
	// among them.
	Folders []string `json:"folders"`
	Folder  []int    `json:"folder"`
	Name    []string `json:"name"`
	// Truth and Guess are classes, -1 for none. State is a [state].
	Truth []int   `json:"truth"`
	Guess []int   `json:"guess"`
	State []state `json:"state"`
	// Confidence and Margin are in ten thousandths, -1 for none. Corner is the largest
	// share that the map's energy has in a corner and Inside the share inside the
	// object, in hundredths. Took is in milliseconds.
	Confidence []int `json:"confidence"`
	Margin     []int `json:"margin"`
	Corner     []int `json:"corner"`
	Inside     []int `json:"inside"`
	Took       []int `json:"took"`
	// A picture's thumbnail is at Prefix + its path + Suffix; Thumbs has the URLs of
	// the others, empty for none, by the picture's number.
	Prefix string         `json:"prefix"`
	Suffix string         `json:"suffix"`
	Thumbs map[int]string `json:"thumbs"`

	place    map[string]int
	slowest  []slow
	failures []failure
}

// slow is a picture that took long.
type slow struct {
	picture int
	took    time.Duration
}

// failure is a picture that failed.
type failure struct {
	picture int
	reason  string
}

// state is what became of a picture.
type state int

const (
	stateFailed state = iota
	stateUnjudged
	stateRight
	stateWrong
)

// listed is how many of the slowest and of the failed pictures are listed.
const listed = 50

func newColumns() *columns {
	return &columns{
		Thumbs: make(map[int]string), place: make(map[string]int),
		Folders: []string{}, Folder: []int{}, Name: []string{}, Truth: []int{}, Guess: []int{}, State: []state{},
		Confidence: []int{}, Margin: []int{}, Corner: []int{}, Inside: []int{}, Took: []int{},
	}
}

func (c *columns) add(p Picture) {
	n := len(c.Name)
	folder, name := path.Split(p.File)
	folder = strings.TrimSuffix(folder, "/")
	at, ok := c.place[folder]
	if !ok {
		at = len(c.Folders)
		c.place[folder] = at
		c.Folders = append(c.Folders, folder)
	}
	v := p.Verdict
	c.Folder, c.Name = append(c.Folder, at), append(c.Name, name)
	c.Truth, c.Guess = append(c.Truth, v.Truth), append(c.Guess, v.Guess)
	c.State = append(c.State, stateOf(p))
	c.Confidence = append(c.Confidence, whole(v.Confidence, 1e4))
	c.Margin = append(c.Margin, whole(v.Margin, 1e4))
	c.Corner = append(c.Corner, whole(slices.Max(v.Energy.Corners[:]), 100))
	c.Inside = append(c.Inside, whole(v.Inside, 100))
	c.Took = append(c.Took, int(p.Took.Milliseconds()))
	c.thumb(n, p)
	if p.Failure != "" && len(c.failures) < listed {
		c.failures = append(c.failures, failure{n, p.Failure})
	}
	if p.Took > 0 {
		c.slow(slow{n, p.Took})
	}
}

// slow keeps the slowest pictures, slowest first.
func (c *columns) slow(s slow) {
	at, _ := slices.BinarySearchFunc(c.slowest, s, func(a, b slow) int {
		return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(a.picture, b.picture))
	})
	if at < listed {
		c.slowest = slices.Insert(c.slowest, at, s)[:min(listed, len(c.slowest)+1)]
	}
}

// thumb notes where the thumbnail is. The first one says how most are called.
func (c *columns) thumb(n int, p Picture) {
	if c.Prefix == "" && c.Suffix == "" && utf8.ValidString(p.File) {
		if before, after, ok := strings.Cut(p.Thumb, p.File); ok {
			c.Prefix, c.Suffix = before, after
		}
	}
	if p.Thumb == "" || p.Thumb != c.Prefix+p.File+c.Suffix || !utf8.ValidString(p.Thumb) {
		c.Thumbs[n] = address(p.Thumb)
	}
}

func stateOf(p Picture) state {
	switch v := p.Verdict; {
	case p.Failure != "":
		return stateFailed
	case !v.Judged():
		return stateUnjudged
	case v.Right:
		return stateRight
	}
	return stateWrong
}

// whole is a share in whole parts of scale, or -1 for none.
func whole(v, scale float64) int {
	if math.IsNaN(v) {
		return evaluation.Unknown
	}
	return int(math.Round(v * scale))
}

// address is the relative URL of a file beside the page.
func address(name string) string {
	if name == "" {
		return ""
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	// What looks like a scheme is a name.
	return "./" + strings.Join(parts, "/")
}
