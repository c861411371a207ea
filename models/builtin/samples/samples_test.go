package samples_test

import (
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models/builtin"
	"gaze/models/builtin/samples"
	"gaze/models/builtin/samples/render"
	"gaze/models/builtin/samples/scenes"
)

func TestEverySampleHasASceneAndAMask(t *testing.T) {
	var named, rendered []string
	for _, s := range samples.List() {
		named = append(named, strings.TrimSuffix(s.Name, ".jpg"))
		mask, err := s.Mask()
		if err != nil {
			t.Fatal(err)
		}
		if size := open(t, s).Rect.Size(); size != mask.Rect.Size() || size != image.Pt(scenes.Width, scenes.Height) {
			t.Errorf("%s is %v and its mask %v", s.Name, size, mask.Rect.Size())
		}
		for k, class := range s.Classes {
			if !slices.Contains(mask.Pix, uint8(k+1)) {
				t.Errorf("the mask of %s has no %s", s.Name, class)
			}
		}
		if top := slices.Max(mask.Pix); int(top) > len(s.Classes) {
			t.Errorf("the mask of %s has label %d for %d classes", s.Name, top, len(s.Classes))
		}
	}
	for _, s := range scenes.All() {
		rendered = append(rendered, s.Name)
	}
	slices.Sort(named)
	slices.Sort(rendered)
	if !slices.Equal(named, rendered) {
		t.Errorf("samples %q of scenes %q", named, rendered)
	}
}

func TestSizeStaysBelow3MB(t *testing.T) {
	total := int64(0)
	for _, folder := range []string{"pictures", "masks"} {
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			total += info.Size()
		}
	}
	t.Logf("%d bytes", total)
	if total == 0 || total > 3_000_000 {
		t.Errorf("the samples take %d bytes", total)
	}
}

// TestTheNetworkKnowsTheSamples holds the pictures to what they are for: the
// built-in network recognises all but at most two, and its maps lie on the
// objects.
func TestTheNetworkKnowsTheSamples(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	gradCAM, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	sum, maps, pairs := 0.0, 0, 0
	for _, s := range samples.List() {
		input, frame, err := picture.Tensor(open(t, s), net.Input)
		if err != nil {
			t.Fatal(err)
		}
		mask, err := s.Mask()
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Classes) > 1 {
			pairs++
		}
		for k, class := range s.Classes {
			index := slices.Index(net.Labels, class)
			if index < 0 {
				t.Fatalf("%s: the network has no class %q", s.Name, class)
			}
			passes, err := engine.Run(t.Context(), compute.Recipe{Layers: []string{"layer4"}, Class: index}, &compute.Subject{Input: input})
			if err != nil {
				t.Fatal(err)
			}
			pass := passes[0]
			e, err := pass.Explain(t.Context(), "layer4", gradCAM)
			if err != nil {
				t.Fatal(err)
			}
			if k == 0 && !slices.Contains(s.Classes, e.Top[0].Label) {
				wrong = append(wrong, s.Name+" is taken for "+e.Top[0].Label)
			}
			on := lies(e.Map, mask, frame, uint8(k+1))
			sum, maps = sum+on.energy/on.area, maps+1
			t.Logf("%-16s %-11s %4.1f %%; %3.0f %% of the map on %2.0f %% of the area: %.2f times as much",
				s.Name, class, 100*e.Class.Probability, 100*on.energy, 100*on.area, on.energy/on.area)
			if len(s.Classes) > 1 && !on.peak {
				t.Errorf("%s: the map of %s has its peak elsewhere", s.Name, class)
			}
		}
	}
	if len(wrong) > 2 {
		t.Errorf("%q", wrong)
	}
	t.Logf("%d of %d recognised, %.2f times as much on average", len(samples.List())-len(wrong), len(samples.List()), sum/float64(maps))
	if sum/float64(maps) < 1.5 {
		t.Errorf("on average the objects have %.2f times their share of the maps", sum/float64(maps))
	}
	if pairs < 2 {
		t.Errorf("%d samples have two things", pairs)
	}
}

// place is where a map lies: the object's shares of the map's positive values
// and of what the network sees, and whether the largest value is on it.
type place struct {
	energy, area float64
	peak         bool
}

func lies(m cam.Map, mask *image.Paletted, frame image.Rectangle, label uint8) (p place) {
	full := heat.Resize(m, frame.Dy(), frame.Dx())
	all, largest := 0.0, float32(0)
	for i, v := range full.Values {
		inside := mask.ColorIndexAt(frame.Min.X+i%full.Width, frame.Min.Y+i/full.Width) == label
		positive := float64(max(v, 0))
		all += positive
		if inside {
			p.energy += positive
			p.area++
		}
		if v > largest {
			largest, p.peak = v, inside
		}
	}
	return place{p.energy / all, p.area / float64(len(full.Values)), p.peak}
}

// TestPicturesAreWhatTheGeneratorMakes renders every scene, small and with few
// samples, and compares it with its picture made as small.
func TestPicturesAreWhatTheGeneratorMakes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute with the race detector")
	}
	const factor, paths = 16, 16
	list := samples.List()
	for _, scene := range scenes.All() {
		t.Run(scene.Name, func(t *testing.T) {
			got, labels, err := scene.Make().Picture(t.Context(), render.Options{
				Width: scenes.Width / factor, Height: scenes.Height / factor, Samples: paths,
			})
			if err != nil {
				t.Fatal(err)
			}
			s := list[slices.IndexFunc(list, func(s samples.Sample) bool { return s.Name == scene.Name+".jpg" })]
			want := shrink(open(t, s), factor)
			difference, n := 0.0, float64(len(got.Pix))
			for i := range got.Pix {
				difference += math.Abs(float64(got.Pix[i])-float64(want.Pix[i])) / n
			}
			t.Logf("the mean difference is %.1f of 255", difference)
			if difference > 6 {
				t.Errorf("the picture differs from the scene by %.1f of 255 in the mean", difference)
			}
			mask, err := s.Mask()
			if err != nil {
				t.Fatal(err)
			}
			other := 0
			for y := range labels.Rect.Dy() {
				for x := range labels.Rect.Dx() {
					if labels.GrayAt(x, y).Y != mask.ColorIndexAt(x*factor+factor/2, y*factor+factor/2) {
						other++
					}
				}
			}
			if share := float64(other) / float64(len(labels.Pix)); share > 0.06 {
				t.Errorf("the mask differs in %.0f %% of the pixels", 100*share)
			}
		})
	}
}

// shrink averages squares of factor x factor pixels.
func shrink(img *image.NRGBA, factor int) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, img.Rect.Dx()/factor, img.Rect.Dy()/factor))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			var sum [3]int
			for v := range factor {
				for u := range factor {
					c := img.NRGBAAt(x*factor+u, y*factor+v)
					sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
				}
			}
			n := factor * factor
			small.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return small
}

// open decodes a sample.
func open(t *testing.T, s samples.Sample) *image.NRGBA {
	t.Helper()
	f, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}
