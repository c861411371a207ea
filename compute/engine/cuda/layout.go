package cuda

import "gorgonia.org/tensor"

// layout is a box of elements and the steps with which each of some tensors has them,
// 0 along axes that a tensor repeats.
type layout struct {
	sides []int
	steps [][]int // of each tensor
}

// stepsOf are the steps of a tensor of that shape whose axes of length 1 are repeated.
func stepsOf(s tensor.Shape) []int {
	steps, step := make([]int, len(s)), 1
	for axis := len(s) - 1; axis >= 0; axis-- {
		if s[axis] > 1 {
			steps[axis] = step
		}
		step *= s[axis]
	}
	return steps
}

// joined has one axis where several follow each other in every tensor, and none of
// length 1.
func (l layout) joined() layout {
	to := layout{steps: make([][]int, len(l.steps))}
	for axis, side := range l.sides {
		if side == 1 {
			continue
		}
		last := len(to.sides) - 1
		follows := last >= 0
		for t, steps := range l.steps {
			follows = follows && to.steps[t][last] == steps[axis]*side
		}
		if !follows {
			to.sides, last = append(to.sides, 0), last+1
			to.sides[last] = 1
			for t := range to.steps {
				to.steps[t] = append(to.steps[t], 0)
			}
		}
		to.sides[last] *= side
		for t, steps := range l.steps {
			to.steps[t][last] = steps[axis]
		}
	}
	return to
}

// size is the number of elements.
func (l layout) size() int { return tensor.Shape(l.sides).TotalSize() }

// table is the layout as kernels/general.cuh reads it, and its number of axes.
func (p *preparation) layout(l layout) (table argument, axes int) {
	l = l.joined()
	var numbers []int32
	for axis := len(l.sides) - 1; axis >= 0; axis-- {
		numbers = append(numbers, int32(l.sides[axis]))
		for _, steps := range l.steps {
			numbers = append(numbers, int32(steps[axis]))
		}
	}
	return p.table(numbers), len(l.sides)
}
