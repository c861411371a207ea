// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/conv.cu"

EMU_KERNEL(conv_128x128)
EMU_KERNEL(conv_64x128)
EMU_KERNEL(conv_64x64)
EMU_KERNEL(conv_32x128)
EMU_KERNEL(conv_128x32)
EMU_KERNEL(conv_32x32)
EMU_KERNEL(pointwise_128x128)
EMU_KERNEL(pointwise_64x128)
EMU_KERNEL(pointwise_64x64)
EMU_KERNEL(pointwise_32x128)
EMU_KERNEL(pointwise_128x32)
EMU_KERNEL(pointwise_32x32)
EMU_KERNEL(conv_join)
EMU_KERNEL(conv_pack)
EMU_KERNEL(conv_groups_4)
EMU_KERNEL(conv_groups_8)
EMU_KERNEL(depthwise_3)
EMU_KERNEL(depthwise_5)
EMU_KERNEL(depthwise_7)
EMU_KERNEL(depthwise_any)
