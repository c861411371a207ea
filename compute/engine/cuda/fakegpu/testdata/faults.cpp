// Kernels with faults, and what the emulation makes of each.
#include <cmath>
#include <cstdio>

#include "../../fake/emu.h"
#include "../../kernels/common.cuh"

// reversed is right: each thread reads what another one wrote.
static void reversed(float *y, int2 n) {
  DYNAMIC_SHARED(shared);
  shared[threadIdx.x] = (float)threadIdx.x;
  __syncthreads();
  y[blockIdx.x * n.x + threadIdx.x] = shared[n.x - 1 - threadIdx.x];
}

// hasty does not wait.
static void hasty(float *y, int2 n) {
  DYNAMIC_SHARED(shared);
  shared[threadIdx.x] = (float)threadIdx.x;
  y[blockIdx.x * n.x + threadIdx.x] = shared[n.x - 1 - threadIdx.x];
}

// leftover reads what a former block left.
static void leftover(float *y, int2 n) {
  __shared__ float shared[64];
  y[blockIdx.x * n.x + threadIdx.x] = shared[threadIdx.x];
  __syncthreads();
  shared[threadIdx.x] = 1;
}

static void deserted(float *y, int2 n) {
  if (threadIdx.x >= 32) return;
  __syncthreads();
  y[threadIdx.x] = 0;
}

static void divergent(float *y, int2 n) {
  if (threadIdx.x % 2) y[threadIdx.x] = warp_sum(1);
}

static void summed(float *y, int2 n) { y[blockIdx.x * n.x + threadIdx.x] = block_sum((float)threadIdx.x); }

// impatient reads a copy that is on its way, abandoned never waits for it.
static void impatient(float *y, int2 n) {
  DYNAMIC_SHARED(shared);
  shared[threadIdx.x] = -1;
  copy_one(shared + threadIdx.x, y + threadIdx.x, true);
  copies_commit();
  copies_wait<1>();
  y[n.x + threadIdx.x] = shared[threadIdx.x];
  copies_wait<0>();
}

static void abandoned(float *y, int2 n) {
  DYNAMIC_SHARED(shared);
  copy_one(shared + threadIdx.x, y + threadIdx.x, true);
  copies_commit();
}

EMU_KERNEL(reversed)
EMU_KERNEL(hasty)
EMU_KERNEL(leftover)
EMU_KERNEL(deserted)
EMU_KERNEL(divergent)
EMU_KERNEL(summed)
EMU_KERNEL(impatient)
EMU_KERNEL(abandoned)

// Two blocks of 64 threads; the output holds a 5 for each before.
int main() {
  for (auto &k : emu_kernels()) {
    float y[128], *p = y;
    for (float &v : y) v = 5;
    int2 n = {64, 0};
    void *parameters[] = {&p, &n};
    bool ok = emu_launch(k.second, {2, 1, 1}, {64, 1, 1}, parameters, 64 * sizeof(float));
    int nans = 0;
    for (float v : y) nans += std::isnan(v);
    printf("%s %s %d %g %g\n", k.first.c_str(), ok ? "ran" : "failed", nans, y[0], y[127]);
  }
  float y = 0, *p = &y;
  void *parameters[] = {&p};
  bool ok = emu_launch([](void **) {}, {1, 1, 1}, {2048, 1, 1}, parameters);
  printf("large %s\n", ok ? "ran" : "failed");
}
