// Package onnxpb is the ONNX schema in Go, generated from onnx.proto, which is
// licensed under the Apache License 2.0.
package onnxpb

//go:generate go run -C gen . ..
