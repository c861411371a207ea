package cpu

import "math"

// Softmax sets dst to exp(src) over the channels' sum of exp(src), for each of
// size pixels of each of batch images. They may be the same.
func (d *Device) Softmax(dst, src []float32, batch, channels, size int) {
	need("dst", dst, batch*channels*size)
	need("src", src, batch*channels*size)
	d.eachRow(softmax, batch*size, 40*channels, 0, rowArgs{dst: dst, a: src, channels: channels, in: size})
}

// pixel is what each channel of a pixel begins with and the distance between
// channels.
func (j *rowArgs) pixel(i int) (at, step int) { return i/j.in*j.channels*j.in + i%j.in, j.in }

func softmax(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		first, step := j.pixel(i)
		end := first + j.channels*step
		largest := -infinity
		for at := first; at < end; at += step {
			largest = max(largest, j.a[at])
		}
		var sum float64
		for at := first; at < end; at += step {
			e := math.Exp(float64(j.a[at] - largest))
			j.dst[at] = float32(e)
			sum += e
		}
		for at := first; at < end; at += step {
			j.dst[at] = float32(float64(j.dst[at]) / sum)
		}
	}
}

// SoftmaxBackward sets dx to y (dy - Σ dy y), the sum over the channels of a
// pixel: the gradient of [Device.Softmax], whose result is y. dx may be dy.
func (d *Device) SoftmaxBackward(dx, dy, y []float32, batch, channels, size int) {
	need("dx", dx, batch*channels*size)
	need("dy", dy, batch*channels*size)
	need("y", y, batch*channels*size)
	d.eachRow(softmaxBackward, batch*size, 4*channels, 0, rowArgs{dst: dx, a: dy, b: y, channels: channels, in: size})
}

func softmaxBackward(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		first, step := j.pixel(i)
		end := first + j.channels*step
		var sum float64
		for at := first; at < end; at += step {
			sum += float64(j.a[at]) * float64(j.b[at])
		}
		for at := first; at < end; at += step {
			j.dst[at] = float32(float64(j.b[at]) * (float64(j.a[at]) - sum))
		}
	}
}
