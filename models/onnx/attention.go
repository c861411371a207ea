package onnx

// generalAttention has opset 23's operators of transformers.
var generalAttention = map[string]operator{}

var contributedAttention = map[string]operator{}

// attended is the product of weights by values where it ends an attention.
func (b *builder) attended(n *node, weights, v *value) (*value, bool, error) { return nil, false, nil }
