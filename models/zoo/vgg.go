package zoo

import (
	"strconv"

	"gaze/models"
)

// vggs are the networks of Simonyan and Zisserman, Very Deep Convolutional
// Networks, arXiv:1409.1556, as torchvision builds them, with and without batch
// normalisation.
func vggs() []architecture {
	rows := []struct {
		name string
		// convs counts the 3x3 convolutions of each width, before the pooling
		// that ends it.
		convs [5]int
	}{
		{"vgg11", [5]int{1, 1, 2, 2, 2}},
		{"vgg13", [5]int{2, 2, 2, 2, 2}},
		{"vgg16", [5]int{2, 2, 3, 3, 3}},
		{"vgg19", [5]int{2, 2, 4, 4, 4}},
	}
	widths := [5]int{64, 128, 256, 512, 512}
	var list []architecture
	for _, r := range rows {
		for _, norm := range []bool{false, true} {
			name := r.name
			if norm {
				name += "_bn"
			}
			list = append(list, architecture{name: name, input: models.ImageNetInput(224, 256), build: func(b *builder) {
				x, i := models.InputName, 0
				next := func() string {
					i++
					return "features." + strconv.Itoa(i-1)
				}
				for stage, n := range r.convs {
					for range n {
						x = b.conv(next(), x, widths[stage], window{3, 1, 1}, true)
						if norm {
							x = b.batchNorm(next(), x)
						}
						x = b.plain(next(), models.ReLU, x)
					}
					x = b.maxPool(next(), x, window{2, 2, 0}, false)
				}
				x = b.adaptiveAvgPool("avgpool", x, 7)
				x = b.plain("flatten", models.Flatten, x)
				x = b.linear("classifier.0", x, 4096)
				x = b.plain("classifier.1", models.ReLU, x)
				x = b.plain("classifier.2", models.Dropout, x)
				x = b.linear("classifier.3", x, 4096)
				x = b.plain("classifier.4", models.ReLU, x)
				x = b.plain("classifier.5", models.Dropout, x)
				b.linear("classifier.6", x, -1)
			}})
		}
	}
	return list
}

// alexNets is the network of Krizhevsky, One weird trick, arXiv:1404.5997, as
// torchvision builds it.
func alexNets() []architecture {
	return []architecture{{name: "alexnet", input: models.ImageNetInput(224, 256), build: func(b *builder) {
		x := b.conv("features.0", models.InputName, 64, window{11, 4, 2}, true)
		x = b.plain("features.1", models.ReLU, x)
		x = b.maxPool("features.2", x, window{3, 2, 0}, false)
		x = b.conv("features.3", x, 192, window{5, 1, 2}, true)
		x = b.plain("features.4", models.ReLU, x)
		x = b.maxPool("features.5", x, window{3, 2, 0}, false)
		for i, out := range []int{384, 256, 256} {
			x = b.conv("features."+strconv.Itoa(6+2*i), x, out, window{3, 1, 1}, true)
			x = b.plain("features."+strconv.Itoa(7+2*i), models.ReLU, x)
		}
		x = b.maxPool("features.12", x, window{3, 2, 0}, false)
		x = b.adaptiveAvgPool("avgpool", x, 6)
		x = b.plain("flatten", models.Flatten, x)
		x = b.plain("classifier.0", models.Dropout, x)
		x = b.linear("classifier.1", x, 4096)
		x = b.plain("classifier.2", models.ReLU, x)
		x = b.plain("classifier.3", models.Dropout, x)
		x = b.linear("classifier.4", x, 4096)
		x = b.plain("classifier.5", models.ReLU, x)
		b.linear("classifier.6", x, -1)
	}}}
}
