package zoo

import "strings"

// Published is a file of trained weights on its publisher's server.
type Published struct {
	// Network is the architecture's name.
	Network string `json:"network"`
	// URL of the file, a PyTorch state dict.
	URL string `json:"url"`
	// Size in bytes. It may be off by Slack.
	Size, Slack int64 `json:"-"`
	// Top1 is the share of ImageNet-1k's validation pictures, in percent, whose
	// class the network names, as its publisher states it.
	Top1 float64 `json:"top1"`
	// Licence of the weights.
	Licence string `json:"licence"`
}

// File is the file's name.
func (p Published) File() string { return p.URL[strings.LastIndexByte(p.URL, '/')+1:] }

// SHA256 is the beginning of the file's SHA-256 in hexadecimal digits, which
// publishers put at the end of its name.
func (p Published) SHA256() string {
	stem := strings.TrimSuffix(p.File(), ".pth")
	return stem[strings.LastIndexByte(stem, '-')+1:]
}

// torchvision describes weights that torchvision calls IMAGENET1K_V1, which most
// papers mean by a network's name: the file's name, its size in mebibytes, which
// torchvision states to a thousandth, and the accuracy in percent.
func torchvision(file string, mebibytes, top1 float64) *Published {
	return &Published{
		URL:  "https://download.pytorch.org/models/" + file,
		Size: int64(mebibytes * (1 << 20)), Slack: 1 << 10,
		Top1: top1,
		// torchvision's licence, and what its documentation adds.
		Licence: "BSD-3-Clause; ImageNet's terms of access may apply",
	}
}

// Catalogue lists the weights that are published for the architectures.
func Catalogue() []Published {
	var list []Published
	for _, a := range architectures() {
		if a.published != nil {
			p := *a.published
			p.Network = a.name
			list = append(list, p)
		}
	}
	return list
}
