package onnx

import "gaze/models"

// operator makes the layers of a node of which an input depends on the
// picture.
type operator func(b *builder, n *node) error

// operatorOf returns what makes the layers of nodes of that type; nil where
// they cannot be read.
func operatorOf(name string) operator {
	switch name {
	case "Conv":
		return (*builder).conv
	case "MaxPool":
		return (*builder).maxPool
	case "AveragePool":
		return (*builder).averagePool
	case "GlobalAveragePool":
		return globalPool(models.GlobalAvgPool)
	case "GlobalMaxPool":
		return globalPool(models.GlobalMaxPool)
	case "ReduceMean":
		return (*builder).reduceMean
	case "ReduceMax":
		return (*builder).reduceMax
	case "BatchNormalization":
		return (*builder).batchNorm
	case "LayerNormalization":
		return (*builder).layerNorm
	case "LRN":
		return (*builder).lrn
	case "Relu":
		return plain(models.ReLU)
	case "Sigmoid":
		return plain(models.Sigmoid)
	case "Tanh":
		return plain(models.Tanh)
	case "HardSwish":
		return plain(models.HardSwish)
	case "LeakyRelu":
		return (*builder).leakyRelu
	case "PRelu":
		return (*builder).pRelu
	case "Elu":
		return (*builder).elu
	case "HardSigmoid":
		return (*builder).hardSigmoid
	case "Gelu":
		return (*builder).gelu
	case "Clip":
		return (*builder).clip
	case "Softmax":
		return (*builder).softmax
	case "Gemm":
		return (*builder).gemm
	case "MatMul":
		return (*builder).matMul
	case "Add", "Sum":
		return (*builder).sum
	case "Sub":
		return (*builder).difference
	case "Mul":
		return (*builder).product
	case "Div":
		return (*builder).quotient
	case "Neg":
		return (*builder).negative
	case "Concat":
		return (*builder).concat
	case "Slice":
		return (*builder).slice
	case "Split":
		return (*builder).split
	case "Gather":
		return (*builder).gather
	case "Pad":
		return (*builder).pad
	case "Flatten":
		return (*builder).flatten
	case "Reshape":
		return (*builder).reshape
	case "Squeeze":
		return (*builder).squeeze
	case "Unsqueeze":
		return (*builder).unsqueeze
	case "Expand":
		return (*builder).expand
	case "Transpose":
		return (*builder).transpose
	case "Dropout":
		return plain(models.Dropout)
	case "Identity":
		return (*builder).identity
	case "Cast":
		return (*builder).cast
	}
	return nil
}
