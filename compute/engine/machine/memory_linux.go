package machine

import (
	"syscall"
	"unsafe"
)

const largePage = 2 << 20

// adviseLargePages asks for large pages for the whole ones within s. This is
// advice: only the time differs if the system does not follow it.
func adviseLargePages(s []float32) {
	if len(s)*4 < largePage {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 4*len(s))
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) & (largePage - 1)
	if whole := (len(b) - skip) / largePage * largePage; whole > 0 {
		_ = syscall.Madvise(b[skip:skip+whole], syscall.MADV_HUGEPAGE)
	}
}
