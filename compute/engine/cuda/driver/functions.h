// The functions of CUDA's driver that gorgonia.org/cu calls, each a jump to where
// library.c has put its address: into the library, once that is loaded.
#if defined(__x86_64__)
#define JUMP(name, i) \
  __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ",@function\n" #name ":\n" \
          " endbr64\n movq gaze_cuda_entries+8*" #i "(%rip), %r11\n jmpq *%r11\n.size " #name ",.-" #name "\n");
#elif defined(__aarch64__)
#define JUMP(name, i) \
  __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ",%function\n" #name ":\n" \
          " adrp x16, gaze_cuda_entries+8*" #i "\n ldr x16, [x16, #:lo12:gaze_cuda_entries+8*" #i "]\n" \
          " br x16\n.size " #name ",.-" #name "\n");
#else
#error "no jumps for this processor"
#endif

#define FUNCTIONS(F) \
  F(cuArray3DCreate_v2, 0) \
  F(cuArray3DGetDescriptor_v2, 1) \
  F(cuArrayCreate_v2, 2) \
  F(cuArrayDestroy, 3) \
  F(cuArrayGetDescriptor_v2, 4) \
  F(cuCtxCreate_v2, 5) \
  F(cuCtxDestroy_v2, 6) \
  F(cuCtxDisablePeerAccess, 7) \
  F(cuCtxEnablePeerAccess, 8) \
  F(cuCtxGetApiVersion, 9) \
  F(cuCtxGetCacheConfig, 10) \
  F(cuCtxGetCurrent, 11) \
  F(cuCtxGetDevice, 12) \
  F(cuCtxGetFlags, 13) \
  F(cuCtxGetLimit, 14) \
  F(cuCtxGetSharedMemConfig, 15) \
  F(cuCtxGetStreamPriorityRange, 16) \
  F(cuCtxPopCurrent_v2, 17) \
  F(cuCtxPushCurrent_v2, 18) \
  F(cuCtxResetPersistingL2Cache, 19) \
  F(cuCtxSetCacheConfig, 20) \
  F(cuCtxSetCurrent, 21) \
  F(cuCtxSetLimit, 22) \
  F(cuCtxSetSharedMemConfig, 23) \
  F(cuCtxSynchronize, 24) \
  F(cuDeviceCanAccessPeer, 25) \
  F(cuDeviceGet, 26) \
  F(cuDeviceGetAttribute, 27) \
  F(cuDeviceGetCount, 28) \
  F(cuDeviceGetName, 29) \
  F(cuDeviceGetP2PAttribute, 30) \
  F(cuDeviceGetUuid, 31) \
  F(cuDevicePrimaryCtxGetState, 32) \
  F(cuDevicePrimaryCtxRelease_v2, 33) \
  F(cuDevicePrimaryCtxReset_v2, 34) \
  F(cuDevicePrimaryCtxRetain, 35) \
  F(cuDevicePrimaryCtxSetFlags_v2, 36) \
  F(cuDeviceTotalMem_v2, 37) \
  F(cuDriverGetVersion, 38) \
  F(cuEventCreate, 39) \
  F(cuEventDestroy_v2, 40) \
  F(cuEventElapsedTime, 41) \
  F(cuEventQuery, 42) \
  F(cuEventRecord, 43) \
  F(cuEventSynchronize, 44) \
  F(cuFuncGetAttribute, 45) \
  F(cuFuncSetCacheConfig, 46) \
  F(cuFuncSetSharedMemConfig, 47) \
  F(cuGraphAddChildGraphNode, 48) \
  F(cuGraphAddDependencies, 49) \
  F(cuGraphAddEmptyNode, 50) \
  F(cuGraphAddHostNode, 51) \
  F(cuGraphAddKernelNode, 52) \
  F(cuGraphAddMemcpyNode, 53) \
  F(cuGraphAddMemsetNode, 54) \
  F(cuGraphClone, 55) \
  F(cuGraphCreate, 56) \
  F(cuGraphDestroy, 57) \
  F(cuGraphDestroyNode, 58) \
  F(cuGraphExecDestroy, 59) \
  F(cuGraphGetEdges, 60) \
  F(cuLaunchKernel, 61) \
  F(cuLinkAddData_v2, 62) \
  F(cuLinkAddFile_v2, 63) \
  F(cuLinkComplete, 64) \
  F(cuLinkCreate_v2, 65) \
  F(cuLinkDestroy, 66) \
  F(cuMemAdvise, 67) \
  F(cuMemAllocManaged, 68) \
  F(cuMemAllocPitch_v2, 69) \
  F(cuMemAlloc_v2, 70) \
  F(cuMemFreeHost, 71) \
  F(cuMemFree_v2, 72) \
  F(cuMemGetAddressRange_v2, 73) \
  F(cuMemGetInfo_v2, 74) \
  F(cuMemPrefetchAsync, 75) \
  F(cuMemcpy, 76) \
  F(cuMemcpy2DAsync_v2, 77) \
  F(cuMemcpy2DUnaligned_v2, 78) \
  F(cuMemcpy2D_v2, 79) \
  F(cuMemcpy3DAsync_v2, 80) \
  F(cuMemcpy3DPeer, 81) \
  F(cuMemcpy3DPeerAsync, 82) \
  F(cuMemcpy3D_v2, 83) \
  F(cuMemcpyAsync, 84) \
  F(cuMemcpyAtoA_v2, 85) \
  F(cuMemcpyAtoD_v2, 86) \
  F(cuMemcpyAtoHAsync_v2, 87) \
  F(cuMemcpyAtoH_v2, 88) \
  F(cuMemcpyDtoA_v2, 89) \
  F(cuMemcpyDtoDAsync_v2, 90) \
  F(cuMemcpyDtoD_v2, 91) \
  F(cuMemcpyDtoHAsync_v2, 92) \
  F(cuMemcpyDtoH_v2, 93) \
  F(cuMemcpyHtoAAsync_v2, 94) \
  F(cuMemcpyHtoA_v2, 95) \
  F(cuMemcpyHtoDAsync_v2, 96) \
  F(cuMemcpyHtoD_v2, 97) \
  F(cuMemcpyPeer, 98) \
  F(cuMemcpyPeerAsync, 99) \
  F(cuMemsetD16Async, 100) \
  F(cuMemsetD16_v2, 101) \
  F(cuMemsetD2D16Async, 102) \
  F(cuMemsetD2D16_v2, 103) \
  F(cuMemsetD2D32Async, 104) \
  F(cuMemsetD2D32_v2, 105) \
  F(cuMemsetD2D8Async, 106) \
  F(cuMemsetD2D8_v2, 107) \
  F(cuMemsetD32Async, 108) \
  F(cuMemsetD32_v2, 109) \
  F(cuMemsetD8Async, 110) \
  F(cuMemsetD8_v2, 111) \
  F(cuModuleGetFunction, 112) \
  F(cuModuleGetGlobal_v2, 113) \
  F(cuModuleGetSurfRef, 114) \
  F(cuModuleGetTexRef, 115) \
  F(cuModuleLoad, 116) \
  F(cuModuleLoadData, 117) \
  F(cuModuleLoadDataEx, 118) \
  F(cuModuleLoadFatBinary, 119) \
  F(cuModuleUnload, 120) \
  F(cuOccupancyMaxActiveBlocksPerMultiprocessor, 121) \
  F(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags, 122) \
  F(cuPointerGetAttribute, 123) \
  F(cuPointerSetAttribute, 124) \
  F(cuStreamAttachMemAsync, 125) \
  F(cuStreamCreate, 126) \
  F(cuStreamCreateWithPriority, 127) \
  F(cuStreamDestroy_v2, 128) \
  F(cuStreamGetFlags, 129) \
  F(cuStreamGetPriority, 130) \
  F(cuStreamQuery, 131) \
  F(cuStreamSynchronize, 132) \
  F(cuStreamWaitEvent, 133) \
  F(cuStreamWaitValue32, 134) \
  F(cuStreamWriteValue32, 135) \
  F(cuSurfRefGetArray, 136) \
  F(cuSurfRefSetArray, 137) \
  F(cuTexRefGetAddressMode, 138) \
  F(cuTexRefGetAddress_v2, 139) \
  F(cuTexRefGetArray, 140) \
  F(cuTexRefGetBorderColor, 141) \
  F(cuTexRefGetFilterMode, 142) \
  F(cuTexRefGetFlags, 143) \
  F(cuTexRefGetFormat, 144) \
  F(cuTexRefGetMaxAnisotropy, 145) \
  F(cuTexRefSetAddress2D_v3, 146) \
  F(cuTexRefSetAddressMode, 147) \
  F(cuTexRefSetAddress_v2, 148) \
  F(cuTexRefSetArray, 149) \
  F(cuTexRefSetBorderColor, 150) \
  F(cuTexRefSetFilterMode, 151) \
  F(cuTexRefSetFlags, 152) \
  F(cuTexRefSetFormat, 153) \
  F(cuTexRefSetMaxAnisotropy, 154) \
  F(cuTexRefSetMipmapFilterMode, 155) \
  F(cuTexRefSetMipmapLevelBias, 156) \
  F(cuTexRefSetMipmapLevelClamp, 157)

enum { FUNCTION_COUNT = 158 };
