package folder

import (
	"bytes"
	"encoding/csv"
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

func TestRowHoldsTheExplanation(t *testing.T) {
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	r := row{colPath: "a.png", colStatus: statusOK}
	r.explain(&compute.Explanation{
		Network: "net", Layer: "relu", Method: method, Device: "cpu",
		Class: compute.Score{Index: 7, Label: "mug", Logit: -1.5, Probability: 0.25},
		Top:   []compute.Score{{Label: "cup", Probability: 0.5}, {Label: "mug", Probability: 0.25}},
		Map:   cam.Map{Height: 1, Width: 3, Values: []float32{-0.1, 0.5, 2}},
	})
	want := row{
		"a.png", "ok", "", "", "relu", "gradcam", "cpu", "7", "mug", "-1.5", "0.25",
		"cup", "0.5", "mug", "0.25", "", "", "", "", "", "",
		"1", "3", "-0.1", "2", "2.399999998509884",
	}
	if r != want {
		t.Errorf("got  %q\nwant %q", r, want)
	}
}

// Numbers have no probability, and what was guessed and doubted stands in the last
// columns.
func TestRowOfANumber(t *testing.T) {
	var r row
	nan := float32(math.NaN())
	r.explain(&compute.Explanation{
		Class: compute.Score{Label: "higher", Logit: 63, Probability: nan}, Top: []compute.Score{{Label: "higher", Probability: nan}},
		Guesses: []models.Assumption{{Of: models.AspectMean, Value: "a mean of 0 0 0", Why: "usual"}, {Of: models.AspectScale, Value: "pixels from 0 to 1"}},
		Doubts:  []models.Doubt{models.NewDoubt(models.DoubtLogits, "99")},
	})
	want := models.NewDoubt(models.DoubtLogits, "99").String()
	if r[colProbability] != "" || r[colTop+1] != "" || r[colTop] != "higher" || r[colGuesses] != "mean: a mean of 0 0 0 (usual); scale: pixels from 0 to 1" || r[colWarnings] != want {
		t.Errorf("the row is %q", r)
	}
	r.warn([]models.Doubt{models.NewDoubt(models.DoubtAlike, 8, "mug", "40 %")})
	if !strings.HasPrefix(r[colWarnings], want+" The first 8 pictures") {
		t.Errorf("the warnings are %q", r[colWarnings])
	}
}

func TestTextCannotActAsAFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "'", "", "mug", "a=b", "a,\"b\"\nc"} {
		in := row{colPath: text, colLabel: text, colTop: text, colReason: text, colLogit: "-1.5", colSheet: text}
		var table bytes.Buffer
		if err := writeTable(&table, []row{in}); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(bytes.NewReader(table.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []column{colPath, colLabel, colTop, colReason, colSheet} {
			if cell := records[1][c]; cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("%q is written as %q", text, cell)
			}
		}
		if logit := records[1][colLogit]; logit != "-1.5" {
			t.Errorf("the number -1.5 is written as %q", logit)
		}
		out, err := readTable(&table)
		if err != nil || !slices.Equal(out, []row{in}) {
			t.Errorf("%q is read back as %q, %v", text, out, err)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	var table bytes.Buffer
	if err := writeTable(&table, []row{{colPath: "=a", colStatus: statusOK, colSheet: "../../a.png"}}); err != nil {
		f.Fatal(err)
	}
	f.Add(table.Bytes())
	f.Add([]byte("path\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readTable(bytes.NewReader(data))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeTable(&again, rows); err != nil {
			t.Fatal(err)
		}
		back, err := readTable(&again)
		if err != nil || len(back) != len(rows) {
			t.Errorf("%d rows were read back as %d: %v", len(rows), len(back), err)
		}
	})
}
