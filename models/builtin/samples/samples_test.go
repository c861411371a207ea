package samples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models/builtin"
	"gaze/models/builtin/samples"
)

func TestEveryPictureIsASampleAndSmall(t *testing.T) {
	var total int64
	var files, listed []string
	err := fs.WalkDir(samples.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples.List() {
		listed = append(listed, s.Name)
	}
	slices.Sort(listed)
	if !slices.Equal(files, listed) || total > 3e6 {
		t.Errorf("%d bytes in %v, listed are %v", total, files, listed)
	}
}

// The built-in network knows every sample, and each thing's map lies on the thing:
// its share of the map is at least half as much again as its share of what the
// network sees, on average.
func TestTheBuiltInNetworkKnowsTheSamples(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	var sum float64
	var things int
	for _, s := range samples.List() {
		data, err := fs.ReadFile(samples.FS(), s.Name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), s.Name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		photo, err := picture.Open(t.Context(), path, picture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		input, frame, err := picture.Tensor(photo.Image, net.Input)
		if err != nil {
			t.Fatal(err)
		}
		mask, err := s.Mask()
		if err != nil {
			t.Fatal(err)
		}
		if mask.Rect.Size() != photo.Image.Rect.Size() {
			t.Fatalf("%s has %v pixels, its mask %v", s.Name, photo.Image.Rect.Size(), mask.Rect.Size())
		}
		for k, class := range s.Classes {
			pass, err := engine.Run(t.Context(), compute.Request{Input: input, Class: slices.Index(net.Labels, class)})
			if err != nil {
				t.Fatal(err)
			}
			if k == 0 && pass.Top[0].Label != class {
				t.Errorf("%s is taken for %s", s.Name, pass.Top[0].Label)
			}
			e, err := pass.Explain(t.Context(), pass.Layers[0].Name, cam.Methods()[0])
			if err != nil {
				t.Fatal(err)
			}
			large := heat.Resize(e.Map, frame.Dy(), frame.Dx())
			var on, all, area float64
			for i, v := range large.Values {
				inside := mask.ColorIndexAt(frame.Min.X+i%frame.Dx(), frame.Min.Y+i/frame.Dx()) == uint8(k+1)
				all += float64(max(v, 0))
				if inside {
					on += float64(max(v, 0))
					area++
				}
			}
			ratio := on / all / (area / float64(len(large.Values)))
			t.Logf("%s, %s: %.2f", s.Name, class, ratio)
			sum += ratio
			things++
		}
	}
	if mean := sum / float64(things); mean < 1.5 {
		t.Errorf("the maps lie on their things %.2f times as much as beside them", mean)
	}
}
