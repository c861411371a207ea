package machine

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Reference is the device that runs every operation by its own definition, its
// Do. It is slow and right: what other devices are measured against.
type Reference struct{}

// Kernel calls the operation's Do.
func (Reference) Kernel(o gorgonia.Op, out tensor.Shape, in []Operand) (Kernel, error) {
	shapes := make([]tensor.Shape, len(in))
	for i := range in {
		shapes[i] = in[i].Shape
	}
	return func(dst []float32, in [][]float32) error {
		values := make([]gorgonia.Value, len(in))
		for i := range in {
			values[i] = tensor.New(tensor.WithShape(shapes[i]...), tensor.WithBacking(in[i]))
		}
		v, err := o.Do(values...)
		if err != nil {
			return err
		}
		result, ok := v.Data().([]float32)
		if !ok || len(result) != len(dst) {
			return fmt.Errorf("%v made %d numbers, not %d", o, len(result), len(dst))
		}
		copy(dst, result)
		return nil
	}, nil
}
