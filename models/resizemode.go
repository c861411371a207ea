package models

import (
	"fmt"
	"strings"
)

// ResizeModes lists the names that [ResizeMode] knows.
func ResizeModes() []string {
	return []string{"center", "stretch", "load_img", "smart_resize"}
}

// ResizeMode is a usual way to bring pictures to the size of an input:
//
//   - center: the short side is resized, with an eighth more than is seen, and the
//     input cut from the centre, as torchvision's evaluation does
//   - stretch: both sides are resized
//   - load_img: both sides are resized to the nearest pixels, as Keras' load_img does
//   - smart_resize: the short side is resized to the input's longer one, and the input
//     cut from the centre: what Keras' smart_resize sees for a square input, here with
//     antialiasing
func ResizeMode(name string, in Input) (Preprocessing, error) {
	longest := max(in.Height, in.Width)
	switch name {
	case "center":
		return Preprocessing{Resize: ShortSide(longest), Filter: FilterBilinear}, nil
	case "stretch":
		return Preprocessing{Fit: FitStretch, Filter: FilterBilinear}, nil
	case "load_img":
		return Preprocessing{Fit: FitStretch, Filter: FilterNearest}, nil
	case "smart_resize":
		return Preprocessing{Resize: longest, Filter: FilterBilinear}, nil
	}
	return Preprocessing{}, fmt.Errorf("resize mode %q is not one of %s", name, strings.Join(ResizeModes(), ", "))
}
