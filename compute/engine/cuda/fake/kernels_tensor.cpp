// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/tensor.cu"

EMU_KERNEL(tensor_128x128)
EMU_KERNEL(tensor_64x128)
EMU_KERNEL(tensor_64x64)
EMU_KERNEL(tensor_32x128)
EMU_KERNEL(tensor_128x32)
EMU_KERNEL(tensor_pointwise_128x128)
EMU_KERNEL(tensor_pointwise_64x128)
EMU_KERNEL(tensor_pointwise_64x64)
EMU_KERNEL(tensor_pointwise_32x128)
EMU_KERNEL(tensor_pointwise_128x32)
