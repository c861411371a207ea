package cpu

import "fmt"

// Taking copies elements of rows to other places, by a table that is the same for every
// row.
type Taking struct {
	device *Device
	index  []int32
	from   int
	value  float32
	// runs are pieces of the table in which each element lies as far from the one
	// before as the next; nil where there are too many to be worth it.
	runs []run
	// begins has for each element where in sources those that it is the sum of begin,
	// and one more for the end; nil where each is a copy of one.
	begins, sources []int32
}

// run is a piece of a table: count elements from to on are those from from on, step
// apart, or none where from is -1.
type run struct{ to, from, step, count int32 }

// NewTaking prepares the table index: element i of a row of the result is element
// index[i] of a row of from numbers, or value where that is -1. An element that is not
// there is a programming error.
func (d *Device) NewTaking(index []int32, from int, value float32) *Taking {
	for _, at := range index {
		if at < -1 || int(at) >= from {
			panic(fmt.Sprintf("cpu: element %d of %d is taken", at, from))
		}
	}
	t := &Taking{device: d, index: index, from: from, value: value}
	// So few elements in a run are copied as fast one by one.
	const least = 4
	for i := 0; i < len(index); {
		r := runAt(index, i)
		t.runs = append(t.runs, r)
		i += int(r.count)
		if len(t.runs)*least > len(index)+least {
			t.runs = nil
			break
		}
	}
	return t
}

// runAt finds the run that begins with element i.
func runAt(index []int32, i int) run {
	r := run{to: int32(i), from: index[i], count: 1}
	if i+1 == len(index) {
		return r
	}
	r.step = index[i+1] - index[i]
	if r.from < 0 || index[i+1] < 0 {
		if r.from != index[i+1] {
			return r
		}
		r.step = 0
	}
	for i++; i < len(index) && index[i]-index[i-1] == r.step && (index[i] < 0) == (r.from < 0); i++ {
		r.count++
	}
	return r
}

// NewScattering prepares the way back of a table: each of from elements is the sum of
// those that were taken from it, in their order.
func (d *Device) NewScattering(index []int32, from int) *Taking {
	inverse := make([]int32, from)
	for i := range inverse {
		inverse[i] = -1
	}
	once := true
	for i, at := range index {
		if at < 0 {
			continue
		}
		once = once && inverse[at] < 0
		inverse[at] = int32(i)
	}
	if once {
		return d.NewTaking(inverse, len(index), 0)
	}
	t := &Taking{device: d, from: len(index), index: inverse, begins: make([]int32, from+1)}
	for _, at := range index {
		if at >= 0 {
			t.begins[at+1]++
		}
	}
	for i := range from {
		t.begins[i+1] += t.begins[i]
	}
	t.sources = make([]int32, t.begins[from])
	next := append([]int32(nil), t.begins[:from]...)
	for i, at := range index {
		if at >= 0 {
			t.sources[next[at]] = int32(i)
			next[at]++
		}
	}
	return t
}

// Run takes rows of the result from rows of src. They must not overlap.
func (t *Taking) Run(dst, src []float32, rows int) {
	n := len(t.index)
	need("dst", dst, rows*n)
	need("src", src, rows*t.from)
	d, a := t.device, rowArgs{dst: dst, a: src, taking: t}
	switch {
	case t.begins != nil:
		d.eachRow(sumTaken, rows*blocks(n), 4*block*(1+len(t.sources)/n), 0, a)
	case t.runs != nil:
		d.eachRow(copyRuns, rows*len(t.runs), 4+n/len(t.runs), 0, a)
	default:
		d.eachRow(gather, rows*blocks(n), 2*block, 0, a)
	}
}

// piece is the part of the result, and its row, of an item that is a block of a row.
func (t *Taking) piece(item int) (row, first, end int) {
	n := len(t.index)
	row, first = item/blocks(n), item%blocks(n)*block
	return row, first, min(first+block, n)
}

func gather(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	t := j.taking
	for item := from; item < to; item++ {
		row, first, end := t.piece(item)
		dst, src := j.dst[row*len(t.index)+first:], j.a[row*t.from:][:t.from]
		for i, at := range t.index[first:end] {
			if at < 0 {
				dst[i] = t.value
			} else {
				dst[i] = src[at]
			}
		}
	}
}

func copyRuns(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	t := j.taking
	for item := from; item < to; item++ {
		row, r := item/len(t.runs), t.runs[item%len(t.runs)]
		dst := j.dst[row*len(t.index)+int(r.to):][:r.count]
		if r.from < 0 {
			repeat(dst, t.value)
			continue
		}
		at, step := row*t.from+int(r.from), int(r.step)
		switch step {
		case 1:
			copy(dst, j.a[at:])
		case 0:
			repeat(dst, j.a[at])
		default:
			for i := range dst {
				dst[i] = j.a[at]
				at += step
			}
		}
	}
}

func sumTaken(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	t := j.taking
	for item := from; item < to; item++ {
		row, first, end := t.piece(item)
		dst, src := j.dst[row*len(t.index)+first:], j.a[row*t.from:][:t.from]
		for i := first; i < end; i++ {
			var sum float32
			for _, at := range t.sources[t.begins[i]:t.begins[i+1]] {
				sum += src[at]
			}
			dst[i-first] = sum
		}
	}
}
