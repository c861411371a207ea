package cuda

// tile is a way to compute a convolution: blocks of threads that each make a
// rectangle of rows (channels) and columns (pixels).
type tile struct {
	name          string
	rows, columns int
	threads       int
	// depth is how far a block reads at once, and resident the blocks that a
	// multiprocessor has room for.
	depth, resident int
	// speed is what a multiprocessor full of such blocks reaches, relative to the
	// best: small rectangles read more for each product.
	speed float64
	// tensor is set for tensor cores, direct for a kernel without rectangles.
	tensor, direct bool
}

// The tiles that kernels/conv.cu and kernels/tensor.cu have.
func tiles(tensor bool) []tile {
	if tensor {
		return []tile{
			{name: "128x128", rows: 128, columns: 128, threads: 128, depth: 16, resident: 2, speed: 1, tensor: true},
			{name: "64x128", rows: 64, columns: 128, threads: 128, depth: 16, resident: 2, speed: 0.8, tensor: true},
			{name: "64x64", rows: 64, columns: 64, threads: 128, depth: 32, resident: 2, speed: 0.7, tensor: true},
			{name: "32x128", rows: 32, columns: 128, threads: 128, depth: 16, resident: 2, speed: 0.6, tensor: true},
			{name: "128x32", rows: 128, columns: 32, threads: 128, depth: 16, resident: 2, speed: 0.6, tensor: true},
		}
	}
	return []tile{
		{name: "128x128", rows: 128, columns: 128, threads: 256, depth: 16, resident: 2, speed: 1},
		{name: "64x128", rows: 64, columns: 128, threads: 128, depth: 16, resident: 3, speed: 0.95},
		{name: "64x64", rows: 64, columns: 64, threads: 128, depth: 16, resident: 4, speed: 0.8},
		{name: "32x128", rows: 32, columns: 128, threads: 128, depth: 16, resident: 4, speed: 0.75},
		{name: "128x32", rows: 128, columns: 32, threads: 128, depth: 16, resident: 4, speed: 0.75},
		{name: "32x32", rows: 32, columns: 32, threads: 64, depth: 32, resident: 8, speed: 0.5},
	}
}

// bytes is the shared memory of a block: three stages of two rectangles, in
// float32 the large tiles four of half the depth where they gather. Tensor cores
// read from rows that are eight numbers longer.
func (t tile) bytes(pointwise bool) int {
	depth, stages, pad := t.depth, 3, 0
	if t.tensor {
		pad = 8
	} else if t.rows*t.columns >= 64*128 && !pointwise {
		depth, stages = 8, 4
	}
	return 4 * stages * depth * (t.rows + t.columns + 2*pad)
}

// quickest estimates which tile, and how many splits of the sum, take the least
// time for that many pictures.
func (d *Device) quickest(u *sum, batch int) (tile, int) {
	if u.groups > 1 && u.rows <= 16 {
		return tile{direct: true}, 1
	}
	t, splits, _ := d.estimate(u, batch, 32)
	return t, splits
}

// estimate finds the tile and, up to a bound, the splits that take the least
// time, with that time in products of a multiprocessor.
func (d *Device) estimate(u *sum, batch, bound int) (best tile, bestSplits int, least float64) {
	for _, t := range tiles(d.tensorCores) {
		for splits := 1; splits <= bound; splits++ {
			if splits > 1 && (u.depth < 64*splits || u.groups*splits > 1<<15) {
				break
			}
			if cost := t.cost(u, batch, splits, d.units); least == 0 || cost < least {
				best, bestSplits, least = t, splits, cost
			}
		}
	}
	return best, bestSplits, least
}

// What else than products takes time, in products a multiprocessor makes
// meanwhile: a block's begin and end for each of its numbers, a number that goes
// to memory and back, and a kernel's start.
const (
	blockCost  = 40
	memoryCost = 25
	startCost  = 200_000
)

// cost estimates the time, in products of one multiprocessor.
func (t tile) cost(u *sum, batch, splits, units int) float64 {
	columns := u.columns(batch)
	blocks := (columns + t.columns - 1) / t.columns * ((u.rows + t.rows - 1) / t.rows) * u.groups * splits
	depth := (u.depth + splits*t.depth - 1) / (splits * t.depth) * t.depth
	// The unit with most blocks decides. Few threads do not fill one.
	most := (blocks + units - 1) / units
	filled := min(1, float64(min(most, t.resident)*t.threads)/256)
	memory, start := float64(memoryCost), float64(startCost)
	if t.tensor {
		memory, start = 8*memory, 8*start
	}
	time := float64(most*t.rows*t.columns*(depth+blockCost)) / (t.speed * (0.25 + 0.75*filled))
	if splits > 1 {
		time += start + float64(splits+1)*float64(u.rows*u.groups*columns)*memory/float64(units)
	}
	return time
}
