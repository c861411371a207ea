package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gaze/models"
)

// Sidecar is what a JSON file beside a weights file says of its network:
// preprocessing, labels and free text. Every key but input.size has a default.
type Sidecar struct {
	// Architecture is the zoo's name of the structure, where given.
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

// SidecarPath is where the sidecar of a weights file would be: the same name
// with .json for its extension.
func SidecarPath(weights string) string {
	return strings.TrimSuffix(weights, filepath.Ext(weights)) + ".json"
}

// ReadSidecar reads the sidecar at path. The error is fs.ErrNotExist where
// there is none.
func ReadSidecar(path string) (*Sidecar, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading sidecar: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSidecar+1))
	if err != nil {
		return nil, fmt.Errorf("reading sidecar: %w", err)
	}
	if len(data) > maxSidecar {
		return nil, fmt.Errorf("sidecar %s is larger than %d bytes", path, maxSidecar)
	}
	s, err := DecodeSidecar(data)
	if err != nil {
		return nil, fmt.Errorf("sidecar %s: %w", path, err)
	}
	return s, nil
}

// FindSidecar reads the sidecar beside a weights file; nil where there is none.
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
	return json.Unmarshal(data, (*[2]int)(s))
}

// lines reads one text or a list of texts.
type lines []string

func (l *lines) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = lines{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// DecodeSidecar reads a sidecar's content.
func DecodeSidecar(data []byte) (*Sidecar, error) {
	var file struct {
		Architecture string `json:"architecture"`
		Input        struct {
			Size     *sides      `json:"size"`
			Resize   *int        `json:"resize"`
			Crop     models.Fit  `json:"crop"`
			Filter   string      `json:"interpolation"`
			Channels string      `json:"channels"`
			Scale    *float32    `json:"scale"`
			Mean     *[3]float32 `json:"mean"`
			Std      *[3]float32 `json:"std"`
		} `json:"input"`
		Labels string `json:"labels"`
		Source lines  `json:"source"`
		Notes  lines  `json:"notes"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("is not valid: %w", err)
	}
	if file.Input.Size == nil {
		return nil, errors.New("has no input.size")
	}
	size := *file.Input.Size
	// torchvision's evaluation crop keeps seven eighths of the short side.
	in := models.ImageNetInput(size[0], int(math.Round(float64(max(size[0], size[1]))/0.875)))
	in.Width = size[1]
	if file.Input.Resize != nil {
		in.Resize = *file.Input.Resize
	}
	if file.Input.Crop != "" {
		in.Fit = file.Input.Crop
	}
	switch file.Input.Filter {
	case "", "bilinear":
	case "bicubic":
		in.Bicubic = true
	default:
		return nil, fmt.Errorf("input.interpolation %q is neither bilinear nor bicubic", file.Input.Filter)
	}
	switch strings.ToUpper(file.Input.Channels) {
	case "", "RGB":
	case "BGR":
		in.BGR = true
		in.Mean[0], in.Mean[2] = in.Mean[2], in.Mean[0]
		in.Std[0], in.Std[2] = in.Std[2], in.Std[0]
	default:
		return nil, fmt.Errorf("input.channels %q is neither RGB nor BGR", file.Input.Channels)
	}
	if file.Input.Scale != nil {
		in.Scale = *file.Input.Scale
	}
	if file.Input.Mean != nil {
		in.Mean = *file.Input.Mean
	}
	if file.Input.Std != nil {
		in.Std = *file.Input.Std
	}
	if err := in.Validate(); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return &Sidecar{
		Architecture: file.Architecture, Input: in, Labels: file.Labels,
		Source: strings.Join(file.Source, " "), Notes: file.Notes,
	}, nil
}
