// A stand-in for libcuda.so.1 for tests without a GPU: device memory is the
// host's, and kernels are the same sources compiled for the host.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "emu.h"

typedef unsigned long long dptr;
static std::map<dptr, size_t> memory; // what is allocated, for bounds checks

static std::mutex guard;

static bool inside(dptr p, size_t n) {
  std::lock_guard<std::mutex> lock(guard);
  auto it = memory.upper_bound(p);
  if (it == memory.begin()) return false;
  --it;
  return p + n <= it->first + it->second;
}

extern "C" {
int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int *v) { *v = 12040; return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *d, int i) { *d = i; return i ? 101 : 0; }
int cuDeviceGetName(char *s, int n, int) { snprintf(s, n, "emulated device"); return 0; }
int cuDeviceTotalMem_v2(size_t *n, int) { *n = (size_t)8 << 30; return 0; }
int cuDeviceGetAttribute(int *v, int attribute, int) {
  *v = attribute == 16 ? 8 : attribute == 75 ? 8 : attribute == 76 ? 0 : 0;
  return 0;
}
int cuDevicePrimaryCtxRetain(void **c, int) { *c = (void *)0x1; return 0; }
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuStreamCreate(void **s, unsigned) { *s = (void *)0x2; return 0; }
int cuStreamDestroy_v2(void *) { return 0; }
int cuStreamSynchronize(void *) { return 0; }
int cuModuleLoadData(void **m, const void *image) { *m = (void *)0x3; return strstr((const char *)image, ".target") ? 0 : 218; }
int cuModuleUnload(void *) { return 0; }
int cuModuleGetFunction(void **f, void *, const char *name) {
  auto &k = emu_kernels();
  auto it = k.find(name);
  if (it == k.end()) return 500;
  *f = (void *)it->second;
  return 0;
}
int cuFuncSetAttribute(void *, int, int) { return 0; }
int cuMemAlloc_v2(dptr *p, size_t n) {
  void *m;
  if (posix_memalign(&m, 256, n)) return 2;
  memset(m, 0xff, n); // NaNs
  *p = (dptr)m;
  std::lock_guard<std::mutex> lock(guard);
  memory[*p] = n;
  return 0;
}
int cuMemFree_v2(dptr p) { std::lock_guard<std::mutex> lock(guard); if (!memory.erase(p)) return 1; free((void *)p); return 0; }
int cuMemcpyHtoDAsync_v2(dptr d, const void *s, size_t n, void *) { if (!inside(d, n)) return 1; memcpy((void *)d, s, n); return 0; }
int cuMemcpyDtoHAsync_v2(void *d, dptr s, size_t n, void *) { if (!inside(s, n)) return 1; memcpy(d, (void *)s, n); return 0; }
int cuMemsetD8Async(dptr d, unsigned char v, size_t n, void *) { if (!inside(d, n)) return 1; memset((void *)d, v, n); return 0; }
int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *, void **p, void **) {
  return emu_launch((emu_call)f, {gx, gy, gz}, {bx, by, bz}, p, shared) ? 0 : 719;
}
}
