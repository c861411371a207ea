package truth

import (
	"fmt"
	"image"
	"math"
	"strconv"
	"strings"

	"gaze/compute/evaluation"
)

// parseYOLO reads a line for each object: its class, and the middle, width and height of
// its box in parts of the picture's sides; or its class and an outline of three
// points or more. The class is an index into classes.txt, if that lies in the folder.
func (f boxFolder) parseYOLO(data []byte, size image.Point) ([]object, error) {
	var objects []object
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		numbers := make([]float64, len(fields))
		for i, text := range fields {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
				return nil, fmt.Errorf("line %d: %q is no number", n, text)
			}
			numbers[i] = v
		}
		var o object
		if class := numbers[0]; len(f.yolo) > 0 {
			if class != math.Trunc(class) || class < 0 || class >= float64(len(f.yolo)) {
				return nil, fmt.Errorf("line %d: class %s is not one of the %d in classes.txt", n, fields[0], len(f.yolo))
			}
			o.name = f.yolo[int(class)]
		}
		w, h := float64(size.X), float64(size.Y)
		switch v := numbers[1:]; {
		case len(v) == 4 || len(v) == 5:
			// A fifth number is a detector's confidence.
			o.Box = box((v[0]-v[2]/2)*w, (v[1]-v[3]/2)*h, (v[0]+v[2]/2)*w, (v[1]+v[3]/2)*h)
		case len(v) >= 6 && len(v)%2 == 0:
			o.Box = box(0, 0, w, h)
			var outline []evaluation.Point
			for i := 0; i < len(v); i += 2 {
				outline = append(outline, evaluation.Point{X: v[i] * w, Y: v[i+1] * h})
			}
			o.Polygons = [][]evaluation.Point{outline}
		default:
			return nil, fmt.Errorf("line %d has %d numbers; a box has 5, the class first", n, len(numbers))
		}
		objects = append(objects, o)
	}
	return objects, nil
}
