package output

import (
	"io"
	"reflect"

	"github.com/sbinet/npyio"
)

// SaveNPY saves values as [EncodeNPY] writes them and as [Save] does. An existing file
// is replaced.
func SaveNPY(path string, height, width int, values []float32) error {
	return Save(path, true, func(w io.Writer) error { return EncodeNPY(w, height, width, values) })
}

// EncodeNPY writes values, row by row, as a NumPy array of float32 of shape (height,
// width).
func EncodeNPY(w io.Writer, height, width int, values []float32) error {
	// The library takes the shape from the type: an array of arrays.
	row := reflect.ArrayOf(width, reflect.TypeFor[float32]())
	array := reflect.New(reflect.ArrayOf(height, row)).Elem()
	for y := range height {
		reflect.Copy(array.Index(y), reflect.ValueOf(values[y*width:(y+1)*width]))
	}
	return npyio.Write(w, array.Interface())
}
