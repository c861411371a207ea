package cam

// upsample interpolates a height x width plane bilinearly into dst, of toHeight
// x toWidth. With corners, the outermost pixels' centres lie on each other, as
// with PyTorch's align_corners=True; otherwise pixel centres lie at halves and
// the border continues outwards, as with OpenCV's INTER_LINEAR.
func upsample(plane []float32, height, width int, dst []float32, toHeight, toWidth int, corners bool) {
	columns := between(width, toWidth, corners)
	for y, row := range between(height, toHeight, corners) {
		above, below := plane[row.a*width:][:width], plane[row.b*width:][:width]
		for x, c := range columns {
			top := above[c.a] + float32(c.t*(above[c.b]-above[c.a]))
			bottom := below[c.a] + float32(c.t*(below[c.b]-below[c.a]))
			dst[y*toWidth+x] = top + float32(row.t*(bottom-top))
		}
	}
}

// mix is a value as (1-t)*v[a] + t*v[b].
type mix struct {
	a, b int
	t    float32
}

// between says for each of n pixels between which two of m it lies.
func between(m, n int, corners bool) []mix {
	list := make([]mix, n)
	for i := range list {
		u := (float64(i)+0.5)*float64(m)/float64(n) - 0.5
		if corners {
			u = 0
			if n > 1 {
				u = float64(i) * float64(m-1) / float64(n-1)
			}
		}
		u = max(0, min(float64(m-1), u))
		a := int(u)
		list[i] = mix{a, min(a+1, m-1), float32(u - float64(a))}
	}
	return list
}

// stretch brings values to 0..1 by (v - min) / (max - min + epsilon).
func stretch(values []float32, epsilon float32) {
	if len(values) == 0 {
		return
	}
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	for i, v := range values {
		values[i] = (v - lo) / (hi - lo + epsilon)
	}
}
