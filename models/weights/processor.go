package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"gaze/models"
	"gaze/models/internal/regular"
)

// processorFile is what Hugging Face's Transformers call the preprocessing of pictures,
// in a file beside the weights.
const processorFile = "preprocessor_config.json"

// FindProcessor reads Hugging Face's preprocessor_config.json beside the network in the
// file at path, as a sidecar. It returns nil if there is none, or one of something else
// than pictures.
func FindProcessor(path string) (*Sidecar, error) {
	name := filepath.Join(filepath.Dir(path), processorFile)
	data, err := regular.Read(name, maxSidecar)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the preprocessing: %w", err)
	}
	s, err := decodeProcessor(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// processorSize reads a side, a short side, or a height and a width.
type processorSize struct {
	height, width, short int
}

func (s *processorSize) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &s.short); err == nil {
		s.height, s.width = s.short, s.short
		return nil
	}
	var both struct {
		Height int `json:"height"`
		Width  int `json:"width"`
		Short  int `json:"shortest_edge"`
	}
	if err := json.Unmarshal(data, &both); err != nil {
		return errors.New("a size is neither a length nor a height and a width")
	}
	*s = processorSize{both.Height, both.Width, both.Short}
	return nil
}

// exact reports whether it is a height and a width.
func (s *processorSize) exact() bool { return s != nil && s.height > 0 && s.width > 0 }

// filters are the numbers that Pillow has for those filters that Gaze has.
var filters = map[int]models.Filter{0: models.FilterNearest, 2: models.FilterBilinear, 3: models.FilterBicubic}

// decodeProcessor reads its content.
func decodeProcessor(data []byte) (*Sidecar, error) {
	var p struct {
		Resize    *bool          `json:"do_resize"`
		Size      *processorSize `json:"size"`
		Filter    *int           `json:"resample"`
		Crop      bool           `json:"do_center_crop"`
		CropSize  *processorSize `json:"crop_size"`
		Share     float64        `json:"crop_pct"`
		Rescale   *bool          `json:"do_rescale"`
		Factor    *float64       `json:"rescale_factor"`
		Normalize *bool          `json:"do_normalize"`
		Mean      []float32      `json:"image_mean"`
		Std       []float32      `json:"image_std"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("is not valid: %w", err)
	}
	if p.Size == nil && p.Mean == nil {
		return nil, nil
	}
	s := &Sidecar{File: processorFile, Remarks: []models.Note{models.NewNote(models.NotePrepared, processorFile)}}
	in := &s.Input
	says := func(b *bool) bool { return b == nil || *b }
	if p.Filter != nil {
		in.Filter = filters[*p.Filter]
	}
	size := p.Size
	switch {
	case !says(p.Resize) || size == nil:
	case p.Crop && p.CropSize.exact():
		in.Height, in.Width = p.CropSize.height, p.CropSize.width
		if in.Resize = size.short; size.short == 0 {
			in.Resize = min(size.height, size.width)
			s.Remarks = append(s.Remarks, models.NewNote(models.NoteProportions, processorFile, fmt.Sprintf("%dx%d", size.width, size.height)))
		}
	case size.short > 0 && p.Share > 0 && p.Share <= 1:
		// ConvNeXt's: larger pictures are not cut.
		const whole = 384
		in.Height, in.Width = size.short, size.short
		if size.short >= whole {
			in.Fit = models.FitStretch
		} else {
			in.Resize = int(float64(size.short) / p.Share)
		}
	case size.exact():
		in.Height, in.Width, in.Fit = size.height, size.width, models.FitStretch
	case size.short > 0:
		in.Height, in.Width, in.Resize = size.short, size.short, size.short
	}
	if !says(p.Rescale) {
		in.Scale = 1
	} else if in.Scale = unitScale; p.Factor != nil {
		in.Scale = float32(*p.Factor)
	}
	if says(p.Normalize) {
		in.Mean, in.Std = p.Mean, p.Std
	}
	if f := float64(in.Scale); math.IsNaN(f) || f <= 0 {
		return nil, fmt.Errorf("a rescale_factor of %g brings no picture into a network", f)
	}
	if err := in.Validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// unitScale brings pixels to 0..1.
const unitScale = 1. / 255
