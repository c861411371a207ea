package models

// Kind is the operation that a layer does.
type Kind string

// The operations that a network can be made of, with x for the input. The table
// in kinds.go has a row for each.
const (
	Conv      Kind = "Conv"      // two-dimensional cross-correlation, NCHW
	Linear    Kind = "Linear"    // x Wᵀ + b over the channels; with four axes, at every pixel
	BatchNorm Kind = "BatchNorm" // each channel normalised with fixed statistics, then x weight + bias
	LayerNorm Kind = "LayerNorm" // each pixel normalised over its channels, then x weight + bias
	LRN       Kind = "LRN"       // x / (K + Alpha/Size Σ x²)^Beta over Size neighbouring channels
	Scale     Kind = "Scale"     // x weight + bias, each of one number, one a channel, or one an element

	ReLU        Kind = "ReLU"        // max(x, 0)
	ReLU6       Kind = "ReLU6"       // min(max(x, 0), 6)
	Clip        Kind = "Clip"        // min(max(x, Min), Max); the derivative is 0 at the bounds
	LeakyReLU   Kind = "LeakyReLU"   // x, or Alpha x below zero
	PReLU       Kind = "PReLU"       // x, or weight x below zero, one weight or one a channel
	ELU         Kind = "ELU"         // x, or Alpha (exp(x) - 1) below zero
	Sigmoid     Kind = "Sigmoid"     // 1 / (1 + exp(-x))
	Tanh        Kind = "Tanh"        // the hyperbolic tangent
	SiLU        Kind = "SiLU"        // x sigmoid(x)
	HardSigmoid Kind = "HardSigmoid" // min(max(Alpha x + Beta, 0), 1)
	HardSwish   Kind = "HardSwish"   // x min(max(x/6 + 1/2, 0), 1)
	GELU        Kind = "GELU"        // x Φ(x), Φ the normal distribution
	GELUTanh    Kind = "GELUTanh"    // GELU by its approximation with tanh
	Softplus    Kind = "Softplus"    // ln(1 + exp(x))
	Softsign    Kind = "Softsign"    // x / (1 + |x|)
	SELU        Kind = "SELU"        // 1.0507 times ELU with Alpha 1.67326
	CELU        Kind = "CELU"        // x, or Alpha (exp(x/Alpha) - 1) below zero
	Mish        Kind = "Mish"        // x tanh(ln(1 + exp(x)))
	Swish       Kind = "Swish"       // x sigmoid(Beta x)
	LogSigmoid  Kind = "LogSigmoid"  // -ln(1 + exp(-x))

	ThresholdedReLU Kind = "ThresholdedReLU" // x above Alpha, else 0

	Exp        Kind = "Exp"        // e to the power of x
	Log        Kind = "Log"        // the natural logarithm
	Sqrt       Kind = "Sqrt"       // the square root
	Abs        Kind = "Abs"        // |x|
	Reciprocal Kind = "Reciprocal" // 1 / x
	Erf        Kind = "Erf"        // the error function
	Sin        Kind = "Sin"        // the sine
	Cos        Kind = "Cos"        // the cosine
	Tan        Kind = "Tan"        // the tangent
	Sign       Kind = "Sign"       // -1, 0 or 1; the derivative is 0, as of the next three
	Floor      Kind = "Floor"      // the greatest whole number that is not above x
	Ceil       Kind = "Ceil"       // the least whole number that is not below x
	RoundEven  Kind = "RoundEven"  // the nearest whole number, of two the even one

	Softmax  Kind = "Softmax"  // exp(x) / Σ exp(x) along Attr.Axis
	Round    Kind = "Round"    // the nearest (i - Beta) Alpha with whole i from Min to Max; the derivative is a Clip's
	RoundOwn Kind = "RoundOwn" // the nearest of 256 steps between the picture's least and greatest x; the derivative is 1

	MaxPool         Kind = "MaxPool"         // maximum of each window; padding never wins
	AvgPool         Kind = "AvgPool"         // mean of each window; padding counts as zeros unless ExcludePad
	AdaptiveAvgPool Kind = "AdaptiveAvgPool" // mean over windows that make an output of Attr.Output
	GlobalAvgPool   Kind = "GlobalAvgPool"   // mean over H and W, keeps 1 x C x 1 x 1
	GlobalMaxPool   Kind = "GlobalMaxPool"   // maximum over H and W, keeps 1 x C x 1 x 1
	ChannelMean     Kind = "ChannelMean"     // mean over the channels, keeps 1 x 1 x H x W
	ChannelMax      Kind = "ChannelMax"      // maximum over the channels, keeps 1 x 1 x H x W

	Add Kind = "Add" // sum; axes of length 1 are repeated, as for the next three
	Sub Kind = "Sub" // difference of two
	Mul Kind = "Mul" // product
	Div Kind = "Div" // quotient of two

	Concat         Kind = "Concat"         // inputs one after the other along Attr.Axis
	Slice          Kind = "Slice"          // From, From+Step, ... before To, along Attr.Axis
	Pad            Kind = "Pad"            // Attr.Value added around H and W, Attr.Pad times on each side
	ChannelShuffle Kind = "ChannelShuffle" // channel g (C/Groups) + i becomes channel i Groups + g
	Permute        Kind = "Permute"        // N x C x H x W becomes N x H x W x C, or back
	Flatten        Kind = "Flatten"        // all axes but the first become one
	Reshape        Kind = "Reshape"        // the same numbers in the shape Attr.Shape, after the batch axis

	// The general operations take tensors of any number of axes: see [Layer.Shape].
	// Axes are numbered from 0, the first of a picture's own.

	Constant  Kind = "Constant"  // the parameter "value", whatever the picture; reads nothing
	View      Kind = "View"      // the same numbers in the shape Attr.Shape
	Transpose Kind = "Transpose" // axis i is the input's axis Attr.Order[i]
	Take      Kind = "Take"      // element i is the input's element Attr.Index[i], or Attr.Value where that is -1; in the shape Attr.Shape

	Pow          Kind = "Pow"          // the first to the power of the second
	Minimum      Kind = "Minimum"      // the lesser of two; equal ones share the derivative
	Maximum      Kind = "Maximum"      // the greater of two; equal ones share the derivative
	Less         Kind = "Less"         // 1 where the first is less than the second, else 0; no derivative, as the next four
	LessEqual    Kind = "LessEqual"    // 1 where the first is at most the second, else 0
	Greater      Kind = "Greater"      // 1 where the first is greater than the second, else 0
	GreaterEqual Kind = "GreaterEqual" // 1 where the first is at least the second, else 0
	Equal        Kind = "Equal"        // 1 where both are equal, else 0
	Where        Kind = "Where"        // the second where the first is not 0, else the third

	MatMul      Kind = "MatMul"      // product over the last two axes; axes before them of length 1 are repeated
	ReduceSum   Kind = "ReduceSum"   // sum over Attr.Axes, which stay with length 1, as for the next four
	ReduceMean  Kind = "ReduceMean"  // mean
	ReduceMax   Kind = "ReduceMax"   // maximum; equal ones share the derivative
	ReduceMin   Kind = "ReduceMin"   // minimum; equal ones share the derivative
	ReduceProd  Kind = "ReduceProd"  // product
	Standardize Kind = "Standardize" // (x - mean) / sqrt(variance + Epsilon), both over Attr.Axes

	// Transformers have tokens in the place of pixels: 1 x C x T x 1, or 1 x C x H x W.

	Tokens    Kind = "Tokens"    // the parameter "prefix", then the pixels in a column, plus "positions": see [Layer.Embedding]
	Quarters  Kind = "Quarters"  // pixels of even row and column, those below, right, and right below, as channels; zeros where a side is odd
	Attention Kind = "Attention" // softmax(Alpha q kᵀ + bias) v, by heads and windows: see [Layer.Windows]

	ConvTranspose Kind = "ConvTranspose" // the derivative of a convolution by its input: each number adds its weights to the output

	Dropout    Kind = "Dropout"    // x, because nothing is dropped at inference
	Identity   Kind = "Identity"   // x
	Sequential Kind = "Sequential" // x, the output of a container's last layer, under the container's name
)

// Attr holds the numbers that an operation needs besides its parameters. Fields
// that a kind does not use are zero.
type Attr struct {
	// Kernel, Stride and Dilation in rows and columns, for Conv, ConvTranspose,
	// MaxPool and AvgPool.
	Kernel, Stride, Dilation [2]int
	// Pad in rows and columns: top, left, bottom, right.
	Pad [4]int
	// Groups of a Conv, a ConvTranspose or a ChannelShuffle.
	Groups int
	// Ceil rounds a pooling's output size up: the last window may begin inside
	// the input and extend beyond its end.
	Ceil bool
	// ExcludePad makes an AvgPool divide by the elements inside the input.
	ExcludePad bool
	// Output is an AdaptiveAvgPool's output size in rows and columns, and the grid of
	// a Tokens layer's embedding.
	Output [2]int
	// Epsilon is added to the variance by BatchNorm, LayerNorm and Standardize.
	Epsilon float64
	// Alpha and Beta of LeakyReLU, ELU, HardSigmoid, Round and LRN, K of LRN; Alpha is
	// an Attention's scale.
	Alpha, Beta, K float64
	// Size is the number of neighbouring channels of LRN, including the channel
	// itself.
	Size int
	// Min and Max are the bounds of a Clip, and of a Round's whole numbers. A bound
	// that a Clip does not have is infinite.
	Min, Max float64
	// Value is the number that a Pad adds around the input, and a Take where nothing
	// is taken.
	Value float64
	// Axis of a Slice, a Concat or a Softmax: 1 for the channels, 2 for rows, 3 for
	// columns. 0 stands for the channels in a Concat and a Softmax.
	Axis int
	// From, To and Step of a Slice: it takes positions From, From+Step and so on
	// below To. Step is at least 1.
	From, To, Step int
	// Shape of a Reshape's output without the batch axis: C, or C x H x W. Of a View
	// and a Take, all axes of one picture's output.
	Shape []int
	// Order of a Transpose's axes.
	Order []int
	// Axes that a reduction or a Standardize works over, in ascending order.
	Axes []int
	// Index of a Take: for each element of its output the element of its input, in
	// row-major order, or -1.
	Index []int32
	// Heads of an Attention whose q, k and v are channels of one input; each has as
	// many of them, one after the other.
	Heads int
	// Window is the size of an Attention's windows in rows and columns, zero where
	// all positions attend to each other. Shift moves windows, Spread has them of
	// positions far apart.
	Window, Shift [2]int
	Spread        bool
	// Extra rows at the bottom and columns on the right of a ConvTranspose's output.
	Extra [2]int
}
