package folder

import (
	"image"
	"path"
	"slices"
	"time"

	"gaze/compute"
	"gaze/models"
)

// Record is what a run knows of one picture: a line of [RecordsFile]. A resumed run
// reads it back, so that whoever adds up records need not know which run made them.
type Record struct {
	// Path opens the picture. File is its path relative to the folder that was
	// analysed, with slashes.
	Path Name `json:"path"`
	File Name `json:"file"`
	// Status is [StatusPartial] where some map is missing and another is there.
	Status Status `json:"status"`
	// Error is why nothing of the picture could be explained, in a sentence; empty
	// where something was, and where only maps failed.
	Error string `json:"error,omitempty"`
	// Network and Device made the maps. Settings are what else they depend on; the
	// picture's size in bytes and its time of change are among them.
	Network  string `json:"network"`
	Device   string `json:"device,omitempty"`
	Settings string `json:"settings"`
	// Width and Height are the upright picture's in pixels, and Frame is the part of it
	// that the network saw: left, top, right and bottom.
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Frame  [4]int `json:"frame,omitzero"`
	// Top are the five most probable classes, best first.
	Top []compute.Score `json:"top,omitempty"`
	// Margin is by how much the first one's logit is above the second one's. It is 0
	// where there is no second.
	Margin float32 `json:"margin,omitempty"`
	// Notices say what a reader of the picture has to know of its file, Guesses what
	// was assumed of the network, and Doubts what speaks for a wrong preprocessing:
	// the picture's own, and those that all pictures of the run raise together.
	Notices []string            `json:"notices,omitempty"`
	Guesses []models.Assumption `json:"guesses,omitempty"`
	Doubts  []string            `json:"doubts,omitempty"`
	Common  []string            `json:"doubts_of_all,omitempty"`
	// Maps are those that the recipe asks for, in its order.
	Maps []MapRecord `json:"maps"`
}

// MapRecord is what a run knows of one map of a picture.
type MapRecord struct {
	Layer  string `json:"layer"`
	Method string `json:"method"`
	// Refined says what was done to the map afterwards, empty for nothing.
	Refined string `json:"refined,omitempty"`
	Status  Status `json:"status"`
	// Error is why there is no map, or why not all of its files could be written.
	Error string `json:"error,omitempty"`
	// Class is the class explained.
	Class compute.Score `json:"class,omitzero"`
	// Height and Width are the map's, and Min, Max and Sum are of its raw values.
	Height int    `json:"height,omitempty"`
	Width  int    `json:"width,omitempty"`
	Min    Number `json:"min"`
	Max    Number `json:"max"`
	Sum    Number `json:"sum"`
	// Grid is the raw map, with at most [GridSide] values a side.
	Grid Grid `json:"grid,omitzero"`
	// Notices are reasons not to take the map at its face.
	Notices []compute.Notice `json:"notices,omitempty"`
	// Files are what the run's writers made of the map.
	Files []File `json:"files,omitempty"`
	// Seconds are the times that it took.
	Seconds Seconds `json:"seconds"`
}

// File is a file of a map.
type File struct {
	// Kind is the name of its writer: "sheet".
	Kind string `json:"kind"`
	// Name is its path below the folder of results, with slashes.
	Name Name `json:"name"`
	// Bytes is its size, and SHA256 its digest in hexadecimal digits.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Settings are what it depends on beside those of the record, as the quality of a
	// JPEG.
	Settings string `json:"settings,omitempty"`
}

// Seconds are times in seconds. Network is a picture's share where several were run at
// once. Total includes drawing and writing.
type Seconds struct {
	Decode  float64 `json:"decode"`
	Network float64 `json:"network"`
	Total   float64 `json:"total"`
}

// Status says what came of a picture or of a map.
type Status string

// The statuses.
const (
	StatusOK      Status = "ok"
	StatusPartial Status = "partial"
	StatusFailed  Status = "failed"
)

// Folder is the folder of the picture below the one that was analysed, with slashes:
// in many collections the name of the class. It is empty for the folder itself.
func (r Record) Folder() string {
	if dir := path.Dir(string(r.File)); dir != "." {
		return dir
	}
	return ""
}

// Rect is the part of the upright picture that the network saw.
func (r Record) Rect() image.Rectangle {
	return image.Rect(r.Frame[0], r.Frame[1], r.Frame[2], r.Frame[3])
}

// Elapsed is the time that the picture took: the longest of its maps'.
func (r Record) Elapsed() time.Duration {
	var longest float64
	for _, m := range r.Maps {
		longest = max(longest, m.Seconds.Total)
	}
	return time.Duration(longest * float64(time.Second))
}

// Reason is why the picture or its maps failed, each reason once.
func (r Record) Reason() string {
	if r.Error != "" {
		return r.Error
	}
	var failed reasons
	for _, m := range r.Maps {
		if m.Error != "" {
			failed = append(failed, reason(m.Error))
		}
	}
	return failed.Error()
}

// reason is an error that is known by its text alone, as an earlier run wrote it.
type reason string

func (r reason) Error() string { return string(r) }

// judge sets the picture's status by its maps'.
func (r *Record) judge() {
	made := func(m MapRecord) bool { return m.Status == StatusOK }
	complete := func(m MapRecord) bool { return made(m) && m.Error == "" }
	switch {
	case !slices.ContainsFunc(r.Maps, made):
		r.Status = StatusFailed
	case slices.ContainsFunc(r.Maps, func(m MapRecord) bool { return !complete(m) }):
		r.Status = StatusPartial
	default:
		r.Status = StatusOK
	}
}

// find returns the record of a map, or nil.
func (r Record) find(key mapKey) *MapRecord {
	i := slices.IndexFunc(r.Maps, func(m MapRecord) bool { return m.key() == key })
	if i < 0 {
		return nil
	}
	return &r.Maps[i]
}

// take fills in what an explanation of the picture says of the picture.
func (r *Record) take(s *compute.Subject, e *compute.Explanation) {
	bounds := s.Image.Bounds()
	r.Width, r.Height = bounds.Dx(), bounds.Dy()
	frame := s.Frame.Sub(bounds.Min)
	r.Frame = [4]int{frame.Min.X, frame.Min.Y, frame.Max.X, frame.Max.Y}
	r.Device, r.Top, r.Guesses = e.Device, e.Top, e.Guesses
	if len(e.Top) > 1 {
		r.Margin = e.Top[0].Logit - e.Top[1].Logit
	}
	r.Notices, r.Doubts = nil, nil
	for _, n := range s.Notices {
		r.Notices = append(r.Notices, n.Text())
	}
	for _, d := range e.Doubts {
		r.Doubts = append(r.Doubts, d.String())
	}
}

// take fills in what an explanation says of its map.
func (m *MapRecord) take(e *compute.Explanation) {
	m.Status = StatusOK
	m.Layer, m.Method, m.Class, m.Notices = e.Layer, e.Method.Name, e.Class, e.Notices
	m.Height, m.Width = e.Map.Height, e.Map.Width
	lo, hi, sum := e.Map.Range()
	m.Min, m.Max, m.Sum = Number(lo), Number(hi), Number(sum)
	m.Grid = newGrid(e.Map)
}

// file returns the map's file of a kind.
func (m MapRecord) file(kind string) (File, bool) {
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Kind == kind })
	if i < 0 {
		return File{}, false
	}
	return m.Files[i], true
}

// shown is the file to look at first: the sheet, or the first that there is.
func (m MapRecord) shown() (File, bool) {
	if f, ok := m.file("sheet"); ok || len(m.Files) == 0 {
		return f, ok
	}
	return m.Files[0], true
}

// key tells the maps of a picture apart, as the names of their files do.
func (m MapRecord) key() mapKey { return mapKey{m.Layer, m.Method, m.Refined} }

type mapKey struct{ layer, method, refined string }
