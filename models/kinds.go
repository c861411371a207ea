package models

import (
	"maps"
	"slices"

	"gorgonia.org/tensor"
)

// kinds has one row for each [Kind]. All that this package knows of a kind
// stands in its row; nothing else asks which kind a layer has, but for the few
// questions about structure that single out one kind, such as the classifier of
// [Network.DefaultLayer]. docs/adding.md tells how to add a row.
var kinds = map[Kind]traits{
	Conv:      {inputs: 1, axes: 4, shape: convShape, relation: computes, macs: weightMACs},
	Linear:    {inputs: 1, pixelwise: true, shape: linearShape, relation: computes, macs: weightMACs},
	BatchNorm: {inputs: 1, shape: batchNormShape, relation: finishes},
	LayerNorm: {inputs: 1, pixelwise: true, shape: layerNormShape, relation: finishes},
	LRN:       {inputs: 1, axes: 4, shape: lrnShape, relation: computes},
	Scale:     {inputs: 1, shape: scaleShape, relation: finishes},

	ReLU:        activation(),
	ReLU6:       activation(),
	Clip:        activation("Min", "Max"),
	LeakyReLU:   activation("Alpha"),
	ELU:         activation("Alpha"),
	Sigmoid:     activation(),
	Tanh:        activation(),
	SiLU:        activation(),
	HardSigmoid: activation("Alpha", "Beta"),
	HardSwish:   activation(),
	GELU:        activation(),
	GELUTanh:    activation(),
	Softplus:    activation(),
	Softsign:    activation(),
	SELU:        activation(),
	CELU:        activation("Alpha"),
	Mish:        activation(),
	Swish:       activation("Beta"),
	LogSigmoid:  activation(),

	ThresholdedReLU: activation("Alpha"),

	Exp:        activation(),
	Log:        activation(),
	Sqrt:       activation(),
	Abs:        activation(),
	Reciprocal: activation(),
	Erf:        activation(),
	Sin:        activation(),
	Cos:        activation(),
	Tan:        activation(),
	Sign:       activation(),
	Floor:      activation(),
	Ceil:       activation(),
	RoundEven:  activation(),

	PReLU:    {inputs: 1, shape: preluShape, relation: finishes},
	Softmax:  {inputs: 1, general: true, shape: softmaxShape, relation: computes},
	Round:    {inputs: 1, pixelwise: true, shape: roundShape, relation: finishes},
	RoundOwn: {inputs: 1, shape: sameShape, relation: finishes},

	MaxPool:         {inputs: 1, axes: 4, shape: maxPoolShape, relation: passes},
	AvgPool:         {inputs: 1, axes: 4, shape: avgPoolShape, relation: passes},
	AdaptiveAvgPool: {inputs: 1, axes: 4, shape: adaptiveShape, relation: passes, idle: unchanged},
	GlobalAvgPool:   {inputs: 1, axes: 4, shape: globalShape, relation: computes},
	GlobalMaxPool:   {inputs: 1, axes: 4, shape: globalShape, relation: computes},
	ChannelMean:     {inputs: 1, axes: 4, shape: channelShape, relation: computes},
	ChannelMax:      {inputs: 1, axes: 4, shape: channelShape, relation: computes},

	Add: {inputs: oneOrMore, pixelwise: true, general: true, shape: broadcastShape, relation: computes, idle: alone},
	Sub: {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Mul: {inputs: oneOrMore, pixelwise: true, general: true, shape: broadcastShape, relation: computes, idle: alone},
	Div: {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},

	Concat:         {inputs: oneOrMore, general: true, shape: concatShape, relation: computes, idle: alone},
	Slice:          {inputs: 1, general: true, shape: sliceShape, relation: computes},
	Pad:            {inputs: 1, axes: 4, shape: padShape, relation: computes},
	ChannelShuffle: {inputs: 1, axes: 4, shape: shuffleShape, relation: computes},
	Permute:        {inputs: 1, axes: 4, shape: permuteShape, relation: passes, idle: always},
	Flatten:        {inputs: 1, shape: flattenShape, relation: computes},
	Reshape:        {inputs: 1, shape: reshapeShape, relation: computes},

	Constant:  {inputs: none, general: true, shape: constantShape, relation: computes},
	View:      {inputs: 1, general: true, shape: viewShape, relation: passes},
	Transpose: {inputs: 1, general: true, shape: transposeShape, relation: passes},
	Take:      {inputs: 1, general: true, shape: takeShape, relation: computes},

	Pow:          {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Minimum:      {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Maximum:      {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Less:         {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	LessEqual:    {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Greater:      {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	GreaterEqual: {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Equal:        {inputs: 2, pixelwise: true, general: true, shape: broadcastShape, relation: computes},
	Where:        {inputs: 3, pixelwise: true, general: true, shape: broadcastShape, relation: computes},

	MatMul:      {inputs: 2, general: true, shape: matMulShape, relation: computes, macs: productMACs},
	ReduceSum:   {inputs: 1, general: true, shape: reduceShape, relation: computes},
	ReduceMean:  {inputs: 1, general: true, shape: reduceShape, relation: computes},
	ReduceMax:   {inputs: 1, general: true, shape: reduceShape, relation: computes},
	ReduceMin:   {inputs: 1, general: true, shape: reduceShape, relation: computes},
	ReduceProd:  {inputs: 1, general: true, shape: reduceShape, relation: computes},
	Standardize: {inputs: 1, general: true, shape: standardizeShape, relation: finishes},

	Tokens:    {inputs: 1, axes: 4, shape: tokensShape, relation: computes},
	Quarters:  {inputs: 1, axes: 4, shape: quartersShape, relation: computes},
	Attention: {inputs: oneOrMore, general: true, shape: attentionShape, relation: computes, macs: attentionMACs},

	ConvTranspose: {inputs: 1, axes: 4, shape: convTransposeShape, relation: computes, macs: transposeMACs},

	Dropout:    {inputs: 1, pixelwise: true, general: true, shape: sameShape, relation: passes, idle: always},
	Identity:   {inputs: 1, pixelwise: true, general: true, shape: sameShape, relation: passes, idle: always},
	Sequential: {inputs: 1, pixelwise: true, general: true, shape: sameShape, relation: finishes, idle: always},
}

// traits is what a row says of a kind.
type traits struct {
	// inputs is how many layers a layer of this kind reads, or oneOrMore or none.
	inputs int
	// axes is how many axes the input must have; 0 means two or four.
	axes int
	// general is set where the input may have any number of axes.
	general bool
	// pixelwise is set where the layer works at every pixel on its own, so that
	// it can have the channels as its last axis.
	pixelwise bool
	// shape computes the output's shape.
	shape shapeRule
	// macs counts the multiply-adds for one picture; nil for a kind that has none.
	macs func(l Layer) int64
	// relation is what the layer does with what it reads.
	relation relation
	// idle reports whether the output is the input, of shape x; nil for never.
	// The values of a Permute are the same, only their axes are named otherwise.
	idle func(l Layer, x tensor.Shape) bool
	// activation is set for a function of one number that is applied to every
	// element; parameters names the fields of [Attr] that it reads, in order.
	activation bool
	parameters []string
}

// oneOrMore stands for any number of inputs from one on, none for none.
const oneOrMore, none = -1, -2

// relation is what a layer does with what it reads.
type relation int

const (
	// computes something new, or makes another selection or order of numbers.
	computes relation = iota + 1
	// finishes what the layer before it has computed: a normalisation, an
	// activation, the end of a module. What it shows is nearly the same.
	finishes
	// passes its input on as it is, moved, or pooled.
	passes
)

// activation is the row of an activation function with those parameters.
func activation(parameters ...string) traits {
	return traits{inputs: 1, pixelwise: true, general: true, shape: sameShape, relation: finishes, activation: true, parameters: parameters}
}

// always, alone and unchanged are the cases in which layers do nothing: by
// their kind, because they read a single layer, or because input and output have
// the same size.
func always(Layer, tensor.Shape) bool        { return true }
func alone(l Layer, _ tensor.Shape) bool     { return len(l.Inputs) == 1 }
func unchanged(l Layer, x tensor.Shape) bool { return l.Shape.Eq(x) }

// weightMACs counts one multiply-add for each output and each weight of it.
func weightMACs(l Layer) int64 {
	weight := l.Params["weight"].Shape()
	return int64(l.Shape.TotalSize()) * int64(weight.TotalSize()/weight[0])
}

// productMACs counts one multiply-add for each output and each term of its sum.
func productMACs(l Layer) int64 {
	return int64(l.Shape.TotalSize()) * int64(l.reads[0][len(l.Shape)-1])
}

// transposeMACs counts one multiply-add for each input and each weight of it.
func transposeMACs(l Layer) int64 {
	weight := l.Params["weight"].Shape()
	return int64(l.reads[0].TotalSize()) * int64(weight.TotalSize()/weight[0])
}

// Kinds lists all kinds in alphabetical order.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Activation reports whether k is an activation function: a function of one
// number, the same for every element. PReLU, which has trained parameters, and
// Softmax, which looks at several numbers, are none.
func (k Kind) Activation() bool { return kinds[k].activation }

// Parameters names the fields of [Attr] that an activation function reads, in
// the order in which they are written: Alpha, Beta, Min, Max. It is empty for
// functions without parameters and for all other kinds.
func (k Kind) Parameters() []string { return slices.Clone(kinds[k].parameters) }
