package cpu

// turnSquare is the side of the squares that the kernel turns around.
const turnSquare = 8

// turnAround sets to[k*step + i] to from[i*depth + k], for i below rows and k below cols:
// squares by the kernel, the rest one by one.
func (d *Device) turnAround(own *workspace, to []float32, step int, from []float32, depth, rows, cols int) {
	whole := cols / turnSquare
	for i := 0; i < rows; i += turnSquare {
		n := min(turnSquare, rows-i)
		first := 0
		if n == turnSquare && whole > 0 {
			own.vec = vec{dst: to[i:], a: from[i*depth:], rows: whole, step: depth, to: step, begins: [4]int{turnSquare, turnSquare * step}}
			d.kernels.turn(&own.vec)
			first = whole * turnSquare
		}
		for ; n > 0; n-- {
			row := from[(i+n-1)*depth:][:cols]
			for k := first; k < cols; k++ {
				to[k*step+i+n-1] = row[k]
			}
		}
	}
}
