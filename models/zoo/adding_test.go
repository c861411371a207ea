package zoo

import (
	"testing"

	"gaze/models"
	"gaze/models/weights"
)

func TestAddingANetwork(t *testing.T) {
	stem, widths, strides := window{7, 2, 3}, [4]int{64, 128, 256, 512}, [4]int{1, 2, 2, 2}
	image := models.ImageNetInput(224, 256)
	// What docs/adding.md quotes in "A network of a family that is there".
	//
	//quote:network
	row := resNet{"resnet10", image, stem, widths, strides, [4]int{1, 1, 1, 1}, false, 1, 1, torchvision("resnet10-0123abcd.pth", 20.776, 63.5)}
	//quote:end
	a := row.architecture()
	net, err := a.network(weights.Formula{Classes: 10})
	if err != nil {
		t.Fatal(err)
	}
	// Two convolutions in each of four blocks, a stem, and three shortcuts.
	convolutions := 0
	for _, l := range net.Layers {
		if l.Kind == models.Conv {
			convolutions++
		}
	}
	if net.Name != "resnet10" || convolutions != 2*4+1+3 || net.Classes() != 10 || net.DefaultLayer() != "layer4" {
		t.Errorf("%s has %d convolutions, %d classes and the default layer %s", net.Name, convolutions, net.Classes(), net.DefaultLayer())
	}
	if p := a.published; p.File() != "resnet10-0123abcd.pth" || named(p.URL) != (Digest{SHA256, "0123abcd"}) || p.Size != 21785214 {
		t.Errorf("published are %+v", p)
	}
}
