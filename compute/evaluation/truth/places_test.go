package truth_test

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/evaluation"
	"gaze/compute/evaluation/truth"
	"gaze/compute/output"
)

// folder writes files and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const cocoText = `{
"images": [{"id": 7, "file_name": "a/mug.jpg", "width": 50, "height": 20}, {"id": 8, "file_name": "b/two.jpg"}, {"id": 9, "file_name": "c/two.jpg"}],
"annotations": [
 {"image_id": 7, "category_id": 3, "bbox": [10, 5, 20, 10]},
 {"image_id": 7, "category_id": 4, "bbox": [0, 0, 1, 1]},
 {"image_id": 8, "category_id": 4, "bbox": [0, 0, 4, 4], "segmentation": [[0, 0, 4, 0, 0, 4], [1]]},
 {"image_id": 9, "category_id": 5, "bbox": [1, 1, 1, 1], "segmentation": {"counts": [1, 2], "size": [2, 2]}}],
"categories": [{"id": 3, "name": "coffee_mug"}, {"id": 4, "name": "person"}]}`

const vocText = `<annotation><size><width>100</width><height>40</height></size>
<object><name>tench</name><bndbox><xmin>21</xmin><ymin>11</ymin><xmax>60</xmax><ymax>30</ymax></bndbox></object></annotation>`

// The picture has 100x40 pixels. Each row asks for points inside and outside of its
// regions.
func TestPlaces(t *testing.T) {
	dir := folder(t, map[string]string{
		"coco.json":      cocoText,
		"voc/a/mug.xml":  vocText,
		"yolo/mug.txt":   "1 0.4 0.5 0.4 0.5\n",
		"named/mug.txt":  "1 0.4 0.5 0.4 0.5 0.9\n0 0.9 0.9 0.1 0.1\n",
		"outline/m.txt":  "\n0 0.2 0.25 0.6 0.25 0.6 0.75 0.2 0.75\n",
		"broken/mug.txt": "x",
	})
	if err := os.WriteFile(filepath.Join(dir, "named", "classes.txt"), []byte("person\ncoffee mug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "masks"), 0o777); err != nil {
		t.Fatal(err)
	}
	// A mask of half the size: white from (10, 5) to below (30, 15).
	white := image.NewNRGBA(image.Rect(0, 0, 50, 20))
	for y := range 20 {
		for x := range 50 {
			c := color.NRGBA{A: 255}
			if x >= 10 && x < 30 && y >= 5 && y < 15 {
				c = color.NRGBA{255, 255, 255, 255}
			}
			white.SetNRGBA(x, y, c)
		}
	}
	if err := output.SavePNG(filepath.Join(dir, "masks", "mug.png"), white, false); err != nil {
		t.Fatal(err)
	}
	boxes := func(name string) truth.Places {
		p, err := truth.OpenBoxes(filepath.Join(dir, name), everyday)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	masks, err := truth.OpenMasks(filepath.Join(dir, "masks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		places truth.Places
		file   string
		class  int
	}{
		{"COCO", boxes("coco.json"), "a/mug.jpg", 1},
		{"COCO by name", boxes("coco.json"), "mug.jpg", 1},
		{"VOC", boxes("voc"), "a/mug.jpg", 5},
		{"YOLO", boxes("yolo"), "a/mug.jpg", evaluation.Unknown},
		{"YOLO with names", boxes("named"), "a/mug.jpg", 1},
		{"YOLO's outlines", boxes("outline"), "m.jpg", evaluation.Unknown},
		{"masks", masks, "mug.jpg", evaluation.Unknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			regions, err := row.places.Regions(t.Context(), row.file, image.Pt(100, 40))
			if err != nil || len(regions) != 1 {
				t.Fatalf("%d regions, %v; want one", len(regions), err)
			}
			r := regions[0]
			if r.Class != row.class {
				t.Errorf("class %d, want %d", r.Class, row.class)
			}
			for p, want := range map[evaluation.Point]bool{
				{X: 20.5, Y: 10.5}: true, {X: 59.5, Y: 29.5}: true, {X: 40, Y: 20}: true,
				{X: 19.5, Y: 20}: false, {X: 60.5, Y: 20}: false, {X: 40, Y: 9.5}: false, {X: 40, Y: 30.5}: false, {X: 500, Y: 20}: false,
			} {
				if got := r.Contains(p); got != want {
					t.Errorf("%v inside: %v, want %v", p, got, want)
				}
			}
			if none, err := row.places.Regions(t.Context(), "other.jpg", image.Pt(100, 40)); err != nil || none != nil {
				t.Errorf("a picture without regions has %v, %v", none, err)
			}
		})
	}

	regions, err := boxes("coco.json").Regions(t.Context(), "b/two.jpg", image.Pt(10, 10))
	if err != nil || len(regions) != 1 || !regions[0].Contains(evaluation.Point{X: 1, Y: 1}) || regions[0].Contains(evaluation.Point{X: 3, Y: 3}) {
		t.Errorf("a triangle is %+v, %v", regions, err)
	}
	if regions, err := boxes("coco.json").Regions(t.Context(), "two.jpg", image.Pt(10, 10)); err != nil || regions != nil {
		t.Errorf("a name of two pictures has %+v, %v", regions, err)
	}
	if _, err := boxes("coco.json").Regions(t.Context(), "a/mug.jpg", image.Pt(20, 50)); err == nil || !strings.Contains(err.Error(), "50x20") {
		t.Errorf("boxes for a turned picture: %v", err)
	}
	if _, err := boxes("broken").Regions(t.Context(), "mug.jpg", image.Pt(20, 50)); err == nil || !strings.Contains(err.Error(), "mug.txt: line 1") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestWrongBoxes(t *testing.T) {
	for text, says := range map[string]string{
		"{\n[":              "not in COCO's format, from line 2",
		"{\n\"images\": 3}": "not in COCO's format, from line 2",
		"{}":                "lists no images",
		`{"images": [{"id": 1}], "annotations": [{"image_id": 2, "bbox": [1,2,3,4]}]}`: "image 2, which is not listed",
		`{"images": [{"id": 1}], "annotations": [{"image_id": 1, "bbox": [1]}]}`:       "box of 1 numbers",
	} {
		_, err := truth.OpenBoxes(write(t, "boxes.json", text), everyday)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s gives %v, want %q", text, err, says)
		}
	}
	if _, err := truth.OpenBoxes(filepath.Join(t.TempDir(), "none"), everyday); err == nil {
		t.Error("boxes that are not there are opened")
	}
	if _, err := truth.OpenMasks(write(t, "mask.png", "")); err == nil {
		t.Error("a file is a folder of masks")
	}
}

// Whatever the file, reading ends, and regions can be asked for points.
func FuzzBoxes(f *testing.F) {
	for i, text := range []string{cocoText, vocText, "1 0.4 0.5 0.4 0.5\n0 0.1 0.1 0.2 0.2 0.3 0.1"} {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, format uint8) {
		name := []string{"boxes.json", "mug.xml", "mug.txt"}[format%3]
		path := write(t, name, text)
		if format%3 > 0 {
			path = filepath.Dir(path)
		}
		places, err := truth.OpenBoxes(path, everyday)
		if err != nil {
			return
		}
		regions, err := places.Regions(t.Context(), "mug.jpg", image.Pt(100, 40))
		if err != nil {
			return
		}
		for _, r := range regions {
			r.Contains(evaluation.Point{X: 3, Y: 3})
		}
	})
}
