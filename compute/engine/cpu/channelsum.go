package cpu

// ChannelSum sets dst, of batch planes of the given size, to Σ_c w_c act(src_c)
// with weights of batch by channels and src of batch by channels planes.
func (d *Device) ChannelSum(dst, weights, src []float32, batch, channels, size int, act Activation) {
	need("dst", dst, batch*size)
	need("weights", weights, batch*channels)
	need("src", src, batch*channels*size)
	d.begin()
	defer d.end()
	// Channels lie one after the other, so that they are parted rather than the
	// pixels; the parts' sums are added up afterwards.
	parts := max(1, min(d.threads, channels, channels*size/(1<<15)))
	d.reserve(room{stage: parts * size})
	j := &d.rows
	for i := range batch {
		j.op, j.items, j.parts = channelSum, channels, parts
		j.rowArgs = rowArgs{
			dst: d.stage, a: weights[i*channels:][:channels], b: src[i*channels*size:],
			in: size, out: channels, limits: act.limits(),
		}
		d.pool.run(&j.job, parts)
		sum := dst[i*size:][:size]
		copy(sum, d.stage)
		for part := 1; part < parts; part++ {
			for k, v := range d.stage[part*size:][:size] {
				sum[k] += v
			}
		}
	}
	j.rowArgs = rowArgs{}
}

func channelSum(d *Device, own *workspace, from, to int) {
	j := &d.rows
	// The part that begins with that channel.
	part := (from*j.parts + j.out - 1) / j.out
	// Few enough pixels at a time to stay in the first cache.
	const most = 2048
	for first := 0; first < j.in; first += most {
		n := min(most, j.in-first)
		d.addRows(own, j.dst[part*j.in+first:][:n], j.a[from:to], j.b[from*j.in+first:], j.in, j.limits)
	}
}
