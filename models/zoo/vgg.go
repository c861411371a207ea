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
		// plain are the published weights without batch normalisation, normed
		// those with it.
		plain, normed *Published
	}{
		{"vgg11", [5]int{1, 1, 2, 2, 2}, torchvision("vgg11-8a719046.pth", 506.840, 69.02), torchvision("vgg11_bn-6002323d.pth", 506.881, 70.37)},
		{"vgg13", [5]int{2, 2, 2, 2, 2}, torchvision("vgg13-19584684.pth", 507.545, 69.93), torchvision("vgg13_bn-abd245e5.pth", 507.590, 71.59)},
		{"vgg16", [5]int{2, 2, 3, 3, 3}, torchvision("vgg16-397923af.pth", 527.796, 71.59), torchvision("vgg16_bn-6c64b313.pth", 527.866, 73.36)},
		{"vgg19", [5]int{2, 2, 4, 4, 4}, torchvision("vgg19-dcbb9e9d.pth", 548.051, 72.38), torchvision("vgg19_bn-c79401a0.pth", 548.143, 74.22)},
	}
	widths := [5]int{64, 128, 256, 512, 512}
	var list []architecture
	for _, r := range rows {
		for _, norm := range []bool{false, true} {
			name, published := r.name, r.plain
			if norm {
				name, published = r.name+"_bn", r.normed
			}
			list = append(list, architecture{name: name, published: published, input: models.ImageNetInput(224, 256), namings: []naming{timmVGG()}, build: func(b *builder) {
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
				b.classifier(x, 7, func(x string) {
					x = b.adaptiveAvgPool("avgpool", x, 7)
					x = b.plain("flatten", models.Flatten, x)
					x = b.linear("classifier.0", x, 4096)
					x = b.plain("classifier.1", models.ReLU, x)
					x = b.plain("classifier.2", models.Dropout, x)
					x = b.linear("classifier.3", x, 4096)
					x = b.plain("classifier.4", models.ReLU, x)
					x = b.plain("classifier.5", models.Dropout, x)
					b.linear("classifier.6", x, -1)
				})
			}})
		}
	}
	return list
}

// alexNets is the network of Krizhevsky, One weird trick, arXiv:1404.5997, as
// torchvision builds it.
func alexNets() []architecture {
	return []architecture{{name: "alexnet", published: torchvision("alexnet-owt-7be5be79.pth", 233.087, 56.52), input: models.ImageNetInput(224, 256), build: func(b *builder) {
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
		b.classifier(x, 6, func(x string) {
			x = b.adaptiveAvgPool("avgpool", x, 6)
			x = b.plain("flatten", models.Flatten, x)
			x = b.plain("classifier.0", models.Dropout, x)
			x = b.linear("classifier.1", x, 4096)
			x = b.plain("classifier.2", models.ReLU, x)
			x = b.plain("classifier.3", models.Dropout, x)
			x = b.linear("classifier.4", x, 4096)
			x = b.plain("classifier.5", models.ReLU, x)
			b.linear("classifier.6", x, -1)
		})
	}}}
}
