// Convolutions by tensor cores, in TF32: ten bits of mantissa times ten bits,
// added up in float32. For compute capability 8.0 and later.
#include "conv.cuh"

CONV_TILE(tensor_128x128, 128, 128, 16, 64, 64, 8, 8, 3, 2, false, true)
CONV_TILE(tensor_64x128, 64, 128, 16, 32, 64, 8, 8, 3, 2, false, true)
CONV_TILE(tensor_64x64, 64, 64, 32, 32, 32, 8, 8, 3, 2, false, true)
CONV_TILE(tensor_32x128, 32, 128, 16, 32, 32, 8, 8, 3, 2, false, true)
CONV_TILE(tensor_128x32, 128, 32, 16, 32, 32, 8, 8, 3, 2, false, true)
CONV_TILE(tensor_pointwise_128x128, 128, 128, 16, 64, 64, 8, 8, 3, 2, true, true)
CONV_TILE(tensor_pointwise_64x128, 64, 128, 16, 32, 64, 8, 8, 3, 2, true, true)
CONV_TILE(tensor_pointwise_64x64, 64, 64, 32, 32, 32, 8, 8, 3, 2, true, true)
CONV_TILE(tensor_pointwise_32x128, 32, 128, 16, 32, 32, 8, 8, 3, 2, true, true)
CONV_TILE(tensor_pointwise_128x32, 128, 32, 16, 32, 32, 8, 8, 3, 2, true, true)
