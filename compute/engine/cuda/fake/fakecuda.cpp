// A stand-in for libcuda.so.1 for tests without a GPU: device memory is the
// host's, and kernels are the same sources compiled for the host. What goes wrong
// is said by variables of the environment, which are looked at in each call:
//
//   GAZE_FAKE_DEVICES=0         there is no device
//   GAZE_FAKE_DRIVER=11040      the newest CUDA that the driver knows
//   GAZE_FAKE_CAPABILITY=61     the device's compute capability
//   GAZE_FAKE_TAKEN=1           another process has the device for itself
//   GAZE_FAKE_MEMORY=1000000    bytes that can be allocated
//   GAZE_FAKE_COMPILER=0        kernels cannot be compiled
//   GAZE_FAKE_LOST=1            kernels fail, and all that is queued after them
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "emu.h"

typedef unsigned long long dptr;
static std::map<dptr, size_t> memory; // what is allocated, for bounds checks
static size_t allocated;
static std::mutex guard; // of both

static long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text && *text ? atol(text) : otherwise;
}

static bool inside(dptr p, size_t n) {
  std::lock_guard<std::mutex> lock(guard);
  auto it = memory.upper_bound(p);
  if (it == memory.begin()) return false;
  --it;
  return p + n <= it->first + it->second;
}

// Copies to the device that are queued. As on a GPU the host's memory is read when
// their turn comes, here as late as can be.
struct Copy {
  dptr to;
  const void *from;
  size_t bytes;
};
static thread_local std::vector<Copy> queued;

static void catch_up() {
  for (const Copy &c : queued) memcpy((void *)c.to, c.from, c.bytes);
  queued.clear();
}

extern "C" {
int cuInit(unsigned) { return setting("GAZE_FAKE_DEVICES", 1) ? 0 : 100; }
int cuDriverGetVersion(int *v) { *v = setting("GAZE_FAKE_DRIVER", 12040); return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *d, int i) { *d = i; return i ? 101 : 0; }
int cuDeviceGetName(char *s, int n, int) { snprintf(s, n, "emulated device"); return 0; }
int cuDeviceTotalMem_v2(size_t *n, int) { *n = (size_t)8 << 30; return 0; }
int cuDeviceGetAttribute(int *v, int attribute, int) {
  long capability = setting("GAZE_FAKE_CAPABILITY", 80);
  *v = attribute == 16 ? 8 : attribute == 75 ? capability / 10 : attribute == 76 ? capability % 10 : 0;
  return 0;
}
int cuDevicePrimaryCtxRetain(void **c, int) { *c = (void *)0x1; return setting("GAZE_FAKE_TAKEN", 0) ? 46 : 0; }
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuStreamCreate(void **s, unsigned) { *s = (void *)0x2; return 0; }
int cuStreamDestroy_v2(void *) { return 0; }
int cuStreamSynchronize(void *) { catch_up(); return setting("GAZE_FAKE_LOST", 0) ? 719 : 0; }
int cuModuleLoadData(void **m, const void *image) { *m = (void *)0x3; return strstr((const char *)image, ".target") && setting("GAZE_FAKE_COMPILER", 1) ? 0 : 218; }
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
  std::lock_guard<std::mutex> lock(guard);
  if (allocated + n > (size_t)setting("GAZE_FAKE_MEMORY", 8l << 30)) return 2;
  if (posix_memalign(&m, 256, n)) return 2;
  memset(m, 0xff, n); // NaNs
  *p = (dptr)m;
  memory[*p] = n;
  allocated += n;
  return 0;
}
int cuMemFree_v2(dptr p) {
  std::lock_guard<std::mutex> lock(guard);
  auto it = memory.find(p);
  if (it == memory.end()) return 1;
  allocated -= it->second;
  memory.erase(it);
  free((void *)p);
  return 0;
}
int cuMemAllocHost_v2(void **p, size_t n) { return (*p = malloc(n)) ? 0 : 2; }
int cuMemFreeHost(void *p) { free(p); return 0; }
int cuMemcpyHtoDAsync_v2(dptr d, const void *s, size_t n, void *) { if (!inside(d, n)) return 1; queued.push_back({d, s, n}); return 0; }
int cuMemcpyDtoHAsync_v2(void *d, dptr s, size_t n, void *) { catch_up(); if (!inside(s, n)) return 1; memcpy(d, (void *)s, n); return 0; }
int cuMemsetD8Async(dptr d, unsigned char v, size_t n, void *) { catch_up(); if (!inside(d, n)) return 1; memset((void *)d, v, n); return 0; }
int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *, void **p, void **) {
  catch_up();
  if (setting("GAZE_FAKE_LOST", 0)) return 719;
  return emu_launch((emu_call)f, {gx, gy, gz}, {bx, by, bz}, p, shared) ? 0 : 719;
}
}
