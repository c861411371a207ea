package models

import "gorgonia.org/tensor"

// resampled is the rule of a product that brings rows or columns of a picture to
// another length: the matrix is a constant, and each number of the result is made of
// neighbours, which go on from one to the next. It is nil for other products.
func (n *Network) resampled(l Layer, in []tensor.Shape, grids []*Grid) *places {
	for i, g := range grids {
		matrix, ok := n.Layer(l.Inputs[1-i])
		if !ok || matrix.Kind != Constant || !g.isPlane(in[i]) || len(l.Shape) != 4 {
			continue
		}
		value, s := matrix.Params["value"], matrix.Shape
		if s[0] != 1 || s[1] != 1 {
			continue
		}
		data := value.Data().([]float32)
		// A matrix on the right has a column for each number of the result.
		outs, ins, outStep, inStep := s[2], s[3], s[3], 1
		if i == 0 {
			outs, ins, outStep, inStep = s[3], s[2], 1, s[3]
		}
		if local(outs, ins, func(to, from int) float32 { return data[to*outStep+from*inStep] }) {
			return &planeGrid(l.Shape).of
		}
	}
	return nil
}

// local reports whether each row of a matrix of weights has its numbers other than 0
// close together and not before those of the row above, and not all of them everywhere.
func local(outs, ins int, at func(to, from int) float32) bool {
	// Cubic interpolation takes four neighbours, or as many for each step where a
	// picture is made smaller and its kernel wider.
	most := 4 * max(1, (ins+outs-1)/outs)
	before, after, full := 0, 0, 0
	for to := range outs {
		first, last := -1, -1
		for from := range ins {
			if at(to, from) != 0 {
				if last = from; first < 0 {
					first = from
				}
			}
		}
		if first < 0 || first < before || last < after || last-first >= most {
			return false
		}
		before, after = first, last
		if last-first+1 == ins {
			full++
		}
	}
	return ins == 1 || full < outs
}
