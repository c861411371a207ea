//go:build !amd64 || noasm

package cpu

// everyTable are the kernels of all instruction sets.
func everyTable() map[string]*kernels { return map[string]*kernels{"plain Go": &genericKernels} }
