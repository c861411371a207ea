package zoo

import "strings"

// Published is a file of trained weights on its publisher's server.
type Published struct {
	// Network is the architecture's name.
	Network string `json:"network"`
	// URL of the file.
	URL string `json:"url"`
	// Digest of the file. Without an algorithm, the publisher states none.
	Digest Digest `json:"-"`
	// Size in bytes. It may be off by Slack.
	Size, Slack int64 `json:"-"`
	// Top1 is the share of ImageNet-1k's validation pictures, in percent, whose
	// class the network names, as its publisher states it; 0 where it does not.
	Top1 float64 `json:"top1,omitempty"`
	// Licence of the weights.
	Licence string `json:"licence"`
}

// File is the file's name.
func (p Published) File() string { return p.URL[strings.LastIndexByte(p.URL, '/')+1:] }

// Digest tells a file's content.
type Digest struct {
	// Algorithm is SHA256 or MD5.
	Algorithm Algorithm
	// Hex are the hexadecimal digits, or the first of them.
	Hex string
}

// Algorithm makes a digest.
type Algorithm string

// The algorithms that publishers use.
const (
	SHA256 Algorithm = "SHA-256"
	MD5    Algorithm = "MD5"
)

// named is the digest at the end of a file's name, where PyTorch's publishers put the
// beginning of its SHA-256: "resnet50-0676ba61.pth".
func named(url string) Digest {
	stem := strings.TrimSuffix(url, ".pth")
	return Digest{SHA256, stem[strings.LastIndexByte(stem, '-')+1:]}
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
			p.Network, p.Digest = a.name, named(p.URL)
			list = append(list, p)
		}
	}
	return list
}
