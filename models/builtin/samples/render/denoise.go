package render

import "math"

// denoise averages neighbouring pixels of the same surface: four passes of an
// edge-avoiding à-trous filter (Dammertz et al. 2010) over the light divided by
// the surfaces' colour, which keeps textures sharp. Pixels whose brightness
// differs by much more than their noise are not averaged.
func denoise(pixels []pixel, width, height int) []Vec {
	light, noise := make([]Vec, len(pixels)), make([]float64, len(pixels))
	tint := make([]Vec, len(pixels))
	for i := range pixels {
		p := &pixels[i]
		tint[i] = p.color.Add(Grey(0.02))
		light[i] = V(p.light.X/tint[i].X, p.light.Y/tint[i].Y, p.light.Z/tint[i].Z)
		g := tint[i].luminance()
		noise[i] = p.noise / (g * g)
	}
	nextLight, nextNoise := make([]Vec, len(pixels)), make([]float64, len(pixels))
	kernel := [3]float64{3. / 8, 1. / 4, 1. / 16}
	for _, step := range [4]int{1, 2, 4, 8} {
		for y := range height {
			for x := range width {
				i := y*width + x
				p := &pixels[i]
				spread := 2*math.Sqrt(blurred(noise, width, height, x, y)) + 1e-4
				var sum Vec
				var total, variance float64
				for dy := -2; dy <= 2; dy++ {
					for dx := -2; dx <= 2; dx++ {
						u, v := x+dx*step, y+dy*step
						if u < 0 || v < 0 || u >= width || v >= height {
							continue
						}
						j := v*width + u
						q := &pixels[j]
						w := kernel[max(dx, -dx)] * kernel[max(dy, -dy)]
						w *= math.Pow(max(0, 1-8*(1-closeness(p.normal, q.normal))), 2)
						if w == 0 {
							continue
						}
						w *= math.Exp(-math.Abs(p.distance-q.distance)/(0.01*p.distance*float64(step)+1e-6) -
							math.Abs(light[i].luminance()-light[j].luminance())/spread)
						sum = sum.Add(light[j].Scale(w))
						total += w
						variance += w * w * noise[j]
					}
				}
				nextLight[i], nextNoise[i] = light[i], noise[i]
				if total > 0 {
					nextLight[i], nextNoise[i] = sum.Scale(1/total), variance/(total*total)
				}
			}
		}
		light, nextLight = nextLight, light
		noise, nextNoise = nextNoise, noise
	}
	for i := range light {
		light[i] = light[i].Mul(tint[i])
	}
	return light
}

// closeness is the cosine between two mean normals, 1 for two pixels that see
// the sky.
func closeness(a, b Vec) float64 {
	la, lb := a.Len(), b.Len()
	if la < 1e-6 || lb < 1e-6 {
		if la < 1e-6 && lb < 1e-6 {
			return 1
		}
		return 0
	}
	return a.Dot(b) / (la * lb)
}

// blurred is the mean of a value over 3x3 pixels.
func blurred(v []float64, width, height, x, y int) float64 {
	sum, n := 0.0, 0.0
	for j := max(0, y-1); j <= min(height-1, y+1); j++ {
		for i := max(0, x-1); i <= min(width-1, x+1); i++ {
			sum += v[j*width+i]
			n++
		}
	}
	return sum / n
}
