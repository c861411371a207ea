// What all kernels share. They are compiled by nvcc for GPUs, and by any C++
// compiler, after ../fake/emu.h, for tests without one. Every parameter of a
// kernel has 8 bytes: numbers come in pairs.
#pragma once

#ifdef HOST_EMU
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLL_BY(n) _Pragma("GCC unroll 4")
#define DYNAMIC_SHARED(name) float *name = (float *)emu_dynamic()
#else
#define UNROLL _Pragma("unroll")
#define UNROLL_BY(n) PRAGMA_OF(unroll n)
#define PRAGMA_OF(text) _Pragma(#text)
#define DYNAMIC_SHARED(name) extern __shared__ float4 name##_[]; float *name = (float *)name##_
#endif

// KERNEL defines a kernel for blocks of at most that many threads, KERNELS one
// of which a multiprocessor is to have room for a number of blocks.
#ifdef HOST_EMU
#define KERNEL(threads) static void
#define KERNELS(threads, blocks) static void
#else
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
#define KERNELS(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#endif

// each runs over the elements of a grid of blocks of one dimension.
#define EACH(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)

// clipped keeps NaNs, so that whoever looks at the result finds them.
__device__ float clipped(float v, float2 limits) { return v < limits.x ? limits.x : v > limits.y ? limits.y : v; }

// warp_sum is the sum over the lanes of a warp, in all of them.
__device__ float warp_sum(float v) {
  UNROLL
  for (int mask = 16; mask > 0; mask /= 2) v += __shfl_xor_sync(0xffffffffu, v, mask);
  return v;
}

// block_sum is the sum over a block of one dimension, of whole warps.
__device__ float block_sum(float v) {
  __shared__ float sums[32];
  v = warp_sum(v);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = v;
  __syncthreads();
  v = 0;
  for (int i = 0; i < (int)blockDim.x / 32; i++) v += sums[i];
  __syncthreads();
  return v;
}

// Copies of one or four numbers from global to shared memory, zeros where there
// is no source. From compute capability 8.0 on they go on while the thread does
// other work, until copies_wait.
#ifdef HOST_EMU
__device__ void copy_one(float *dst, const float *src, bool there) { emu_copy(dst, src, there ? 4 : 0, 4); }
__device__ void copy_four(float *dst, const float *src, bool there) { emu_copy(dst, src, there ? 16 : 0, 16); }
__device__ void copies_commit() { emu_copy_commit(); }
template <int LEFT> __device__ void copies_wait() { emu_copy_wait(LEFT); }
#elif __CUDA_ARCH__ >= 800
__device__ __forceinline__ void copy_one(float *dst, const float *src, bool there) {
  unsigned to = (unsigned)__cvta_generic_to_shared(dst);
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(src), "r"(there ? 4 : 0) : "memory");
}
__device__ __forceinline__ void copy_four(float *dst, const float *src, bool there) {
  unsigned to = (unsigned)__cvta_generic_to_shared(dst);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(src), "r"(there ? 16 : 0) : "memory");
}
__device__ __forceinline__ void copies_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LEFT> __device__ __forceinline__ void copies_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory"); }
#else
__device__ __forceinline__ void copy_one(float *dst, const float *src, bool there) { *dst = there ? __ldg(src) : 0.f; }
__device__ __forceinline__ void copy_four(float *dst, const float *src, bool there) {
  *(float4 *)dst = there ? __ldg((const float4 *)src) : make_float4(0, 0, 0, 0);
}
__device__ __forceinline__ void copies_commit() {}
template <int LEFT> __device__ __forceinline__ void copies_wait() {}
#endif

// tf32 rounds a number to the 10 bits of mantissa that tensor cores take.
__device__ __forceinline__ float tf32(float v) {
#ifdef HOST_EMU
  uint32_t bits;
  __builtin_memcpy(&bits, &v, 4);
  bits = (bits + 0x1000) & ~0x1fffu;
  __builtin_memcpy(&v, &bits, 4);
  return v;
#elif __CUDA_ARCH__ >= 800
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
  return __uint_as_float(bits);
#else
  return v;
#endif
}

// tensor_product adds to d, a warp's 16x8 tile, the product of a (16x8) and b
// (8x8), all spread over the lanes as mma.m16n8k8 has them: lane l holds of a
// rows l/4 and l/4+8, columns l%4 and l%4+4 (row the faster), of b rows l%4 and
// l%4+4 of column l/4, of d columns 2(l%4) and the next, of rows l/4 and l/4+8.
__device__ __forceinline__ void tensor_product(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
#ifdef HOST_EMU
  struct { float a[4], b[2]; } own, other;
  for (int i = 0; i < 4; i++) own.a[i] = a[i];
  for (int i = 0; i < 2; i++) own.b[i] = b[i];
  emu_lane(&own, sizeof own);
  emu_warp_barrier();
  int lane = emu_own_lane();
  float rows[2][8], columns[2][8];
  for (int k = 0; k < 4; k++) {
    emu_lane_of(lane / 4 * 4 + k, &other, sizeof other);
    rows[0][k] = other.a[0], rows[1][k] = other.a[1], rows[0][k + 4] = other.a[2], rows[1][k + 4] = other.a[3];
    for (int j = 0; j < 2; j++) {
      emu_lane_of((lane % 4 * 2 + j) * 4 + k, &other, sizeof other);
      columns[j][k] = other.b[0], columns[j][k + 4] = other.b[1];
    }
  }
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 8; k++) d[i] += rows[i / 2][k] * columns[i % 2][k];
#elif __CUDA_ARCH__ >= 800
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
                 "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
#endif
}
