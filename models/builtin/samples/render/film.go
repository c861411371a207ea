package render

import (
	"context"
	"image"
	"image/color"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Options is what a picture depends on besides the scene.
type Options struct {
	Width, Height int
	// Samples is the number of paths through each pixel.
	Samples int
	Seed    uint32
}

// pixel is the mean of a pixel's samples.
type pixel struct {
	seen
	// noise is the variance of the mean of the brightness.
	noise float64
}

// Picture renders the scene. The mask has, for every pixel, the label of the
// object that most of its samples saw first. The error is the context's.
func (s *Scene) Picture(ctx context.Context, o Options) (*image.RGBA, *image.Gray, error) {
	pixels := make([]pixel, o.Width*o.Height)
	view := s.Camera.view(o.Width, o.Height)
	var row atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for y := int(row.Add(1) - 1); y < o.Height && ctx.Err() == nil; y = int(row.Add(1) - 1) {
				for x := range o.Width {
					pixels[y*o.Width+x] = s.expose(view, x, y, o)
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	mask := image.NewGray(image.Rect(0, 0, o.Width, o.Height))
	for i := range pixels {
		mask.Pix[i] = uint8(pixels[i].label)
	}
	return s.develop(denoise(pixels, o.Width, o.Height), o.Width, o.Height), mask, nil
}

// expose takes a pixel's samples.
func (s *Scene) expose(v view, x, y int, o Options) pixel {
	var sum pixel
	votes := make(map[int]int, 2)
	squares := 0.0
	for i := range o.Samples {
		rnd := sampler{pixel: mix32(uint32(y*o.Width+x)+o.Seed*0x9e3779b9) + 1, sample: uint32(i)}
		dx, dy := rnd.next2()
		lx, ly := rnd.next2()
		c := s.trace(v.ray(float64(x)+dx, float64(y)+dy, lx, ly), &rnd)
		sum.light = sum.light.Add(c.light)
		sum.color = sum.color.Add(c.color)
		sum.normal = sum.normal.Add(c.normal)
		sum.distance += min(c.distance, 1e6)
		votes[c.label]++
		b := c.light.luminance()
		squares += b * b
	}
	n := float64(o.Samples)
	mean := sum.light.luminance() / n
	sum.noise = max(0, squares/n-mean*mean) / n
	sum.light, sum.color, sum.normal = sum.light.Scale(1/n), sum.color.Scale(1/n), sum.normal.Scale(1/n)
	sum.distance /= n
	for label, count := range votes {
		if 2*count > o.Samples {
			sum.label = label
		}
	}
	return sum
}

// view is a camera made ready for pictures of one size.
type view struct {
	from, corner, right, down Vec
	lensX, lensY              Vec
}

func (c Camera) view(width, height int) view {
	focus := c.Focus
	if focus == 0 {
		focus = c.At.Sub(c.From).Len()
	}
	back := c.From.Sub(c.At).Unit()
	right := V(0, 1, 0).Cross(back).Unit()
	up := back.Cross(right)
	high := 2 * focus * math.Tan(c.Angle*math.Pi/360)
	pixel := high / float64(height)
	return view{
		from: c.From, right: right.Scale(pixel), down: up.Scale(-pixel),
		corner: c.From.Sub(back.Scale(focus)).Sub(right.Scale(pixel * float64(width) / 2)).Add(up.Scale(high / 2)),
		lensX:  right.Scale(c.Aperture), lensY: up.Scale(c.Aperture),
	}
}

// ray is the ray through a place of the picture, in pixels, and a place of the
// lens.
func (v view) ray(x, y, lensU, lensV float64) Ray {
	r, phi := math.Sqrt(lensU), 2*math.Pi*lensV
	from := v.from.Add(v.lensX.Scale(r * math.Cos(phi))).Add(v.lensY.Scale(r * math.Sin(phi)))
	to := v.corner.Add(v.right.Scale(x)).Add(v.down.Scale(y))
	return Ray{from, to.Sub(from).Unit()}
}

// develop turns light into sRGB with a film's soft shoulder (Narkowicz's fit
// of the ACES curve).
func (s *Scene) develop(light []Vec, width, height int) *image.RGBA {
	exposure := s.Camera.Exposure
	if exposure == 0 {
		exposure = 1
	}
	curve := func(v float64) uint8 {
		v *= 0.6 * exposure
		v = Clamp(v*(2.51*v+0.03)/(v*(2.43*v+0.59)+0.14), 0, 1)
		return uint8(toSRGB(v)*255 + 0.5)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, l := range light {
		img.SetRGBA(i%width, i/width, color.RGBA{curve(l.X), curve(l.Y), curve(l.Z), 255})
	}
	return img
}

// Paletted gives a mask a palette, in which a PNG file of it takes a few
// hundred bytes: index i is label i.
func Paletted(mask *image.Gray) *image.Paletted {
	p := image.NewPaletted(mask.Rect, color.Palette{
		color.Black, color.White, color.RGBA{255, 128, 0, 255}, color.RGBA{0, 128, 255, 255},
	})
	copy(p.Pix, mask.Pix)
	return p
}
