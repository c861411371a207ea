package zoo

import (
	"strconv"
	"strings"

	"gaze/models"
)

// yolo is a row of the classifiers of YOLOv8: the widths of its convolutions and
// the numbers of blocks.
type yolo struct {
	name   string
	widths [5]int
	blocks [4]int
}

// yolos are the classifiers of Jocher et al., Ultralytics YOLOv8, with the names
// and the shapes that the published configuration yolov8-cls gives. The networks
// see pixels from 0 to 1.
func yolos() []architecture {
	rows := []yolo{
		{"yolov8n-cls", [5]int{16, 32, 64, 128, 256}, [4]int{1, 2, 2, 1}},
		{"yolov8s-cls", [5]int{32, 64, 128, 256, 512}, [4]int{1, 2, 2, 1}},
		{"yolov8m-cls", [5]int{48, 96, 192, 384, 768}, [4]int{2, 4, 4, 2}},
		{"yolov8l-cls", [5]int{64, 128, 256, 512, 1024}, [4]int{3, 6, 6, 3}},
		{"yolov8x-cls", [5]int{80, 160, 320, 640, 1280}, [4]int{3, 6, 6, 3}},
	}
	in := models.ImageNetInput(224, 224)
	in.Mean, in.Std = []float32{0, 0, 0}, []float32{1, 1, 1}
	// Programs that save the row of layers alone lose the first part of the names.
	row := naming{rename: func(name string) string { return strings.TrimPrefix(name, "model.") }}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, input: in, build: r.build, namings: []naming{row}})
	}
	return list
}

func (r yolo) build(b *builder) {
	b.epsilon = 1e-3
	x, at := models.InputName, 0
	next := func() string {
		at++
		return "model." + strconv.Itoa(at-1)
	}
	for stage, width := range r.widths {
		x = b.yoloConv(next(), x, width, same(3, 2))
		if stage > 0 {
			x = b.c2f(next(), x, r.blocks[stage-1])
		}
	}
	last := next()
	x = b.yoloConv(last+".conv", x, 1280, same(1, 1))
	b.classifier(x, 1, func(x string) {
		x = b.plain(last+".pool", models.GlobalAvgPool, x)
		x = b.plain("flatten", models.Flatten, x)
		x = b.plain(last+".drop", models.Dropout, x)
		b.linear(last+".linear", x, -1)
	})
}

// yoloConv is a convolution with batch normalisation and SiLU, whose output has
// the name of the whole.
func (b *builder) yoloConv(name, in string, out int, w window) string {
	return b.convNorm(name+".conv", name+".bn", name, models.SiLU, in, out, 1, w)
}

// c2f splits its channels in halves, of which the second goes through n blocks of
// two convolutions with a shortcut, and joins the halves and the outputs of all
// blocks.
func (b *builder) c2f(name, in string, n int) string {
	out := b.channels(in)
	x := b.yoloConv(name+".cv1", in, out, same(1, 1))
	half := b.slice(name+".chunk_2", x, out/2, out)
	parts := []string{b.slice(name+".chunk", x, 0, out/2), half}
	for i := range n {
		block := name + ".m." + strconv.Itoa(i)
		y := b.yoloConv(block+".cv1", half, out/2, same(3, 1))
		y = b.yoloConv(block+".cv2", y, out/2, same(3, 1))
		half = b.plain(block, models.Add, half, y)
		parts = append(parts, half)
	}
	x = b.plain(name+".cat", models.Concat, parts...)
	return b.yoloConv(name+".cv2", x, out, same(1, 1))
}
