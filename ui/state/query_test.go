package state_test

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

// attending has two attentions over 4x4 pixels, of two heads and of three.
func attending(t *testing.T) *models.Network {
	t.Helper()
	tiny := statetest.TinyNetwork(t, "attending")
	net := &models.Network{Name: tiny.Name, Architecture: tiny.Name, Input: tiny.Input, Labels: tiny.Labels}
	param := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	}
	conv := func(name, in string, from, to, side int) models.Layer {
		return models.Layer{
			Name: name, Kind: models.Conv, Inputs: []string{in},
			Attr:   models.Attr{Kernel: [2]int{side, side}, Stride: [2]int{side, side}, Dilation: [2]int{1, 1}, Groups: 1},
			Params: map[string]*tensor.Dense{"weight": param(to, from, side, side), "bias": param(to)},
		}
	}
	for _, l := range []models.Layer{
		conv("first.qkv", models.InputName, 3, 12, 2),
		{Name: "first", Kind: models.Attention, Inputs: []string{"first.qkv"}, Attr: models.Attr{Heads: 2, Alpha: 1}},
		conv("second.qkv", "first", 4, 9, 1),
		{Name: "second", Kind: models.Attention, Inputs: []string{"second.qkv"}, Attr: models.Attr{Heads: 3, Alpha: 1}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"second"}},
		{Name: "flat", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flat"}, Params: map[string]*tensor.Dense{"weight": param(6, 3), "bias": param(6)}},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

// asking shows a picture by the method that can be asked.
func asking(t *testing.T) *desk {
	t.Helper()
	dir, _ := statetest.PicturesIn(t, "mug.png")
	d := deskWith(t, &statetest.Explainer{Net: attending(t)})
	d.show(t, dir)
	for _, m := range cam.Methods() {
		if m.Query != nil {
			d.Choice.SetMethod(m.Name)
		}
	}
	d.settle(t)
	return d
}

func TestAClickAsksAboutAToken(t *testing.T) {
	d := asking(t)
	anything := cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken}
	if q := d.Choice.Query(); q != anything || *d.View.Map.Method.Query != anything {
		t.Fatalf("asked about is %+v", q)
	}
	f := d.View.Map.Frame
	at := func(row, column int) (x, y int) {
		return f.Min.X + (2*column+1)*f.Dx()/8, f.Min.Y + (2*row+1)*f.Dy()/8
	}
	d.View.Ask(at(2, 1))
	d.settle(t)
	want := cam.AttentionQuery{Head: cam.AnyHead, Row: 2, Column: 1}
	if q := *d.View.Map.Method.Query; q != want {
		t.Errorf("the map is of %+v", q)
	}
	// Outside nothing is asked.
	d.View.Ask(f.Max.X, f.Min.Y)
	if d.Choice.Query() != want {
		t.Errorf("asked about is %+v", d.Choice.Query())
	}
	d.View.Ask(at(2, 1))
	d.settle(t)
	if q := *d.View.Map.Method.Query; q != anything {
		t.Errorf("after a second click the map is of %+v", q)
	}
	// Other methods are not asked.
	d.Choice.SetMethod(cam.GradCAM().Name)
	d.settle(t)
	d.View.Ask(at(0, 0))
	if d.Choice.Query() != anything {
		t.Errorf("asked about is %+v", d.Choice.Query())
	}
}

// What another layer does not have is not asked about.
func TestQueriesFitTheLayer(t *testing.T) {
	d := asking(t)
	d.Choice.SetLayer("second")
	if d.Choice.Heads() != 3 {
		t.Fatalf("%d heads", d.Choice.Heads())
	}
	d.Choice.Ask(cam.AttentionQuery{Head: 2, Row: 1, Column: 3})
	d.Choice.SetLayer("first")
	if q := d.Choice.Query(); d.Choice.Heads() != 2 || q != (cam.AttentionQuery{Head: cam.AnyHead, Row: 1, Column: 3}) {
		t.Errorf("asked about is %+v of %d heads", q, d.Choice.Heads())
	}
	d.settle(t)
	if d.View.MapError != nil {
		t.Error(d.View.MapError)
	}
}

func TestComparisonHasAllHeads(t *testing.T) {
	d := asking(t)
	d.Choice.SetLayer("second")
	d.Choice.Ask(cam.AttentionQuery{Head: 1, Row: 3, Column: 0})
	d.settle(t)
	d.Comparison.SetAxis(state.ByHead)
	d.SetMode(state.Compare)
	d.loop.Until(t, "the comparison", func() bool { return !d.Comparison.Working && len(d.Comparison.Cards) > 0 })
	var heads []int
	for _, c := range d.Comparison.Cards {
		heads = append(heads, c.Method.Query.Head)
		if q := c.Method.Query; q.Row != 3 || q.Column != 0 {
			t.Errorf("a card is of %+v", q)
		}
	}
	if !slices.Contains(d.Comparison.Axes(), state.ByHead) {
		t.Errorf("the axes are %v", d.Comparison.Axes())
	}
	if !slices.Equal(heads, []int{cam.AnyHead, 0, 1, 2}) || d.Comparison.Selected != 2 {
		t.Errorf("the cards are of heads %v, and %d is shown", heads, d.Comparison.Selected)
	}
	if _, name := d.Comparison.Sheet(); name != "mug.second.heads.png" {
		t.Errorf("the sheet is called %s", name)
	}
	d.Comparison.Select(3)
	d.Comparison.UseCard()
	if q := d.Choice.Query(); q.Head != 2 {
		t.Errorf("the head looked at is %+v", q)
	}
}

// A network without attention has no heads to compare.
func TestThereAreNoHeadsWithoutAttention(t *testing.T) {
	d := compared(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, state.ByHead)
	x := d.Comparison
	if d.Choice.Heads() != 0 || x.Axis != state.ByMethod || len(x.Cards) != len(cam.OneRun()) || slices.Contains(x.Axes(), state.ByHead) {
		t.Errorf("%d heads, and %d cards by axis %d of %v", d.Choice.Heads(), len(x.Cards), x.Axis, x.Axes())
	}
}
