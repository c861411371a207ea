package cpu

import (
	"fmt"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// Attention computes an [op.Attention] on inputs of one shape. Each head of each
// window is one worker's: the products of its queries with its keys, some queries at
// a time, stay in that worker's caches and are never all written down.
//
// The products are those of a [product]: weights are the keys, packed, by columns that
// are queries. So a softmax goes down the columns, and its result has the order in
// which the next product, of the values with it, reads its columns.
type Attention struct {
	device          *Device
	params          op.AttentionParams
	batch, size     int
	channels, depth int
	windows, each   int
	tiles           *tiles
	// rows are as many as a window's positions, filled up to whole panels of tiles.
	rows int
	// bias has groups of heads of rows x each: for each key those of all queries.
	// padding are the channels of padding.
	bias, padding []float32
	// block is how many queries are in work at once; parts is how many workers
	// share the queries of a head on the way forward.
	block, parts int
	// depths are the places of a head's channels, those of one position; keys are
	// the rows of a block of queries, and of the last one, which has fewer.
	depths     []int32
	keys, last []int32
	// turned are the places of positions whose channels lie together.
	turned []int32
	job    attentionJob
}

// blockFloats bounds the numbers of a block of queries, so that they stay in the
// second cache.
const blockFloats = 12 << 10

// NewAttention prepares an attention on batch pictures of 3*channels by size numbers.
// bias is nil where none is added, padding where no window is padded.
func (d *Device) NewAttention(p op.AttentionParams, bias, padding []float32, batch, channels, size int) (*Attention, error) {
	windows, each := p.Count(size)
	if p.Heads < 1 || channels%p.Heads != 0 || p.Windows != nil && p.Windows.Of != size {
		return nil, fmt.Errorf("cpu: attention of %d heads on %d channels, %d windows of %d among %d", p.Heads, channels, windows, each, size)
	}
	a := &Attention{
		device: d, params: p, batch: batch, size: size, channels: channels, depth: channels / p.Heads,
		windows: windows, each: each, tiles: &d.kernels.tiles[0], padding: padding,
	}
	a.rows = (each + a.tiles.rows - 1) / a.tiles.rows * a.tiles.rows
	width := a.tiles.width()
	a.block = min(each, max(1, blockFloats/a.rows/width)*width)
	if heads := batch * windows * p.Heads; heads%d.threads != 0 && heads < 8*d.threads {
		a.parts = min(d.threads, (each+a.block-1)/a.block)
	}
	a.parts = max(1, a.parts)
	step := size
	if p.Windows != nil {
		step = each
	}
	a.depths, a.keys = places(a.depth, step), places(a.rows, a.block)
	if rest := each % a.block; rest > 0 {
		a.last = places(a.rows, rest)
	}
	a.turned = places(a.block, a.depth)
	if p.Biased {
		groups := len(bias) / (p.Heads * each * each)
		a.bias = machine.NewMemory(groups * p.Heads * a.rows * each)
		for h := range groups * p.Heads {
			for i := range each {
				for j := range each {
					a.bias[(h*a.rows+j)*each+i] = bias[(h*each+i)*each+j]
				}
			}
		}
	}
	a.job.init(a)
	return a, nil
}

// places are n places, step apart.
func places(n, step int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i * step)
	}
	return list
}

// Forward sets dst, batch by channels by size, to the attention of qkv.
func (a *Attention) Forward(dst, qkv []float32) {
	need("dst", dst, a.batch*a.channels*a.size)
	need("qkv", qkv, 3*a.batch*a.channels*a.size)
	a.run(false, dst, qkv, nil)
}

// Backward sets dqkv to the gradient by qkv where dy is that by the output.
func (a *Attention) Backward(dqkv, dy, qkv []float32) {
	need("dqkv", dqkv, 3*a.batch*a.channels*a.size)
	need("dy", dy, a.batch*a.channels*a.size)
	need("qkv", qkv, 3*a.batch*a.channels*a.size)
	a.run(true, dqkv, qkv, dy)
}

// attentionJob is a run of an attention.
type attentionJob struct {
	job          job
	attention    *Attention
	back         bool
	dst, qkv, dy []float32
	parts        int
}

func (j *attentionJob) init(a *Attention) {
	j.attention = a
	j.job.do = j.do
}

func (a *Attention) run(back bool, dst, qkv, dy []float32) {
	d := a.device
	d.begin()
	defer d.end()
	d.reserve(room{own: a.room()})
	j := &a.job
	j.back, j.dst, j.qkv, j.dy = back, dst, qkv, dy
	j.parts = a.parts
	if back {
		j.parts = 1
	}
	items := a.batch * a.windows * a.params.Heads * j.parts
	d.pool.run(&j.job, min(items, maxParts))
	j.dst, j.qkv, j.dy = nil, nil, nil
}

func (j *attentionJob) do(worker, part int) {
	a := j.attention
	items := a.batch * a.windows * a.params.Heads * j.parts
	from, to := split(items, min(items, maxParts), part)
	for i := from; i < to; i++ {
		h := headOf(a, j, &a.device.work[worker], i)
		if j.back {
			h.backward(j)
			continue
		}
		h.forward(j, i%j.parts)
	}
}
