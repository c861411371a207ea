//go:build gpu && cgo && linux

package driver

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
typedef unsigned long long dptr;
static void *lib;
static int (*p_init)(unsigned), (*p_version)(int*), (*p_count)(int*), (*p_device)(int*,int), (*p_name)(char*,int,int), (*p_total)(size_t*,int), (*p_attr)(int*,int,int);
static int (*p_retain)(void**,int), (*p_release)(int), (*p_current)(void*), (*p_stream)(void**,unsigned), (*p_sync)(void*), (*p_destroy)(void*);
static int (*p_load)(void**,const void*), (*p_func)(void**,void*,const char*), (*p_fattr)(void*,int,int);
static int (*p_alloc)(dptr*,size_t), (*p_free)(dptr), (*p_up)(dptr,const void*,size_t,void*), (*p_down)(void*,dptr,size_t,void*), (*p_set)(dptr,unsigned char,size_t,void*);
static int (*p_launch)(void*,unsigned,unsigned,unsigned,unsigned,unsigned,unsigned,unsigned,void*,void**,void**);
static int open_library(const char *path) {
  if (lib) return 0;
  lib = dlopen(path && *path ? path : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return -1;
#define S(v,n) if (!(v = dlsym(lib, n))) return -2
  S(p_init,"cuInit"); S(p_version,"cuDriverGetVersion"); S(p_count,"cuDeviceGetCount"); S(p_device,"cuDeviceGet"); S(p_name,"cuDeviceGetName");
  S(p_total,"cuDeviceTotalMem_v2"); S(p_attr,"cuDeviceGetAttribute"); S(p_retain,"cuDevicePrimaryCtxRetain"); S(p_release,"cuDevicePrimaryCtxRelease_v2");
  S(p_current,"cuCtxSetCurrent"); S(p_stream,"cuStreamCreate"); S(p_sync,"cuStreamSynchronize"); S(p_destroy,"cuStreamDestroy_v2");
  S(p_load,"cuModuleLoadData"); S(p_func,"cuModuleGetFunction"); S(p_fattr,"cuFuncSetAttribute"); S(p_alloc,"cuMemAlloc_v2"); S(p_free,"cuMemFree_v2");
  S(p_up,"cuMemcpyHtoDAsync_v2"); S(p_down,"cuMemcpyDtoHAsync_v2"); S(p_set,"cuMemsetD8Async"); S(p_launch,"cuLaunchKernel");
  return p_init(0);
}
static int version(int *v) { return p_version(v); }
static int count(int *n) { return p_count(n); }
static int device(int *d, int i) { return p_device(d, i); }
static int name(char *s, int n, int d) { return p_name(s, n, d); }
static int total(size_t *n, int d) { return p_total(n, d); }
static int attr(int *v, int a, int d) { return p_attr(v, a, d); }
static int retain(void **c, int d) { return p_retain(c, d); }
static int release(int d) { return p_release(d); }
static int current(void *c) { return p_current(c); }
static int stream(void **s) { return p_stream(s, 1); }
static int stream_sync(void *s) { return p_sync(s); }
static int stream_destroy(void *s) { return p_destroy(s); }
static int load(void **m, const char *image) { return p_load(m, image); }
static int function(void **f, void *m, const char *n) { return p_func(f, m, n); }
static int fattr(void *f, int v) { return p_fattr(f, 8, v); }
static int alloc_(dptr *p, size_t n) { return p_alloc(p, n); }
static int free_(dptr p) { return p_free(p); }
static int up(dptr d, const void *s, size_t n, void *st) { int rc = p_up(d, s, n, st); return rc ? rc : p_sync(st); }
static int down(void *d, dptr s, size_t n, void *st) { int rc = p_down(d, s, n, st); return rc ? rc : p_sync(st); }
static int zero(dptr d, size_t n, void *st) { return p_set(d, 0, n, st); }
static int launch(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned sh, void *st, dptr *args, int n) {
  void *p[64];
  for (int i = 0; i < n; i++) p[i] = &args[i];
  return p_launch(f, gx, gy, gz, bx, by, bz, sh, st, p, 0);
}
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

// GPU is an open device.
type GPU struct {
	info  Info
	units int
	dev   C.int
	ctx   unsafe.Pointer
	queue unsafe.Pointer
	work  chan func() error
	done  chan error
}

// Module is a loaded set of kernels.
type Module struct {
	gpu *GPU
	ptr unsafe.Pointer
}

// Function is a kernel.
type Function struct{ ptr unsafe.Pointer }

func check(what string, rc C.int) error {
	switch rc {
	case 0:
		return nil
	case 2:
		return fmt.Errorf("%s: %w", what, ErrMemory)
	case 700, 719, 999:
		return fmt.Errorf("%s: %w (CUDA error %d)", what, ErrLost, int(rc))
	}
	return fmt.Errorf("%s: CUDA error %d", what, int(rc))
}

func library() error {
	path := C.CString(os.Getenv("GAZE_LIBCUDA"))
	defer C.free(unsafe.Pointer(path))
	switch rc := C.open_library(path); {
	case rc < 0:
		return fmt.Errorf("no CUDA driver: %s", C.GoString(C.dlerror()))
	default:
		return check("starting the CUDA driver", rc)
	}
}

// Devices lists what the driver knows.
func Devices() ([]Info, error) {
	if err := library(); err != nil {
		return nil, err
	}
	var n C.int
	if err := check("counting devices", C.count(&n)); err != nil {
		return nil, err
	}
	var list []Info
	for i := range int(n) {
		list = append(list, info(i))
	}
	return list, nil
}

func info(i int) Info {
	var name [256]C.char
	var v, major, minor C.int
	var total C.size_t
	C.version(&v)
	C.name(&name[0], 256, C.int(i))
	C.total(&total, C.int(i))
	C.attr(&major, 75, C.int(i))
	C.attr(&minor, 76, C.int(i))
	return Info{Index: i, Name: C.GoString(&name[0]), Memory: int64(total), Major: int(major), Minor: int(minor), Driver: int(v)}
}

// Open takes a device.
func Open(index int) (*GPU, error) {
	if err := library(); err != nil {
		return nil, err
	}
	g := &GPU{info: info(index), work: make(chan func() error), done: make(chan error)}
	go func() {
		runtime.LockOSThread()
		for f := range g.work {
			g.done <- f()
		}
		close(g.done)
	}()
	return g, g.do(func() error {
		var units C.int
		for _, err := range []error{
			check("finding the device", C.device(&g.dev, C.int(index))),
			check("taking the device", C.retain(&g.ctx, g.dev)),
			check("taking the device", C.current(g.ctx)),
			check("making a stream", C.stream(&g.queue)),
			check("counting multiprocessors", C.attr(&units, 16, g.dev)),
		} {
			if err != nil {
				return err
			}
		}
		g.units = int(units)
		return nil
	})
}

func (g *GPU) do(f func() error) error {
	g.work <- f
	return <-g.done
}

// Info tells about the device.
func (g *GPU) Info() Info { return g.info }

// Multiprocessors is their number.
func (g *GPU) Multiprocessors() int { return g.units }

// Load compiles kernels.
func (g *GPU) Load(ptx string) (*Module, error) {
	m := &Module{gpu: g}
	return m, g.do(func() error {
		text := C.CString(ptx)
		defer C.free(unsafe.Pointer(text))
		return check("loading kernels", C.load(&m.ptr, text))
	})
}

// Function finds a kernel.
func (m *Module) Function(name string, sharedBytes int) (Function, error) {
	var f Function
	return f, m.gpu.do(func() error {
		text := C.CString(name)
		defer C.free(unsafe.Pointer(text))
		var p unsafe.Pointer
		if err := check("finding kernel "+name, C.function(&p, m.ptr, text)); err != nil {
			return err
		}
		f.ptr = p
		if sharedBytes > 48<<10 {
			return check("kernel "+name, C.fattr(p, C.int(sharedBytes)))
		}
		return nil
	})
}

// Alloc takes memory.
func (g *GPU) Alloc(bytes int) (p Pointer, err error) {
	err = g.do(func() error {
		var d C.dptr
		err := check("allocating", C.alloc_(&d, C.size_t(bytes)))
		p = Pointer(d)
		return err
	})
	return p, err
}

// Free gives it back.
func (g *GPU) Free(p Pointer) error {
	return g.do(func() error { return check("freeing", C.free_(C.dptr(p))) })
}

// Upload copies to the device.
func (g *GPU) Upload(dst Pointer, src []float32) error {
	return g.do(func() error { return launcher{g}.Upload(dst, src) })
}

// Download copies from the device.
func (g *GPU) Download(dst []float32, src Pointer) error {
	return g.do(func() error {
		return check("copying from the device", C.down(unsafe.Pointer(&dst[0]), C.dptr(src), C.size_t(4*len(dst)), g.queue))
	})
}

// Zero sets bytes to zero.
func (g *GPU) Zero(dst Pointer, bytes int) error {
	return g.do(func() error { return launcher{g}.Zero(dst, bytes) })
}

// Launch queues a kernel.
func (g *GPU) Launch(f Function, grid, block [3]int, shared int, args ...uint64) error {
	return g.do(func() error { return launcher{g}.Launch(f, grid, block, shared, args...) })
}

// Batch queues much at once.
func (g *GPU) Batch(f func(Launcher) error) error {
	return g.do(func() error { return f(launcher{g}) })
}

// Synchronize waits for all that is queued.
func (g *GPU) Synchronize() error {
	return g.do(func() error { return check("waiting for the device", C.stream_sync(g.queue)) })
}

// Close gives the device back.
func (g *GPU) Close() error {
	err := g.do(func() error {
		C.stream_destroy(g.queue)
		return check("releasing the device", C.release(g.dev))
	})
	close(g.work)
	return err
}

type launcher struct{ g *GPU }

func (l launcher) Launch(f Function, grid, block [3]int, shared int, args ...uint64) error {
	return check("launching a kernel", C.launch(f.ptr, C.uint(grid[0]), C.uint(grid[1]), C.uint(grid[2]),
		C.uint(block[0]), C.uint(block[1]), C.uint(block[2]), C.uint(shared), l.g.queue, (*C.dptr)(unsafe.Pointer(&args[0])), C.int(len(args))))
}

func (l launcher) Upload(dst Pointer, src []float32) error {
	return check("copying to the device", C.up(C.dptr(dst), unsafe.Pointer(&src[0]), C.size_t(4*len(src)), l.g.queue))
}

func (l launcher) Zero(dst Pointer, bytes int) error {
	return check("zeroing", C.zero(C.dptr(dst), C.size_t(bytes), l.g.queue))
}
