//go:build gpu && linux

#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

#include "functions.h"

// Results that a function has while the library is not loaded, or where it has
// no such function.
enum { NOT_INITIALIZED = 3, NOT_FOUND = 500 };

static int not_loaded(void) { return NOT_INITIALIZED; }
static int missing(void) { return NOT_FOUND; }

__attribute__((visibility("hidden"))) void *gaze_cuda_entries[FUNCTION_COUNT];
FUNCTIONS(JUMP)

#define NAME(name, i) [i] = #name,
static const char *const names[FUNCTION_COUNT] = {FUNCTIONS(NAME)};

static void *library;

// Runs before Go does, whose packages may call any of the functions.
__attribute__((constructor)) static void begin(void) {
  for (int i = 0; i < FUNCTION_COUNT; i++) gaze_cuda_entries[i] = (void *)not_loaded;
}

// gorgonia.org/cu calls it when the program starts, and ends the program where it
// fails. gaze_cuda_load calls the driver's own.
__attribute__((visibility("hidden"))) int cuInit(unsigned flags) {
  (void)flags;
  return 0;
}

int gaze_cuda_load(const char *path, char *reason, int size) {
  void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  int (*init)(unsigned) = opened ? (int (*)(unsigned))dlsym(opened, "cuInit") : 0;
  if (!init) {
    snprintf(reason, size, "%s", dlerror());
    return -1;
  }
  int result = init(0);
  if (result) return result;
  library = opened;
  for (int i = 0; i < FUNCTION_COUNT; i++) {
    void *entry = dlsym(library, names[i]);
    gaze_cuda_entries[i] = entry ? entry : (void *)missing;
  }
  return 0;
}

int gaze_cuda_shared_memory(void *function, int bytes) {
  enum { MAX_DYNAMIC_SHARED_SIZE_BYTES = 8 };
  int (*set)(void *, int, int) = (int (*)(void *, int, int))dlsym(library, "cuFuncSetAttribute");
  return set ? set(function, MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes) : NOT_FOUND;
}

int gaze_cuda_host_memory(void **memory, size_t bytes) {
  int (*allocate)(void **, size_t) = (int (*)(void **, size_t))dlsym(library, "cuMemAllocHost_v2");
  return allocate ? allocate(memory, bytes) : NOT_FOUND;
}
