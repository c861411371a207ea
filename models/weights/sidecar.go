package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"reflect"
	"strings"

	"gaze/models"
	"gaze/models/internal/regular"
)

// Sidecar describes a network in a JSON file beside its weights: preprocessing,
// labels and free text. Every key but input.size has a default.
type Sidecar struct {
	// Architecture is the zoo's name of the structure; it may be empty.
	Architecture string
	Input        models.Input
	// Labels is "imagenet-1k" or the name of a file beside the sidecar, one
	// label a line; empty where not given.
	Labels string
	// Source and Notes are shown to the user, not interpreted.
	Source string
	Notes  []string
}

// maxSidecar bounds a sidecar's size in bytes; real ones have two thousand.
const maxSidecar = 1 << 20

// SidecarPath returns the path of the sidecar of a weights file, whether it
// exists or not: the same name with the extension .json.
func SidecarPath(weights string) string {
	return strings.TrimSuffix(weights, filepath.Ext(weights)) + ".json"
}

// ReadSidecar reads the sidecar at path. The error is fs.ErrNotExist if there
// is no such file.
func ReadSidecar(path string) (*Sidecar, error) {
	data, err := regular.Read(path, maxSidecar)
	if err != nil {
		return nil, fmt.Errorf("reading sidecar: %w", err)
	}
	s, err := DecodeSidecar(data)
	if err != nil {
		return nil, fmt.Errorf("sidecar %s: %w", path, err)
	}
	return s, nil
}

// FindSidecar reads the sidecar beside a weights file. It returns nil if there
// is none.
func FindSidecar(weights string) (*Sidecar, error) {
	s, err := ReadSidecar(SidecarPath(weights))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return s, err
}

// sides reads one length or [height, width].
type sides [2]int

func (s *sides) UnmarshalJSON(data []byte) error {
	var one int
	if err := json.Unmarshal(data, &one); err == nil {
		*s = sides{one, one}
		return nil
	}
	var both []int
	if err := json.Unmarshal(data, &both); err != nil || len(both) != len(s) {
		return errors.New("input.size is neither a length in pixels nor [height, width]")
	}
	*s = sides(both)
	return nil
}

// lines reads one text or a list of texts.
type lines []string

func (l *lines) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = lines{one}
		return nil
	}
	if err := json.Unmarshal(data, (*[]string)(l)); err != nil {
		return errors.New("source and notes are a text or a list of texts each")
	}
	return nil
}

// sidecarInput has the keys of a sidecar's "input".
type sidecarInput struct {
	Size     *sides     `json:"size"`
	Resize   *int       `json:"resize"`
	Crop     models.Fit `json:"crop"`
	Filter   string     `json:"interpolation"`
	Channels string     `json:"channels"`
	Scale    *float32   `json:"scale"`
	Mean     []float32  `json:"mean"`
	Std      []float32  `json:"std"`
	// Layout is the order of the axes. It is accepted and ignored: an ONNX file
	// states its own order, and all other files have the same.
	Layout string `json:"layout"`
}

// DecodeSidecar reads a sidecar's content. An unknown key inside "input" is an
// error, because a misspelt key there would change the picture. Elsewhere
// unknown keys are ignored.
func DecodeSidecar(data []byte) (*Sidecar, error) {
	var file struct {
		Architecture string          `json:"architecture"`
		Input        json.RawMessage `json:"input"`
		Labels       string          `json:"labels"`
		Source       lines           `json:"source"`
		Notes        lines           `json:"notes"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("is not valid: %w", inWords(err, ""))
	}
	var said sidecarInput
	if len(file.Input) > 0 {
		d := json.NewDecoder(bytes.NewReader(file.Input))
		d.DisallowUnknownFields()
		if err := d.Decode(&said); err != nil {
			return nil, fmt.Errorf("is not valid: %w", inWords(err, "input."))
		}
	}
	in, err := said.input()
	if err != nil {
		return nil, err
	}
	return &Sidecar{
		Architecture: file.Architecture, Input: in, Labels: file.Labels,
		Source: strings.Join(file.Source, " "), Notes: file.Notes,
	}, nil
}

// inWords describes a value of the wrong type in terms of JSON instead of Go.
func inWords(err error, where string) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	want := map[reflect.Kind]string{
		reflect.String: "a text", reflect.Slice: "a list", reflect.Struct: "an object", reflect.Int: "a whole number", reflect.Float32: "a number",
	}[wrong.Type.Kind()]
	if wrong.Field == "" {
		return fmt.Errorf("%s is expected, not a JSON %s", want, wrong.Value)
	}
	return fmt.Errorf("%s%s has to be %s, not a JSON %s", where, wrong.Field, want, wrong.Value)
}

// input makes the preprocessing of what the sidecar states and of defaults for
// the rest.
func (said sidecarInput) input() (models.Input, error) {
	var in models.Input
	if said.Size == nil {
		return in, errors.New("has no input.size")
	}
	size := *said.Size
	// torchvision's evaluation crop keeps seven eighths of the short side.
	in = models.ImageNetInput(size[0], int(math.Round(float64(max(size[0], size[1]))/0.875)))
	in.Width = size[1]
	if said.Resize != nil {
		in.Resize = *said.Resize
	}
	if said.Crop != "" {
		in.Fit = said.Crop
	}
	switch said.Filter {
	case "", "bilinear":
	case "bicubic":
		in.Bicubic = true
	default:
		return in, fmt.Errorf("input.interpolation %q is neither bilinear nor bicubic", said.Filter)
	}
	switch strings.ToUpper(said.Channels) {
	case "", "RGB":
	case "BGR":
		in = in.WithChannels(models.BGR)
	default:
		return in, fmt.Errorf("input.channels %q is neither RGB nor BGR", said.Channels)
	}
	if said.Scale != nil {
		in.Scale = *said.Scale
	}
	for _, v := range []struct {
		key  string
		from []float32
		to   *[]float32
	}{{"mean", said.Mean, &in.Mean}, {"std", said.Std, &in.Std}} {
		if v.from == nil {
			continue
		}
		if len(v.from) != in.Count() {
			return in, fmt.Errorf("input.%s has %d numbers for three channels", v.key, len(v.from))
		}
		*v.to = v.from
	}
	if err := in.Validate(); err != nil {
		return in, fmt.Errorf("input: %w", err)
	}
	return in, nil
}
