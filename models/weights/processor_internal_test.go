package weights

import (
	"strings"
	"testing"

	"gaze/models"
)

func TestProcessors(t *testing.T) {
	half := []float32{0.5, 0.5, 0.5}
	for _, r := range []struct {
		name, file string
		want       models.Preprocessing
		remarks    int
	}{
		{
			"ViT squeezes", `{"do_resize":true,"size":{"height":224,"width":224},"resample":2,"rescale_factor":0.00392156862745098,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}`,
			models.Preprocessing{Height: 224, Width: 224, Fit: models.FitStretch, Filter: models.FilterBilinear, Scale: unitScale, Mean: half, Std: half},
			1,
		},
		{"of before, a side", `{"size":224,"do_normalize":false}`, models.Preprocessing{Height: 224, Width: 224, Fit: models.FitStretch, Scale: unitScale}, 1},
		{
			"CLIP cuts", `{"size":{"shortest_edge":256},"do_center_crop":true,"crop_size":{"height":224,"width":224},"resample":3,"do_rescale":false}`,
			models.Preprocessing{Height: 224, Width: 224, Resize: 256, Filter: models.FilterBicubic, Scale: 1},
			1,
		},
		{"ConvNeXt cuts a share", `{"size":{"shortest_edge":224},"crop_pct":0.875}`, models.Preprocessing{Height: 224, Width: 224, Resize: 256, Scale: unitScale}, 1},
		{"ConvNeXt of large pictures", `{"size":{"shortest_edge":384},"crop_pct":0.875}`, models.Preprocessing{Height: 384, Width: 384, Fit: models.FitStretch, Scale: unitScale}, 1},
		{
			"DeiT squeezes and cuts", `{"size":{"height":256,"width":256},"do_center_crop":true,"crop_size":{"height":224,"width":224}}`,
			models.Preprocessing{Height: 224, Width: 224, Resize: 256, Scale: unitScale},
			2,
		},
		{"a filter that Gaze lacks", `{"size":224,"resample":1}`, models.Preprocessing{Height: 224, Width: 224, Fit: models.FitStretch, Scale: unitScale}, 1},
	} {
		s, err := decodeProcessor([]byte(r.file))
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		if !same(s.Input, r.want) || len(s.Remarks) != r.remarks {
			t.Errorf("%s: %+v and %d remarks, not %+v and %d", r.name, s.Input, len(s.Remarks), r.want, r.remarks)
		}
	}
	if s, err := decodeProcessor([]byte(`{"feature_extractor_type":"Wav2Vec2FeatureExtractor","sampling_rate":16000}`)); s != nil || err != nil {
		t.Errorf("of sound: %+v, %v", s, err)
	}
	for file, says := range map[string]string{
		`{"size":"large"}`: "neither a length nor", `{"size":224,"rescale_factor":-1}`: "rescale_factor of -1", `[`: "is not valid", `{"size":-5}`: "",
	} {
		if s, err := decodeProcessor([]byte(file)); err == nil && s.Input.Height != 0 || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", file, s, err)
		}
	}
}

func same(a, b models.Preprocessing) bool {
	alike := func(a, b []float32) bool {
		for i := range a {
			if i >= len(b) || a[i] != b[i] {
				return false
			}
		}
		return len(a) == len(b)
	}
	return a.Height == b.Height && a.Width == b.Width && a.Resize == b.Resize && a.Fit == b.Fit && a.Filter == b.Filter && a.Scale == b.Scale && alike(a.Mean, b.Mean) && alike(a.Std, b.Std)
}
