package cpu

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// layers are convolutions of well-known networks for pictures of 224x224.
var layers = []struct {
	network                      string
	inC, outC, size, kernel, str int
}{
	{"vgg16", 3, 64, 224, 3, 1},
	{"vgg16", 64, 64, 224, 3, 1},
	{"vgg16", 128, 128, 112, 3, 1},
	{"vgg16", 256, 256, 56, 3, 1},
	{"vgg16", 512, 512, 28, 3, 1},
	{"vgg16", 512, 512, 14, 3, 1},
	{"resnet50", 3, 64, 224, 7, 2},
	{"resnet50", 64, 64, 56, 3, 1},
	{"resnet50", 128, 128, 28, 3, 1},
	{"resnet50", 256, 256, 14, 3, 1},
	{"resnet50", 512, 512, 7, 3, 1},
	{"resnet50", 64, 256, 56, 1, 1},
	{"resnet50", 256, 64, 56, 1, 1},
	{"resnet50", 512, 128, 28, 1, 1},
	{"resnet50", 128, 512, 28, 1, 1},
	{"resnet50", 1024, 256, 14, 1, 1},
	{"resnet50", 256, 1024, 14, 1, 1},
	{"resnet50", 2048, 512, 7, 1, 1},
	{"resnet50", 512, 2048, 7, 1, 1},
	{"resnet50", 256, 512, 56, 1, 2},
	{"resnet50", 128, 128, 56, 3, 2},
	{"squeezenet1_1", 3, 64, 224, 3, 2},
	{"squeezenet1_1", 64, 16, 55, 1, 1},
	{"squeezenet1_1", 16, 64, 55, 1, 1},
	{"squeezenet1_1", 16, 64, 55, 3, 1},
	{"squeezenet1_1", 32, 128, 27, 3, 1},
	{"squeezenet1_1", 64, 256, 13, 3, 1},
	{"squeezenet1_1", 512, 1000, 13, 1, 1},
	{"densenet121", 128, 32, 56, 3, 1},
	{"densenet121", 128, 32, 14, 3, 1},
	{"densenet121", 512, 128, 14, 1, 1},
}

func layerGeometry(inC, outC, size, kernel, stride int) Geometry {
	pad := kernel / 2
	out := (size+2*pad-kernel)/stride + 1
	return Geometry{
		Batch: 1, InC: inC, InH: size, InW: size, OutC: outC, OutH: out, OutW: out,
		Kernel: [2]int{kernel, kernel}, Stride: [2]int{stride, stride}, Pad: [4]int{pad, pad, pad, pad},
	}
}

// naiveSpeed is what seven nested loops reach on one core, in GF/s.
func naiveSpeed() float64 {
	const c, size = 32, 28
	g := layerGeometry(c, c, size, 3, 1)
	src, weight, dst := make([]float32, c*size*size), make([]float32, c*c*9), make([]float32, c*size*size)
	best := math.Inf(1)
	for range 3 {
		start := time.Now()
		for o := range c {
			for y := range size {
				for x := range size {
					var sum float32
					for i := range c {
						for ky := range 3 {
							for kx := range 3 {
								iy, ix := y+ky-1, x+kx-1
								if iy >= 0 && iy < size && ix >= 0 && ix < size {
									sum += weight[((o*c+i)*3+ky)*3+kx] * src[(i*size+iy)*size+ix]
								}
							}
						}
					}
					dst[(o*size+y)*size+x] = sum
				}
			}
		}
		best = min(best, time.Since(start).Seconds())
	}
	return 2 * float64(g.MACs()) / best / 1e9
}

// BenchmarkConv tells each layer's GF/s, counted by the definition of
// convolution whatever the algorithm, and how many times a naive loop that is.
func BenchmarkConv(b *testing.B) {
	naive := naiveSpeed()
	for _, level := range Levels() {
		if level == Generic {
			continue
		}
		d, err := NewLevel(0, level)
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		for _, l := range layers {
			g := layerGeometry(l.inC, l.outC, l.size, l.kernel, l.str)
			algorithms := []Algorithm{Direct}
			if g.filled().winogradPossible() {
				algorithms = append(algorithms, Winograd)
			}
			for _, a := range algorithms {
				name := "direct"
				if a == Winograd {
					name = "winograd"
				}
				b.Run(fmt.Sprintf("%s/%s/%dto%d_%d_%dx%d_%d/%s", string(level), l.network, l.inC, l.outC, l.size, l.kernel, l.kernel, l.str, name), func(b *testing.B) {
					w := make([]float32, g.OutC*g.InC*g.Kernel[0]*g.Kernel[1])
					for i := range w {
						w[i] = float32(i%7) - 3
					}
					src, dst := make([]float32, g.filled().inLen()), make([]float32, g.filled().outLen())
					for i := range src {
						src[i] = float32(i%5) - 2
					}
					bias := make([]float32, g.OutC)
					c, err := d.NewConv(g, w, nil, a)
					if err != nil {
						b.Fatal(err)
					}
					c.Forward(dst, src, bias, nil, ReLU)
					b.ReportAllocs()
					for b.Loop() {
						c.Forward(dst, src, bias, nil, ReLU)
					}
					speed := 2 * float64(g.MACs()) * float64(b.N) / b.Elapsed().Seconds() / 1e9
					b.ReportMetric(speed, "GF/s")
					b.ReportMetric(speed/naive, "x-naive")
				})
			}
		}
	}
}
