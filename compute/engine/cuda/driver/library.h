#include <stddef.h>

// gaze_cuda_load opens the driver's library and starts the driver. It returns 0;
// -1 with the reason where there is no such library; or the driver's own error.
int gaze_cuda_load(const char *path, char *reason, int size);

// Functions of the driver that gorgonia.org/cu does not have. They return the
// driver's error.

// gaze_cuda_shared_memory allows a kernel that many bytes of dynamic shared memory.
int gaze_cuda_shared_memory(void *function, int bytes);

// gaze_cuda_host_memory takes memory of this program that the device copies from
// and to by itself.
int gaze_cuda_host_memory(void **memory, size_t bytes);
