package onnx

import (
	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// contributed has the operators of onnxruntime's own domain, as operators has
// ONNX's.
var contributed = map[string]operator{
	"QuantizeLinear":           (*builder).quantizeLinear,
	"DequantizeLinear":         (*builder).dequantizeLinear,
	"QLinearConv":              (*builder).qLinearConv,
	"QLinearConcat":            (*builder).qLinearConcat,
	"QGemm":                    (*builder).qGemm,
	"QLinearAdd":               quantisedOperator((*builder).sum, 2),
	"QLinearMul":               quantisedOperator((*builder).product, 2),
	"QLinearGlobalAveragePool": quantisedOperator(globalPool(models.GlobalAvgPool), 1),
	"QLinearAveragePool":       quantisedOperator((*builder).averagePool, 1),
	"QLinearReduceMean":        quantisedOperator((*builder).reduceMean, 1),
	"QLinearLeakyRelu":         quantisedOperator((*builder).leakyRelu, 1),
	"QLinearSigmoid":           quantisedOperator(plain(models.Sigmoid), 1),
	"QLinearSoftmax":           quantisedOperator((*builder).softmax, 1),
	"NhwcMaxPool":              (*builder).nhwcMaxPool,
	"MatMulIntegerToFloat":     (*builder).matMulIntegerToFloat,
	"DynamicQuantizeMatMul":    (*builder).dynamicQuantizeMatMul,
	"MatMulNBits":              (*builder).matMulNBits,
}

// integral are the operators that know what whole numbers stand for.
var integral = map[string]bool{
	"QuantizeLinear": true, "DequantizeLinear": true, "DynamicQuantizeLinear": true,
	"QLinearConv": true, "QLinearMatMul": true, "ConvInteger": true, "MatMulInteger": true,
}

// operatorOf returns how a node is read; nil for one that is not known.
func operatorOf(p *onnxpb.NodeProto) operator {
	switch {
	case ownDomain(p.Domain):
		return operators[p.OpType]
	case p.Domain == "com.microsoft":
		return contributed[p.OpType]
	}
	return nil
}

// generalOf returns how a node is read in the general way; nil for one that has none.
func generalOf(p *onnxpb.NodeProto) operator {
	switch {
	case ownDomain(p.Domain):
		return general[p.OpType]
	case p.Domain == "com.microsoft":
		return generalContributed[p.OpType]
	}
	return nil
}

// aware reports whether a node knows what whole numbers stand for.
func aware(p *onnxpb.NodeProto) bool { return !ownDomain(p.Domain) || integral[p.OpType] }
