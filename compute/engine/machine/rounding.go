package machine

// The rounding of Winograd's F(4x4,3x3) is accepted from so many input channels
// on, or from fewer where images are as wide as this, as in the first layers of
// ResNets and VGGs: there it saves most. It tips ReLUs whose input is nearly zero
// the other way, which moves HiResCAM maps of middle layers. Over 60 photographs
// 224 of 840 maps of SqueezeNet 1.1 and the built-in network would move by more
// than a thousandth if it were taken everywhere. With F(2x2,3x3), which is taken
// instead, 30 do, and 37 do where a sum is only taken in another order. In
// GoogLeNet, whose layers are wider, 82 of 180 maps of early and middle layers
// move so far with these bounds, and 42 with F(2x2,3x3) alone.
const (
	winogradChannels     = 96
	winogradWideChannels = 64
	winogradWide         = 28
)

// AcceptsRounding tells whether that rounding is accepted for a convolution of
// so many input channels to an output of that size.
func AcceptsRounding(channels, height, width int) bool {
	return channels >= winogradChannels || channels >= winogradWideChannels && min(height, width) >= winogradWide
}
