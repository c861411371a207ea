// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/functions.cu"

EMU_KERNEL(rare)
EMU_KERNEL(rare_back)
EMU_KERNEL(rare_bend)
