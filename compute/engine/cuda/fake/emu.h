// A host's version of CUDA's way of running kernels, so that the very sources
// the GPU runs can be tested without one: one block at a time, a fiber for each
// thread. Shared memory and fresh memory hold NaNs, copies that are still on
// their way arrive only when they are waited for, and threads that disagree
// about a barrier are an error. It cannot show races between threads or speed.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#define HOST_EMU 1
#define __global__
#define __device__ static inline
#define __forceinline__
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("emu_shared")))

struct uint3_ { unsigned x, y, z; };
struct alignas(8) int2 { int x, y; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
static inline int2 make_int2(int x, int y) { return {x, y}; }
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

extern uint3_ threadIdx, blockIdx, blockDim, gridDim;

void emu_block_barrier();
// emu_shuffle gives the value of another lane of the same warp. All lanes take part.
uint64_t emu_shuffle(uint64_t value, int lane);
// emu_lane stores up to 32 bytes for the lanes of the warp to see after
// emu_warp_barrier; emu_lane_of reads them.
void emu_lane(const void *bytes, size_t n);
void emu_lane_of(int lane, void *bytes, size_t n);
void emu_warp_barrier();
// emu_dynamic is the block's dynamic shared memory.
void *emu_dynamic();
// Copies to shared memory that go on while the thread does other work.
void emu_copy(void *dst, const void *src, int bytes, int total);
void emu_copy_commit();
void emu_copy_wait(int groups_left);

inline void __syncthreads() { emu_block_barrier(); }
inline void __syncwarp() { emu_warp_barrier(); }
template <class T> inline T emu_shuffled(T v, int lane) {
  static_assert(sizeof(T) <= 8, "at most 8 bytes");
  uint64_t bits = 0;
  __builtin_memcpy(&bits, &v, sizeof v);
  bits = emu_shuffle(bits, lane);
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}
template <class T> inline T __shfl_sync(unsigned, T v, int lane) { return emu_shuffled(v, lane & 31); }
int emu_own_lane();
template <class T> inline T __shfl_xor_sync(unsigned, T v, int mask) { return emu_shuffled(v, emu_own_lane() ^ mask); }
template <class T> inline T __ldg(const T *p) { return *p; }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }

typedef void (*emu_call)(void **);
// emu_kernels are the kernels there are, by name.
std::map<std::string, emu_call> &emu_kernels();
template <class... A, size_t... I> void emu_invoke(void (*f)(A...), void **p, std::index_sequence<I...>) {
  static_assert(((sizeof(A) == 8) && ...), "every parameter of a kernel has 8 bytes");
  f(*(A *)p[I]...);
}
template <class... A> void emu_go(void (*f)(A...), void **p) { emu_invoke(f, p, std::index_sequence_for<A...>{}); }
#define EMU_KERNEL(k) \
  static struct emu_reg_##k { emu_reg_##k() { emu_kernels()[#k] = [](void **p) { emu_go(k, p); }; } } emu_reg_##k##_;
// emu_launch runs a kernel. It returns false where threads disagree on barriers
// or the launch is one that no GPU takes.
bool emu_launch(emu_call f, uint3_ grid, uint3_ block, void **params, size_t shared = 0);
