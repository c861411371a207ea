package icon_test

import (
	"encoding/xml"
	"image"
	_ "image/png"
	"os"
	"testing"

	"gaze/icon"
)

func TestResourceIsSVG(t *testing.T) {
	var root struct{ XMLName xml.Name }
	if err := xml.Unmarshal(icon.Resource().Content(), &root); err != nil {
		t.Fatal(err)
	}
	if want := (xml.Name{Space: "http://www.w3.org/2000/svg", Local: "svg"}); root.XMLName != want {
		t.Errorf("root element %v, want %v", root.XMLName, want)
	}
}

// Fyne compares resources, and panics when their type cannot be compared.
func TestResourceIsEqualToItself(t *testing.T) {
	if first, second := any(icon.Resource()), any(icon.Resource()); first != second {
		t.Error("the icon is another resource the second time")
	}
}

// The packager puts the PNG into hicolor/512x512.
func TestPNGIsAsLargeAsThePackagerNeeds(t *testing.T) {
	f, err := os.Open("icon.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		t.Fatal(err)
	}
	if c.Width != 512 || c.Height != 512 {
		t.Errorf("icon.png is %dx%d, want 512x512", c.Width, c.Height)
	}
}
