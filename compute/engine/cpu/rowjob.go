package cpu

import "gaze/compute/engine/op"

// rowJob does an operation for each of a number of rows, planes or the like.
type rowJob struct {
	job    job
	device *Device
	op     func(d *Device, own *workspace, from, to int)
	items  int
	parts  int
	rowArgs
}

// rowArgs are what the operations work on.
type rowArgs struct {
	dst, a, b, c []float32
	limits
	scale    float32
	shift    float32
	batch    int
	channels int
	in, out  int
	// kernel works on a row, where that is for the caller to say.
	kernel func(*vec)
	// width of a part of the columns.
	width   int
	pooling Pooling
	walk    walk
	// kind of an elementwise operation, epsilon of a layer normalisation.
	kind       Arithmetic
	epsilon    float64
	neighbours Neighbours
	reduction  Reduction
	taking     *Taking
	function   rowFunction
	grid       op.Grid
}

func (j *rowJob) init(d *Device) {
	j.device = d
	j.job.do = j.do
}

func (j *rowJob) do(worker, part int) {
	from, to := split(j.items, j.parts, part)
	j.op(j.device, &j.device.work[worker], from, to)
}

// eachRow runs op for ranges of n items that cost so many operations each. It
// takes the device's turn; own is the room that op needs in a worker's memory.
func (d *Device) eachRow(op func(d *Device, own *workspace, from, to int), n, cost, own int, a rowArgs) {
	d.begin()
	defer d.end()
	d.reserve(room{own: own})
	j := &d.rows
	j.op, j.items, j.parts, j.rowArgs = op, n, d.parts(n, cost), a
	d.pool.run(&j.job, j.parts)
	j.rowArgs = rowArgs{}
}
