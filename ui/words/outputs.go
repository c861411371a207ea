package words

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"gaze/compute"
	"gaze/models"
)

// Network says in a line how large a network is: its classes, or the numbers that it
// gives, its parameters, and the size of its input.
func Network(net *models.Network) string {
	data := map[string]any{
		"Classes": net.Classes(), "Numbers": net.Outputs(), "Parameters": Number(float64(net.Parameters())), "Width": net.Input.Width, "Height": net.Input.Height,
	}
	if !net.Output.Probabilities() {
		return lang.N("{{.Numbers}} numbers · {{.Parameters}} parameters · {{.Width}}×{{.Height}}", net.Outputs(), data)
	}
	return lang.L("{{.Classes}} classes · {{.Parameters}} parameters · {{.Width}}×{{.Height}}", data)
}

// Label names a class of a network: by its own name, or if it has none by its number.
// The two classes of a single output are "yes" and "no", or what raises and what
// lowers the number.
func Label(net *models.Network, class int) string {
	number := net.TwoSided() && !net.Output.Probabilities()
	switch {
	case number && class == 0:
		return lang.L("raises {{.What}}", map[string]any{"What": quantity(net)})
	case number && class == 1:
		return lang.L("lowers {{.What}}", map[string]any{"What": quantity(net)})
	case class >= 0 && class < len(net.Labels):
		return net.Labels[class]
	case net.TwoSided() && len(net.Labels) == 1 && class == 1:
		return lang.L("not {{.What}}", map[string]any{"What": net.Labels[0]})
	case net.TwoSided() && class == 0:
		return lang.L("yes")
	case net.TwoSided() && class == 1:
		return lang.L("no")
	}
	return lang.L("class {{.Number}}", map[string]any{"Number": class})
}

// quantity is what a network's only number is called.
func quantity(net *models.Network) string {
	if len(net.Labels) == 1 {
		return net.Labels[0]
	}
	return lang.L("the number")
}

// Score writes how probable a class is, "93 %", or the number that the network gives:
// "25.3 years".
func Score(net *models.Network, s compute.Score) string {
	if !s.Measured() {
		return Percent(float64(s.Probability))
	}
	y := float64(s.Logit)
	if net.TwoSided() && s.Index == 1 {
		// Both classes stand for the same number, and the second one's is negated.
		y = -y
	}
	return strings.TrimSpace(Value(y) + " " + net.Output.Unit)
}

// Class names a class and how probable it is, "mug 93 %", or its number: "depth 3.20
// m". Of a single number it says which way is explained: "25.3 years · raises age".
func Class(net *models.Network, s compute.Score) string {
	if net.TwoSided() && s.Measured() {
		return Score(net, s) + " · " + Label(net, s.Index)
	}
	return Label(net, s.Index) + " " + Score(net, s)
}

// Explained names what a map explains: the class and how probable it is, or
// another target: "mug − cup".
func Explained(net *models.Network, e *compute.Explanation) string {
	if k := e.Target.Kind; k == "" || k == compute.TargetLogit {
		return Class(net, e.Class)
	}
	return e.Target.Name(func(i int) string { return Label(net, i) }, e.Class.Index)
}
