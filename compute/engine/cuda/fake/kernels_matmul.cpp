// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/matmul.cu"

EMU_KERNEL(matmul)
