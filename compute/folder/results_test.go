package folder

import (
	"bytes"
	"encoding/csv"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

func TestTableColumnsAreNamed(t *testing.T) {
	for c, want := range map[column]string{
		colPath: "path", colDevice: "device", colProbability: "probability", colTop: "top1_label", colTop + 9: "top5_probability",
		colHeight: "map_height", colSum: "map_sum", colSheet: "sheet", colTotal: "seconds_total", colSettings: "settings", colGuesses: "guesses", colWarnings: "warnings",
	} {
		if header[c] != want {
			t.Errorf("column %d is called %q, want %q", c, header[c], want)
		}
	}
	if slices.Contains(header[:], "") {
		t.Errorf("a column has no name: %q", header)
	}
}

// rowOf is the line of a map of the picture a.png.
func rowOf(x *compute.Explanation, common ...models.Doubt) row {
	rec := Record{Path: "a.png", Network: x.Network, Common: texts(common)}
	rec.take(&compute.Subject{Image: image.NewNRGBA(image.Rect(0, 0, 1, 1))}, x)
	var m MapRecord
	m.take(x)
	rec.Maps = []MapRecord{m}
	return rec.rows()[0]
}

func TestRowHoldsTheExplanation(t *testing.T) {
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	r := rowOf(&compute.Explanation{
		Network: "net", Layer: "relu", Method: method, Device: "cpu",
		Class: compute.Score{Index: 7, Label: "mug", Logit: -1.5, Probability: 0.25},
		Top:   []compute.Score{{Label: "cup", Probability: 0.5}, {Label: "mug", Probability: 0.25}},
		Map:   cam.Map{Height: 1, Width: 3, Values: []float32{-0.1, 0.5, 2}},
	})
	want := row{
		"a.png", "ok", "", "net", "relu", "gradcam", "cpu", "7", "mug", "-1.5", "0.25",
		"cup", "0.5", "mug", "0.25", "", "", "", "", "", "",
		"1", "3", "-0.1", "2", "2.399999998509884", "", "0.0000", "0.0000", "0.0000",
	}
	if r != want {
		t.Errorf("got  %q\nwant %q", r, want)
	}
}

// Numbers have no probability, and what was guessed and doubted stands in the last
// columns.
func TestRowOfANumber(t *testing.T) {
	nan := float32(math.NaN())
	x := &compute.Explanation{
		Class: compute.Score{Label: "higher", Logit: 63, Probability: nan}, Top: []compute.Score{{Label: "higher", Probability: nan}},
		Guesses: []models.Assumption{{Of: models.AspectMean, Value: "a mean of 0 0 0", Why: "usual"}, {Of: models.AspectScale, Value: "pixels from 0 to 1"}},
		Doubts:  []models.Doubt{models.NewDoubt(models.DoubtLogits, "99")},
	}
	r := rowOf(x)
	want := models.NewDoubt(models.DoubtLogits, "99").String()
	if r[colProbability] != "" || r[colTop+1] != "" || r[colTop] != "higher" || r[colGuesses] != "mean: a mean of 0 0 0 (usual); scale: pixels from 0 to 1" || r[colWarnings] != want {
		t.Errorf("the row is %q", r)
	}
	if r := rowOf(x, models.NewDoubt(models.DoubtAlike, 8, "mug", "40 %")); !strings.HasPrefix(r[colWarnings], want+" The first 8 pictures") {
		t.Errorf("the warnings are %q", r[colWarnings])
	}
}

func TestTextCannotActAsAFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "'", "", "mug", "a=b", "a,\"b\"\nc"} {
		in := Record{
			Path: Name(text), Top: []compute.Score{{Label: text}}, Maps: []MapRecord{
				{Status: StatusOK, Class: compute.Score{Label: text, Logit: -1.5}, Files: []File{{Name: Name(text)}}},
				{Status: StatusFailed, Error: text},
			},
		}
		var table bytes.Buffer
		if err := writeTable(&table, func(yield func(Record, error) bool) { yield(in, nil) }); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(bytes.NewReader(table.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{records[1][colPath], records[1][colLabel], records[1][colTop], records[2][colReason], records[1][colSheet]} {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("%q is written as %q", text, cell)
			}
		}
		if logit := records[1][colLogit]; logit != "-1.5" {
			t.Errorf("the number -1.5 is written as %q", logit)
		}
		if out := parseTable(t, table.Bytes()); out[0][colPath] != text || out[1][colReason] != text {
			t.Errorf("%q is read back as %q", text, out)
		}
	}
}
