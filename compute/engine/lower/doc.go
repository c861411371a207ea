// Package lower turns a network into a gorgonia graph of the operations in
// package op.
//
// [Network] builds the forward pass with taps at the layers that somebody looks
// at and, by gorgonia.Backpropagate, the backward pass to them. [MeanMaps]
// builds the maps Σ_c w_c A_c with w_c the mean of the gradient, without keeping
// the layers. [Tail] builds what follows one layer, [Twice] the second
// derivatives by one.
//
// The graph does less than the network says: Dropout and containers vanish,
// batch normalisation is folded into the convolution before it, and additions
// and activations that limit a value are fused into it. A tapped layer is never
// optimised away. All data with a spatial extent is N x C x H x W, also that of
// layers with the channels last, so there is nothing to do for a Permute.
package lower
