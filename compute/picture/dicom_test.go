package picture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/picture"
)

// dicomExpected is what pydicom reads of a file.
type dicomExpected struct {
	Values, RGB []float64
	Inverted    bool
	Window      []float64
}

func dicomFiles(t *testing.T) map[string]dicomExpected {
	t.Helper()
	data, err := os.ReadFile("testdata/dicom/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]dicomExpected
	if err := json.Unmarshal(data, &all); err != nil || len(all) < 30 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// TestDICOMHasPydicomsNumbers: testdata/dicom.py made the files and asked pydicom.
func TestDICOMHasPydicomsNumbers(t *testing.T) {
	for file, want := range dicomFiles(t) {
		t.Run(file, func(t *testing.T) {
			p := open(t, filepath.Join("testdata/dicom", file))
			if p.Format != "dicom" || p.Image.Rect.Dx() != 14 || p.Image.Rect.Dy() != 11 {
				t.Fatalf("%s of %v", p.Format, p.Image.Rect)
			}
			var told []picture.NoticeKind
			for _, n := range p.Notices {
				told = append(told, n.Kind)
				if n.Kind == picture.NoticeWindow && (len(want.Window) != 2 || n.Low != want.Window[0] || n.High != want.Window[1]) {
					t.Errorf("the window is %g to %g, want %v", n.Low, n.High, want.Window)
				}
			}
			if has := strings.Contains(fmt.Sprint(told), "window"); has != (want.Window != nil) {
				t.Errorf("notices %v, want a window: %v", told, want.Window)
			}
			if has := strings.Contains(fmt.Sprint(told), "first"); has != (strings.Contains(file, "frames") || strings.Contains(file, "enhanced")) {
				t.Errorf("notices %v", told)
			}
			if want.RGB != nil {
				for i := range 14 * 11 {
					for c := range 3 {
						if got := p.Image.Pix[4*i+c]; math.Abs(float64(got)-want.RGB[3*i+c]) > 1 {
							t.Fatalf("colour %d of pixel %d is %d, want %g", c, i, got, want.RGB[3*i+c])
						}
					}
				}
				return
			}
			for i, v := range want.Values {
				if got := float64(p.Deep.Planes[0].At(i)); math.Abs(got-v) > 1e-4*max(1, math.Abs(v)) {
					t.Fatalf("number %d is %g, want %g", i, got, v)
				}
			}
			first, last := p.Image.Pix[0], p.Image.Pix[len(p.Image.Pix)-4]
			falling := want.Inverted != (want.Values[0] > want.Values[len(want.Values)-1])
			if falling && first <= last || !falling && first >= last {
				t.Errorf("inverted %v, and shown from %d to %d", want.Inverted, first, last)
			}
		})
	}
}

// TestDICOMThroughAWindow: soft tissue, by hand. A level of 40 and a width of 400 in
// Hounsfield units go from -160 to 239 in a file (PS3.3, C.11.2.1.2), and from -160 to 240
// as a user gives them.
func TestDICOMThroughAWindow(t *testing.T) {
	path := "testdata/dicom/signed.dcm"
	p := open(t, path)
	user := p.WithWindow(window(t, "40/400"))
	for i := range p.Deep.Planes[0].Len() {
		v := p.Deep.Planes[0].At(i)
		for q, high := range map[*picture.Picture]float64{p: 239, user: 240} {
			want := math.Round(min(max((float64(v)+160)/(high+160), 0), 1) * 255)
			if got := float64(q.Image.Pix[4*i]); math.Abs(got-want) > 1 {
				t.Errorf("%g is shown as %g, want %g", v, got, want)
			}
		}
	}
	// Where low numbers are bright, the high end is black.
	inverted := open(t, "testdata/dicom/inverted.dcm").WithWindow(window(t, "0,4095"))
	if first, last := inverted.Image.Pix[0], inverted.Image.Pix[len(inverted.Image.Pix)-4]; first != 255 || last != 0 {
		t.Errorf("inverted, 0 is shown as %d and 4095 as %d", first, last)
	}
	full := p.WithWindow(picture.WindowFull())
	if got, want := full.Image.Pix[0], uint8(math.Round((-1000+32768)*255/65535.0)); got != want {
		t.Errorf("of all 16 bits, -1000 is shown as %d, want %d", got, want)
	}
}

// TestDICOMKindsThatAreRefused: the error names the kind.
func TestDICOMKindsThatAreRefused(t *testing.T) {
	grey, err := os.ReadFile("testdata/dicom/grey8.dcm")
	if err != nil {
		t.Fatal(err)
	}
	changed := func(from, to string) string {
		if !bytes.Contains(grey, []byte(from)) || len(from) != len(to) {
			t.Fatalf("%q is not in the file", from)
		}
		return write(t, "a.dcm", bytes.Replace(grey, []byte(from), []byte(to), 1))
	}
	for path, kind := range map[string]string{
		"testdata/dicom/no_jpegls.dcm":                             "JPEG-LS",
		"testdata/dicom/no_jpeg2000.dcm":                           "JPEG 2000",
		"testdata/dicom/no_picture.dcm":                            "a file without a picture",
		changed("1.2.840.10008.1.2.1\x00", "1.2.840.10008.1.2.77"): "another transfer syntax",
		changed("MONOCHROME2 ", "YBR_ICT     "):                    "colours as YBR_ICT",
		changed("MONOCHROME2 ", "SECRETNAME  "):                    "colours of another kind",
	} {
		_, err := picture.Open(t.Context(), path, picture.Options{})
		var e *picture.Error
		if !errors.As(err, &e) || e.Reason != picture.Unsupported || e.Kind != kind {
			t.Errorf("%s: error %v, want one of kind %q", path, err, kind)
		}
	}
}

// TestPatientsStayUnknown: whatever a file says of a patient is in no notice and in no
// error, wherever the file is cut off or damaged.
func TestPatientsStayUnknown(t *testing.T) {
	check := func(what string, p *picture.Picture, err error) {
		t.Helper()
		said := fmt.Sprintf("%v", err)
		var e *picture.Error
		if errors.As(err, &e) {
			said += fmt.Sprintf("%+v %v", *e, e.Text())
		}
		if p != nil {
			for _, n := range p.Notices {
				said += fmt.Sprintf("%+v %s", n, n.Text())
			}
			said += p.Format
		}
		if strings.Contains(said, "SECRET") || strings.Contains(said, "19010203") {
			t.Fatalf("%s: %s", what, said)
		}
	}
	for file := range dicomFiles(t) {
		path := filepath.Join("testdata/dicom", file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if file != "deflated.dcm" && !bytes.Contains(data, []byte("SECRETNAME^PATIENT")) {
			t.Fatalf("%s names no patient", file)
		}
		p, err := picture.Open(t.Context(), path, picture.Options{})
		check(file, p, err)
		if file != "rescaled.dcm" && file != "lossless_rgb.dcm" && file != "enhanced_undefined.dcm" {
			continue
		}
		target := filepath.Join(t.TempDir(), "a")
		for i := 0; i < len(data); i += 7 {
			for _, damaged := range [][]byte{data[:i], append(append(append([]byte{}, data[:i]...), data[i]^0xff), data[i+1:]...)} {
				if err := os.WriteFile(target, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				p, err := picture.Open(t.Context(), target, picture.Options{Limits: picture.Limits{Pixels: 1 << 20}})
				check(fmt.Sprintf("%s at %d", file, i), p, err)
			}
		}
	}
}

// TestDICOMWithoutATransferSyntax is read by what it looks like.
func TestDICOMWithoutATransferSyntax(t *testing.T) {
	for _, file := range []string{"grey12.dcm", "implicit.dcm"} {
		data, err := os.ReadFile(filepath.Join("testdata/dicom", file))
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, []byte{2, 0, 0x10, 0, 'U', 'I'})
		if at < 0 {
			t.Fatalf("%s has no transfer syntax", file)
		}
		data[at+2] = 0x11 // another tag
		p, q := open(t, write(t, "a", data)), open(t, filepath.Join("testdata/dicom", file))
		if !bytes.Equal(p.Image.Pix, q.Image.Pix) {
			t.Errorf("%s: other pixels", file)
		}
	}
}

// TestDICOMIsFoundByContent, whatever the file is called, and its beginning may be that
// of another format.
func TestDICOMIsFoundByContent(t *testing.T) {
	data, err := os.ReadFile("testdata/dicom/grey8.dcm")
	if err != nil {
		t.Fatal(err)
	}
	copy(data, "II\x2a\x00")
	if p := open(t, write(t, "IM000001", data)); p.Format != "dicom" {
		t.Errorf("it is read as %s", p.Format)
	}
}
