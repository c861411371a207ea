package folder

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gaze/compute"
	"gaze/compute/cam"
)

// A name is read back whatever its bytes are, and Python reads it as os.fsdecode would.
func TestEveryNameIsReadBack(t *testing.T) {
	for name, want := range map[Name]string{
		"mug/a.jpg":            `"mug/a.jpg"`,
		"猫 <&>.png":            `"猫 <&>.png"`,
		"caf\xe9.jpg":          `"caf\udce9.jpg"`,
		"\"\\\xff\n\U0001f600": `"\"\\\udcff\n` + "\U0001f600" + `"`,
		"\ufffd\xff":           "\"\ufffd\\udcff\"",
		"\ufffd":               "\"\ufffd\"",
	} {
		data, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		// json.Marshal escapes HTML in what a Marshaler returns.
		if got := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(data)); got != want {
			t.Errorf("%q is written as %s, want %s", name, got, want)
		}
		var back Name
		if err := json.Unmarshal(data, &back); err != nil || back != name {
			t.Errorf("%q is read back as %q, %v", name, back, err)
		}
	}
	var pair Name
	if err := json.Unmarshal([]byte(`"\ud83d\ude00\udcff\u00e9"`), &pair); err != nil || pair != "\U0001f600\xffé" {
		t.Errorf("escaped pairs are read as %q, %v", pair, err)
	}
}

func FuzzName(f *testing.F) {
	f.Add("caf\xe9\ufffd\U0001f600\\u0041")
	f.Fuzz(func(t *testing.T, s string) {
		data, err := json.Marshal(Name(s))
		if err != nil {
			t.Fatal(err)
		}
		var back Name
		if err := json.Unmarshal(data, &back); err != nil || string(back) != s {
			t.Errorf("%q is written as %s and read back as %q, %v", s, data, back, err)
		}
	})
}

// The expected line is written by hand; 1 and -2 in float32 are 0000803f and 000000c0.
func TestRecordIsALineOfJSON(t *testing.T) {
	nan := float32(math.NaN())
	rec := Record{
		Path: "photos/mug/a.jpg", File: "mug/a.jpg", Status: StatusPartial, Network: "net", Settings: "class=top", Width: 4, Height: 3, Frame: [4]int{0, 0, 4, 3},
		Top: []compute.Score{{Index: 1, Label: "cup", Logit: 0.1, Probability: nan, Unit: "mm"}}, Margin: 0.1,
		Maps: []MapRecord{
			{
				Layer: "layer4", Method: "gradcam", Status: StatusOK, Class: compute.Score{Index: 1, Label: "cup", Logit: 0.1, Probability: 0.5}, Height: 1, Width: 2,
				Min: -2, Max: Number(float32(0.1)), Sum: Number(math.Inf(-1)), Grid: Grid{cam.Map{Height: 1, Width: 2, Values: []float32{1, -2}}},
				Notices: []compute.Notice{compute.NoticeEmpty}, Files: []File{{Kind: "sheet", Name: "mug/a.jpg", Bytes: 5, SHA256: "00"}}, Seconds: Seconds{1, 2, 3.5},
			},
			{Layer: "layer4", Method: "cam", Status: StatusFailed, Error: "no"},
		},
	}
	want := `{"path":"photos/mug/a.jpg","file":"mug/a.jpg","status":"partial","network":"net","settings":"class=top","width":4,"height":3,"frame":[0,0,4,3],` +
		`"top":[{"index":1,"label":"cup","logit":0.1,"unit":"mm"}],"margin":0.1,"maps":[{"layer":"layer4","method":"gradcam","status":"ok",` +
		`"class":{"index":1,"label":"cup","logit":0.1,"probability":0.5},"height":1,"width":2,"min":-2,"max":0.1,"sum":"-Inf",` +
		`"grid":{"height":1,"width":2,"values":"AACAPwAAAMA="},"notices":["empty"],"files":[{"kind":"sheet","name":"mug/a.jpg","bytes":5,"sha256":"00"}],` +
		`"seconds":{"decode":1,"network":2,"total":3.5}},{"layer":"layer4","method":"cam","status":"failed","error":"no","min":0,"max":0,"sum":0,` +
		`"seconds":{"decode":0,"network":0,"total":0}}]}`
	data, err := json.Marshal(rec)
	if err != nil || string(data) != want {
		t.Fatalf("%v\ngot  %s\nwant %s", err, data, want)
	}
	var back Record
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(back); err != nil || !bytes.Equal(again, data) {
		t.Errorf("read back and written again: %s, %v", again, err)
	}
	rec.Maps[0].Max = 0.1
	if diff := cmp.Diff(rec, back, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if back.Folder() != "mug" || back.Reason() != "no" || back.Elapsed().Seconds() != 3.5 {
		t.Errorf("%q, %q, %v", back.Folder(), back.Reason(), back.Elapsed())
	}
}

// 65 x 3 values become squares of 3 x 3, of which the last in a row has two columns.
func TestGridsOfLargeMapsAreMeans(t *testing.T) {
	m := cam.Map{Height: 3, Width: 65}
	for i := range m.Height * m.Width {
		m.Values = append(m.Values, float32(i%m.Width))
	}
	g := newGrid(m)
	if g.Height != 1 || g.Width != 22 || g.Values[0] != 1 || g.Values[20] != 61 || g.Values[21] != 63.5 {
		t.Errorf("%d x %d: %v", g.Height, g.Width, g.Values)
	}
	small := cam.Map{Height: 1, Width: 32, Values: m.Values[:32]}
	if g := newGrid(small); !slices.Equal(g.Values, small.Values) {
		t.Errorf("a small map is %v", g.Values)
	}
}

func FuzzGrid(f *testing.F) {
	f.Add([]byte(`{"height":1,"width":2,"values":"AACAPwAAAMA="}`))
	f.Add([]byte(`{"height":-1,"width":-2,"values":""}`))
	f.Add([]byte(`{"height":4611686018427387904,"width":4,"values":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var g Grid
		if json.Unmarshal(data, &g) == nil && len(g.Values) != g.Height*g.Width {
			t.Errorf("%d values of %d x %d", len(g.Values), g.Height, g.Width)
		}
	})
}
