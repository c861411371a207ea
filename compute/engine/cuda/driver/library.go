//go:build gpu && cgo && linux

package driver

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "library.h"
*/
import "C"

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"unsafe"

	"gorgonia.org/cu"
)

// libraryName is the driver's library as installed by NVIDIA's packages.
const libraryName = "libcuda.so.1"

// library is what load has done.
var library struct {
	sync.Mutex
	name string
	err  error
}

// load opens the driver's library, or the one that the variable GAZE_LIBCUDA
// names, and starts the driver. Only the first call for a library does something.
func load() error {
	name := os.Getenv("GAZE_LIBCUDA")
	if name == "" {
		name = libraryName
	}
	library.Lock()
	defer library.Unlock()
	if library.name != name {
		library.name, library.err = name, start(name)
	}
	return library.err
}

// start opens a library and starts the driver in it.
func start(name string) error {
	path := C.CString(name)
	defer C.free(unsafe.Pointer(path))
	var reason [512]C.char
	switch code := C.gaze_cuda_load(path, &reason[0], C.int(len(reason))); {
	case code < 0:
		text := C.GoString(&reason[0])
		if strings.HasSuffix(text, "No such file or directory") {
			return ErrNoDriver
		}
		return fmt.Errorf("%w that can be loaded: %s", ErrNoDriver, text)
	case code > 0:
		if err := failure(int(code)); err == cu.NoDevice {
			return ErrNoGPU
		}
		return fmt.Errorf("the NVIDIA driver does not start: %w", failure(int(code)))
	}
	return nil
}

// allowShared lets a kernel have that many bytes of dynamic shared memory.
func allowShared(f cu.Function, bytes int) error {
	// A cu.Function is nothing but the driver's handle.
	handle := *(*unsafe.Pointer)(unsafe.Pointer(&f))
	return failure(int(C.gaze_cuda_shared_memory(handle, C.int(bytes))))
}

// hostMemory takes memory of this program that the device reads and writes
// itself, to be given back by cu.MemFreeHost.
func hostMemory(floats int) ([]float32, error) {
	var p unsafe.Pointer
	if err := failure(int(C.gaze_cuda_host_memory(&p, C.size_t(4*floats)))); err != nil {
		return nil, err
	}
	return unsafe.Slice((*float32)(p), floats), nil
}
