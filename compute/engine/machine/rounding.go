package machine

// Devices accept the rounding of Winograd's F(4x4,3x3) from so many input channels
// on. They accept it from fewer where images are as wide as this, as in the first
// layers of ResNets and VGGs: there the algorithm saves most.
//
// Rounding tips ReLUs whose input is nearly zero the other way, and that moves
// HiResCAM maps of middle layers. Over 60 photographs, 224 of 840 maps of
// SqueezeNet 1.1 and the built-in network would move by more than a thousandth if
// all convolutions were computed in this way. With F(2x2,3x3), which takes its
// place, 30 do; 37 do if only the order of summing changes. In GoogLeNet, whose
// layers are wider, 82 of 180 maps of early and middle layers move so far with
// these bounds, and 42 with F(2x2,3x3) alone.
const (
	winogradChannels     = 96
	winogradWideChannels = 64
	winogradWide         = 28
)

// AcceptsRounding tells whether a convolution of so many input channels to an
// output of that size may be computed by Winograd's F(4x4,3x3). All devices ask it,
// so that maps differ as little as possible between them.
func AcceptsRounding(channels, height, width int) bool {
	return channels >= winogradChannels || channels >= winogradWideChannels && min(height, width) >= winogradWide
}
