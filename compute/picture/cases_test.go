package picture_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute/picture"
)

// caseExpected is what another program reads of a file: see testdata/cases.py.
type caseExpected struct {
	Size [2]int
	Mean [3]float64
	// SHA256 is that of the RGB bytes; without it there is a PNG of them.
	SHA256 string
}

// TestCases: files that were once read wrongly without a word, or refused though others
// read them, show what Pillow shows, and tell what was wrong with them.
func TestCases(t *testing.T) {
	data, err := os.ReadFile("testdata/cases/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]caseExpected
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	const none = ""
	told := map[string]picture.NoticeKind{
		"avif.avif":                              none,
		"bmp_os2.bmp":                            none,
		"bmp_rle8.bmp":                           none,
		"exif_first_app1_empty.jpg":              none,
		"exif_orientation_long.jpg":              none,
		"gray16_holding_12bit.png":               picture.NoticeRange,
		"gray16_holding_12bit.tif":               picture.NoticeRange,
		"jpeg_cmyk_no_adobe.jpg":                 none,
		"jpeg_corrupt_scan.jpg":                  picture.NoticeDamaged,
		"jpeg_cut_10_percent.jpg":                picture.NoticeCut,
		"jpeg_missing_rst.jpg":                   picture.NoticeDamaged,
		"jpeg_progressive_420_restart.jpg":       none,
		"jxl.jxl":                                none,
		"png_extra_pixel_data.png":               none,
		"png_iccp_bad_crc_gimp.png":              none,
		"png_no_iend.png":                        none,
		"png_text_bad_crc.png":                   none,
		"silent_bmp_v5_rgb32_unused_alpha.bmp":   none,
		"silent_group4_blackiszero_inverted.tif": none,
		"silent_planar_bigtile.tif":              none,
		"silent_tiled_gray8.tif":                 none,
		"silent_tiled_rgb16.tif":                 none,
		"tiff_big.tif":                           none,
		"tiff_cmyk.tif":                          none,
		"tiff_float32.tif":                       none,
		"tiff_planar.tif":                        none,
		"tiff_uint32.tif":                        picture.NoticeRange,
		"tiff_zstd.tif":                          none,
		"webp_animated.webp":                     picture.NoticeFirst,
		"xmp_orientation_only.jpg":               none,
	}
	refused := map[string]string{"jp2.jp2": "JPEG 2000", "heic.heic": "HEVC", "heic_brand_hevc.heic": "HEVC"}
	files, err := filepath.Glob("testdata/cases/*.*")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		if name == "expected.json" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			p, err := picture.Open(t.Context(), path, picture.Options{})
			kind, known := told[name]
			if refusal, ok := refused[name]; ok && (err != nil || filepath.Ext(name) == ".jp2") {
				var e *picture.Error
				if !errors.As(err, &e) || e.Reason != picture.Unsupported || e.Kind != refusal || filepath.Ext(name) == ".heic" && e.Tag != "heic" {
					t.Errorf("error %#v, want one of kind %q", err, refusal)
				}
				return
			} else if err != nil || !known && !ok {
				t.Fatalf("known %v, error %v", known, err)
			}
			if k := notices(p); kind == none && len(k) > 0 || kind != none && !slices.Equal(k, []picture.NoticeKind{kind}) {
				t.Errorf("notices %v, want %q", k, kind)
			}
			want := expected[name]
			if p.Image.Rect != image.Rect(0, 0, want.Size[0], want.Size[1]) {
				t.Fatalf("bounds %v, want %v", p.Image.Rect, want.Size)
			}
			if want.SHA256 == "" {
				if d := difference(t, p.Image, open(t, filepath.Join("testdata/cases/expected", name+".png")).Image); d > 1 {
					t.Errorf("%.2f levels from the picture on average", d)
				}
				return
			}
			hash := sha256.New()
			var mean [3]float64
			for i := 0; i < len(p.Image.Pix); i += 4 {
				hash.Write(p.Image.Pix[i : i+3])
				for c := range mean {
					mean[c] += float64(p.Image.Pix[i+c]) * 4 / float64(len(p.Image.Pix))
				}
			}
			if got := hex.EncodeToString(hash.Sum(nil)); got != want.SHA256 {
				t.Errorf("other pixels: on average %.2f, want %.2f", mean, want.Mean)
			}
		})
	}
}
