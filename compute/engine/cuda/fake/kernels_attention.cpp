// Kernels, compiled for the host, under their names.
#include "emu.h"

#include "../kernels/attention.cu"

EMU_KERNEL(attention_32)
EMU_KERNEL(attention_64)
EMU_KERNEL(attention_back_q_32)
EMU_KERNEL(attention_back_q_64)
EMU_KERNEL(attention_back_kv_32)
EMU_KERNEL(attention_back_kv_64)
EMU_KERNEL(cosine)
EMU_KERNEL(cosine_back)
