package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// One output is yes or no: the second class is explained by the negated logit, and no
// output says that a network is sure.
func TestOneOutput(t *testing.T) {
	net := place(t, "one", "")
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 40, 30)
	explain := func(args ...string) (answer, outcome) {
		t.Helper()
		o := gazectl(t, append([]string{"explain", "--model", net, photo, "--json"}, args...)...)
		list := parse[answer](t, o)
		if len(list) != 1 {
			t.Fatalf("%v: %s", args, o.stderr)
		}
		return list[0], o
	}
	yes, _ := explain("--class", "yes")
	no, _ := explain("--class", "NO")
	if yes.Class.Index != 0 || no.Class.Index != 1 || yes.Class.Logit != -no.Class.Logit || len(yes.Top) != 2 {
		t.Errorf("yes is %+v, no %+v", yes.Class, no.Class)
	}
	if p := yes.Class.Probability + no.Class.Probability; p < 0.9999 || p > 1.0001 || yes.Class.Probability > 0.9999 {
		t.Errorf("yes has %v, no %v", yes.Class.Probability, no.Class.Probability)
	}
	for i, v := range yes.Map.Values {
		if no.Map.Values[i] != -v {
			t.Fatalf("value %d of the map is %v for yes and %v for no", i, v, no.Map.Values[i])
		}
	}
	if yes.Output.Activation != "sigmoid" || yes.Output.Threshold != 0.5 {
		t.Errorf("the output is %+v", yes.Output)
	}
	if against, _ := explain("--class", "yes", "--target", "against"); against.Map.Values[5] != -yes.Map.Values[5] {
		t.Error("what speaks against yes is not the negated map")
	}
	named, _ := explain("--positive", "tumour", "--class", "tum", "--threshold", "0.25", "--activation", "sigmoid")
	if named.Class.Label != "tumour" || named.Output.Threshold != 0.25 {
		t.Errorf("named: %+v, %+v", named.Class, named.Output)
	}
	o := gazectl(t, "explain", "--model", net, photo)
	if want := regexp.MustCompile(`: (yes|no) \d\d?\.\d % \(logit -?\d+\.\d\d\), relu gradcam`); !want.MatchString(o.stdout) {
		t.Errorf("the line is %q", o.stdout)
	}
}

// A number has a unit and no probability, in every output.
func TestOutputThatIsANumber(t *testing.T) {
	net := place(t, "one", `{"activation":"none","unit":"years"}`)
	photo := draw(t, filepath.Join(t.TempDir(), "in", "a.png"), 40, 30)
	for _, class := range []string{"higher", "lower"} {
		o := gazectl(t, "explain", "--model", net, photo, "--class", class, "--json")
		r := parse[map[string]any](t, o)[0]
		of := r["class"].(map[string]any)
		if _, has := of["probability"]; has || of["unit"] != "years" || strings.Contains(o.stdout, "probability") {
			t.Errorf("%s: the class is %v", class, of)
		}
		if out := r["output"].(map[string]any); out["activation"] != "none" || out["unit"] != "years" {
			t.Errorf("the output is %v", out)
		}
	}
	// The number is the same, whichever way it is explained.
	value := regexp.MustCompile(`\(value (\S+) years\)`)
	higher := value.FindStringSubmatch(gazectl(t, "explain", "--model", net, photo).stdout)
	lower := value.FindStringSubmatch(gazectl(t, "explain", "--model", net, photo, "--class", "lower").stdout)
	if higher == nil || lower == nil || higher[1] != lower[1] {
		t.Errorf("the number is %q and %q", higher, lower)
	}
	out := t.TempDir()
	if o := gazectl(t, "analyze", "--model", net, filepath.Dir(photo), "--out", out); o.status != 0 {
		t.Fatal(o.stderr)
	}
	if r := resultRows(t, out)[0]; r["probability"] != "" || r["top1_probability"] != "" || r["class_label"] != "higher" || r["logit"] == "" {
		t.Errorf("results.csv has %v", r)
	}
	o := gazectl(t, "compare", "--model", net, filepath.Dir(photo), "--methods", "gradcam", "--metrics", "deletion", "--steps", "4")
	if o.status != 0 || strings.Contains(o.stdout, "100") {
		t.Errorf("compare: status %d, %s%s", o.status, o.stdout, o.stderr)
	}
	if o := gazectl(t, "explain", "--model", net, photo, "--target", "probability"); o.status == 0 {
		t.Errorf("the probability of a number was explained: %s", o.stdout)
	}
}

// Classes that do not exclude each other are all listed that the network says.
func TestIndependentClasses(t *testing.T) {
	net := place(t, "plain", "")
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 40, 30)
	list := parse[answer](t, gazectl(t, "explain", "--model", net, photo, "--activation", "sigmoid", "--threshold", "0.001", "--json"))
	var says []string
	for _, s := range list[0].Top {
		if !s.Said {
			t.Fatalf("%+v is not said", s)
		}
		says = append(says, fmt.Sprintf("%s %.1f %%", s.Label, 100*s.Probability))
	}
	line := gazectl(t, "explain", "--model", net, photo, "--activation", "sigmoid", "--threshold", "0.001").stdout
	if want := "said: " + strings.Join(says, ", ") + ", relu gradcam"; !strings.Contains(line, want) {
		t.Errorf("%q does not say %q", line, want)
	}
	// The built-in network has 117 classes, and a line has room for five.
	if line := gazectl(t, "explain", photo, "--activation", "sigmoid", "--threshold", "0.000001").stdout; !strings.Contains(line, "%, and 112 more, layer4") {
		t.Errorf("the line is %q", line)
	}
	if line := gazectl(t, "explain", "--model", net, photo, "--activation", "sigmoid", "--threshold", "0.999").stdout; !strings.Contains(line, ", no class said, relu") {
		t.Errorf("the line is %q", line)
	}
}
