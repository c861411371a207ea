package onnx

import "gaze/models"

// operator makes the layers of a node that depends on the picture. Nodes that
// depend on constants alone are computed instead; see evaluate.
type operator func(b *builder, n *node) error

// operators has one line for each operator that can be read. One that is a kind
// of layer without numbers is [plain] of that kind. Any other is a method of the
// builder, which takes the node's inputs and attributes apart and adds layers by
// [builder.apply]; methods that belong together share a file. A line here is all
// that makes an operator known. docs/adding.md has an example.
var operators = map[string]operator{
	"Conv":               (*builder).conv,
	"MaxPool":            (*builder).maxPool,
	"AveragePool":        (*builder).averagePool,
	"GlobalAveragePool":  globalPool(models.GlobalAvgPool),
	"GlobalMaxPool":      globalPool(models.GlobalMaxPool),
	"ReduceMean":         (*builder).reduceMean,
	"ReduceMax":          (*builder).reduceMax,
	"BatchNormalization": (*builder).batchNorm,
	"LayerNormalization": (*builder).layerNorm,
	"LRN":                (*builder).lrn,
	"Relu":               plain(models.ReLU),
	"Sigmoid":            plain(models.Sigmoid),
	"Tanh":               plain(models.Tanh),
	"HardSwish":          plain(models.HardSwish),
	"Softplus":           plain(models.Softplus),
	"Softsign":           plain(models.Softsign),
	"LeakyRelu":          (*builder).leakyRelu,
	"PRelu":              (*builder).pRelu,
	"Elu":                (*builder).elu,
	"HardSigmoid":        (*builder).hardSigmoid,
	"Gelu":               (*builder).gelu,
	"Swish":              (*builder).swish,
	"Clip":               (*builder).clip,
	"Softmax":            (*builder).softmax,
	"Gemm":               (*builder).gemm,
	"MatMul":             (*builder).matMul,
	"Add":                (*builder).sum,
	"Sum":                (*builder).sum,
	"Sub":                (*builder).difference,
	"Mul":                (*builder).product,
	"Div":                (*builder).quotient,
	"Neg":                (*builder).negative,
	"Concat":             (*builder).concat,
	"Slice":              (*builder).slice,
	"Split":              (*builder).split,
	"Gather":             (*builder).gather,
	"Pad":                (*builder).pad,
	"Flatten":            (*builder).flatten,
	"Reshape":            (*builder).reshape,
	"Squeeze":            (*builder).squeeze,
	"Unsqueeze":          (*builder).unsqueeze,
	"Expand":             (*builder).expand,
	"Tile":               (*builder).tile,
	"Transpose":          (*builder).transpose,
	"Dropout":            plain(models.Dropout),
	"Identity":           (*builder).identity,
	"Cast":               (*builder).cast,

	"QuantizeLinear":        (*builder).quantizeLinear,
	"DequantizeLinear":      (*builder).dequantizeLinear,
	"DynamicQuantizeLinear": (*builder).dynamicQuantizeLinear,
	"QLinearConv":           (*builder).qLinearConv,
	"QLinearMatMul":         (*builder).qLinearMatMul,
	"ConvInteger":           (*builder).convInteger,
	"MatMulInteger":         (*builder).matMulInteger,
}
