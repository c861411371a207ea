package zoo

import (
	"math"
	"strconv"

	"gaze/models"
)

// regNet is a row of the RegNets: four stages of bottlenecks whose 3x3
// convolution has groups of group channels. RegNetY has squeeze and excitation.
type regNet struct {
	name      string
	excite    bool
	group     int
	widths    [4]int
	blocks    [4]int
	published *Published
}

// regNets are the networks of Radosavovic et al., Designing Network Design
// Spaces, arXiv:2003.13678, as torchvision builds them, up to 3.2 billion
// multiply-adds. Widths and blocks are what the paper's rule gives.
func regNets() []architecture {
	rows := []regNet{
		{"regnet_x_400mf", false, 16, [4]int{32, 64, 160, 400}, [4]int{1, 2, 7, 12}, torchvision("regnet_x_400mf-adf1edd5.pth", 21.258, 72.83)},
		{"regnet_x_800mf", false, 16, [4]int{64, 128, 288, 672}, [4]int{1, 3, 7, 5}, torchvision("regnet_x_800mf-ad17e45c.pth", 27.945, 75.21)},
		{"regnet_x_1_6gf", false, 24, [4]int{72, 168, 408, 912}, [4]int{2, 4, 10, 2}, torchvision("regnet_x_1_6gf-e3633e7f.pth", 35.339, 77.04)},
		{"regnet_x_3_2gf", false, 48, [4]int{96, 192, 432, 1008}, [4]int{2, 6, 15, 2}, torchvision("regnet_x_3_2gf-f342aeae.pth", 58.756, 78.36)},
		{"regnet_y_400mf", true, 8, [4]int{48, 104, 208, 440}, [4]int{1, 3, 6, 6}, torchvision("regnet_y_400mf-c65dace8.pth", 16.806, 74.05)},
		{"regnet_y_800mf", true, 16, [4]int{64, 144, 320, 784}, [4]int{1, 3, 8, 2}, torchvision("regnet_y_800mf-1b27b58c.pth", 24.774, 76.42)},
		{"regnet_y_1_6gf", true, 24, [4]int{48, 120, 336, 888}, [4]int{2, 6, 17, 2}, torchvision("regnet_y_1_6gf-b11a554e.pth", 43.152, 77.95)},
		{"regnet_y_3_2gf", true, 24, [4]int{72, 216, 576, 1512}, [4]int{2, 5, 13, 1}, torchvision("regnet_y_3_2gf-b5a9779c.pth", 74.567, 78.95)},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, 256), build: r.build, namings: []naming{timmRegNet(), transformersRegNet(r.excite)}})
	}
	return list
}

func (r regNet) build(b *builder) {
	x := b.normAct("stem", models.ReLU, models.InputName, 32, 1, same(3, 2))
	for stage, width := range r.widths {
		part := "block" + strconv.Itoa(stage+1)
		name := "trunk_output." + part
		for i := range r.blocks[stage] {
			stride := 1
			if i == 0 {
				stride = 2
			}
			x = r.block(b, name+"."+part+"-"+strconv.Itoa(i), x, width, stride)
		}
		x = b.plain(name, models.Sequential, x)
	}
	b.head("fc", x)
}

func (r regNet) block(b *builder, name, in string, width, stride int) string {
	shortcut, x := b.beside(func() string {
		if stride == 1 && b.channels(in) == width {
			return in
		}
		return b.normAct(name+".proj", "", in, width, 1, same(1, stride))
	}, func() string {
		x := b.normAct(name+".f.a", models.ReLU, in, width, 1, same(1, 1))
		x = b.normAct(name+".f.b", models.ReLU, x, width, width/r.group, same(3, stride))
		if r.excite {
			squeeze := int(math.RoundToEven(float64(b.channels(in)) / 4))
			x = b.squeezeExcitation(name+".f.se", x, squeeze, models.ReLU, models.Sigmoid)
		}
		return b.normAct(name+".f.c", "", x, width, 1, same(1, 1))
	})
	x = b.plain(name+".add", models.Add, shortcut, x)
	return b.plain(name+".activation", models.ReLU, x)
}
