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
	yes, no := true, false
	longest := max(in.Height, in.Width)
	switch name {
	case "center":
		return Preprocessing{Resize: seenOf(longest), Nearest: &no}, nil
	case "stretch":
		return Preprocessing{Fit: FitStretch, Nearest: &no}, nil
	case "load_img":
		return Preprocessing{Fit: FitStretch, Nearest: &yes}, nil
	case "smart_resize":
		return Preprocessing{Resize: longest, Nearest: &no}, nil
	}
	return Preprocessing{}, fmt.Errorf("resize mode %q is not one of %s", name, strings.Join(ResizeModes(), ", "))
}
