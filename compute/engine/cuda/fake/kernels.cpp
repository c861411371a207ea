// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/elementwise.cu"
#include "../kernels/linear.cu"
#include "../kernels/norm.cu"
#include "../kernels/pool.cu"
#include "../kernels/winograd.cu"

EMU_KERNEL(clip)
EMU_KERNEL(clip_back)
EMU_KERNEL(affine)
EMU_KERNEL(multiple)
EMU_KERNEL(fill)
EMU_KERNEL(spread)
EMU_KERNEL(combine)
EMU_KERNEL(combine_channels)
EMU_KERNEL(combine_far)
EMU_KERNEL(combine_sum)
EMU_KERNEL(move)
EMU_KERNEL(pointwise)
EMU_KERNEL(pointwise_back)
EMU_KERNEL(pointwise_bend)
EMU_KERNEL(prelu)
EMU_KERNEL(max_pool)
EMU_KERNEL(max_pool_back)
EMU_KERNEL(avg_pool)
EMU_KERNEL(avg_pool_back)
EMU_KERNEL(global_pool)
EMU_KERNEL(softmax)
EMU_KERNEL(softmax_back)
EMU_KERNEL(layer_norm)
EMU_KERNEL(layer_norm_back)
EMU_KERNEL(layer_norm_bend)
EMU_KERNEL(lrn)
EMU_KERNEL(lrn_back)
EMU_KERNEL(linear_1)
EMU_KERNEL(linear_8)
EMU_KERNEL(linear_back_1)
EMU_KERNEL(linear_back_8)
EMU_KERNEL(winograd_forth_2)
EMU_KERNEL(winograd_forth_4)
EMU_KERNEL(winograd_back_2)
EMU_KERNEL(winograd_back_4)
EMU_KERNEL(winograd_pack)
