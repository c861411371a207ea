// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/general.cu"

EMU_KERNEL(take)
EMU_KERNEL(scatter)
EMU_KERNEL(permute)
EMU_KERNEL(binary)
EMU_KERNEL(binary_sum)
EMU_KERNEL(where)
EMU_KERNEL(reduce)
EMU_KERNEL(reduce_back)
EMU_KERNEL(product_back)
