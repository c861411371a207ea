// Package fakegpu gives tests a GPU where there is none: a library with the
// driver's functions that runs the kernels on this machine's own processor.
package fakegpu

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	args := append([]string{"-std=c++17", "-O2", "-march=native", "-fPIC", "-shared", "-Wl,-Bsymbolic", "-Wall", "-Wno-unknown-pragmas"},
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
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	made := fmt.Sprintf("%s.%d", path, os.Getpid())
	for _, s := range sources {
		if strings.HasSuffix(s, ".cpp") {
			args = append(args, s)
		}
	}
	out, err := exec.Command("g++", append(args, "-o", made)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the fake GPU: %w\n%s", err, out)
	}
	return path, os.Rename(made, path)
}

// find looks for the kernels' folder in dir and above.
func find(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		for _, root := range []string{at, filepath.Join(at, "compute", "cuda")} {
			if _, err := os.Stat(filepath.Join(root, "fake", "emu.h")); err == nil {
				return root, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("there is no compute/cuda/fake above %s", dir)
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
