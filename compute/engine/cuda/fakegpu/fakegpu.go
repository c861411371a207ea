//go:build linux

// Package fakegpu gives tests a GPU where there is none: a library with the
// driver's functions that runs the kernels on this machine's own processor.
package fakegpu

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

var built = sync.OnceValues(build)

// Use makes package driver load the fake library, which it builds from fake/ and
// kernels/ with g++ unless it has before. The test is skipped where there is no
// g++. GAZE_FAKE_FLAGS adds options: -fsanitize=address, which needs the
// sanitizer's library in LD_PRELOAD.
func Use(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("there is no g++ to build the fake GPU with")
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GAZE_LIBCUDA", path)
}

func build() (string, error) {
	_, self, _, ok := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(self))
	if !ok || !filepath.IsAbs(root) {
		// Built with -trimpath: tests run in their package's folder.
		wd, err := os.Getwd()
		if err != nil {
			return "", err
		}
		if root, err = find(wd); err != nil {
			return "", err
		}
	}
	args := append([]string{"-std=c++17", "-O2", "-march=native", "-fPIC", "-Wl,-Bsymbolic", "-Wall", "-Wno-unknown-pragmas"},
		strings.Fields(os.Getenv("GAZE_FAKE_FLAGS"))...)
	var sources []string
	for _, pattern := range []string{"fake/*.cpp", "fake/*.h", "kernels/*.cu", "kernels/*.cuh"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return "", err
		}
		sources = append(sources, found...)
	}
	slices.Sort(sources)
	hash := sha256.New()
	fmt.Fprintln(hash, args, processor())
	for _, s := range sources {
		text, err := os.ReadFile(s)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(hash, s, len(text))
		hash.Write(text)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "gaze-fakegpu")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(folder, fmt.Sprintf("libcuda-%x.so", hash.Sum(nil)[:12]))
	// The tests of several packages may want it at once.
	lock, err := os.Create(filepath.Join(folder, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, compile(path, args, slices.DeleteFunc(sources, func(s string) bool { return !strings.HasSuffix(s, ".cpp") }))
}

// compile makes the library, its parts at the same time.
func compile(path string, args, sources []string) error {
	objects := make([]string, len(sources))
	errs := make([]error, len(sources))
	var running sync.WaitGroup
	for i, s := range sources {
		objects[i] = fmt.Sprintf("%s.%d.o", path, i)
		running.Add(1)
		go func() {
			defer running.Done()
			errs[i] = compiler(append(args[:len(args):len(args)], "-c", s, "-o", objects[i])...)
		}()
	}
	running.Wait()
	err := errors.Join(errs...)
	if err == nil {
		err = compiler(append(append(args[:len(args):len(args)], objects...), "-shared", "-o", path+".new")...)
	}
	for _, o := range objects {
		os.Remove(o)
	}
	if err != nil {
		return fmt.Errorf("building the fake GPU: %w", err)
	}
	return os.Rename(path+".new", path)
}

func compiler(args ...string) error {
	if out, err := exec.Command("g++", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// find looks for the kernels' folder in dir and above.
func find(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		for _, root := range []string{at, filepath.Join(at, "compute", "engine", "cuda")} {
			if _, err := os.Stat(filepath.Join(root, "fake", "emu.h")); err == nil {
				return root, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("there is no compute/engine/cuda/fake above %s", dir)
		}
	}
}

// processor tells what a library built for the native processor depends on.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	return string(bytes.TrimSpace(regexp.MustCompile(`(?m)^(flags|Features)\s*:.*$`).Find(text)))
}
