package models

// Kind is the operation a layer does.
type Kind string

// The operations a network can be made of.
const (
	Conv            Kind = "Conv"            // two-dimensional cross-correlation, NCHW
	BatchNorm       Kind = "BatchNorm"       // with fixed statistics
	ReLU            Kind = "ReLU"            // max(x, 0)
	ReLU6           Kind = "ReLU6"           // min(max(x, 0), 6)
	MaxPool         Kind = "MaxPool"         // padding never wins
	AvgPool         Kind = "AvgPool"         // padding counts as zeros
	AdaptiveAvgPool Kind = "AdaptiveAvgPool" // mean over windows that make an output of Attr.Output
	GlobalAvgPool   Kind = "GlobalAvgPool"   // mean over H and W, keeps 1 x C x 1 x 1
	Linear          Kind = "Linear"          // x Wᵀ + b
	Flatten         Kind = "Flatten"         // all axes but the first become one
	Add             Kind = "Add"             // sum of inputs of one shape
	Concat          Kind = "Concat"          // along the channels
	Dropout         Kind = "Dropout"         // nothing, at inference
	Sequential      Kind = "Sequential"      // a container's output: its last layer's, under the container's name
)

// Attr holds the numbers an operation needs besides its parameters. Fields
// that a kind does not use are zero.
type Attr struct {
	// Kernel, Stride and Dilation in rows and columns, for Conv, MaxPool and
	// AvgPool.
	Kernel, Stride, Dilation [2]int
	// Pad in rows and columns: top, left, bottom, right.
	Pad [4]int
	// Groups of a Conv.
	Groups int
	// Ceil rounds a pooling's output size up: a last window may begin inside
	// the input and hang over its end.
	Ceil bool
	// Output is an AdaptiveAvgPool's output size in rows and columns.
	Output [2]int
	// Epsilon is added to a BatchNorm's variance.
	Epsilon float64
}
