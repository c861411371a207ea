//go:build gpu && cgo && linux

package driver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/cuda/fakegpu"
)

// TestMain lists the devices where a test runs this program for that: the
// library is loaded once in a program.
func TestMain(m *testing.M) {
	if os.Getenv("GAZE_TEST_DEVICES") == "" {
		os.Exit(m.Run())
	}
	list, err := driver.Devices()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(list)
}

func TestDevicesOfOtherMachines(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"no library", []string{"GAZE_LIBCUDA=/no/libcuda.so.1"}, "there is no NVIDIA driver\n"},
		{"not a library", []string{"GAZE_LIBCUDA=/etc/passwd"}, "there is no NVIDIA driver that can be loaded: "},
		{"no device", []string{"GAZE_FAKE_DEVICES=0"}, "the NVIDIA driver finds no GPU\n"},
		{"a device too old", []string{"GAZE_FAKE_CAPABILITY=61"}, `"Unusable":"its compute capability is 6.1, and 7.5 is needed"`},
		{"a driver too old", []string{"GAZE_FAKE_DRIVER=11040"}, `"Unusable":"its driver knows CUDA 11.4, and 11.8 is needed"`},
		{"a device", nil, `"Name":"emulated device","Memory":8589934592,"Major":8,"Minor":0,"Driver":12040,"Unusable":""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			fakegpu.Use(t)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(append(os.Environ(), "GAZE_TEST_DEVICES=1"), c.env...)
			out, err := cmd.Output()
			if !strings.Contains(string(out), c.want) {
				t.Errorf("%q (%v), want %q", out, err, c.want)
			}
		})
	}
}

func open(t *testing.T) *driver.GPU {
	t.Helper()
	fakegpu.Use(t)
	g, err := driver.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// Numbers come back as they went, in more parts than the staging memory has
// room for.
func TestCopies(t *testing.T) {
	g := open(t)
	values := make([]float32, 9<<20)
	for i := range values {
		values[i] = float32(i)
	}
	p, err := g.Alloc(4 * len(values))
	if err != nil {
		t.Fatal(err)
	}
	fresh := make([]float32, 100)
	if err := g.Download(fresh, p); err != nil || !math.IsNaN(float64(fresh[99])) {
		t.Errorf("fresh memory holds %v: %v", fresh[99], err)
	}
	err = g.Batch(func(l driver.Launcher) error {
		half := len(values) / 2
		return errors.Join(l.Upload(p, values[:half]), l.Upload(p+driver.Pointer(4*half), values[half:]))
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(values))
	if err := g.Download(got, p); err != nil || !slices.Equal(got, values) {
		t.Errorf("what comes back differs: %v", err)
	}
	if err := g.Batch(func(l driver.Launcher) error { return l.Zero(p+4, 4) }); err != nil {
		t.Fatal(err)
	}
	if err := g.Download(got[:3], p); err != nil || !slices.Equal(got[:3], []float32{0, 0, 2}) {
		t.Errorf("%v: %v", got[:3], err)
	}
	if err := g.Upload(p+driver.Pointer(4*len(values)-4), []float32{1, 2}); err == nil {
		t.Error("what lies beyond the memory was written")
	}
	if err := g.Free(p); err != nil {
		t.Fatal(err)
	}
	if err := g.Download(got[:1], p); err == nil {
		t.Error("what was given back was read")
	}
}

func TestMemoryRunsOut(t *testing.T) {
	g := open(t)
	t.Setenv("GAZE_FAKE_MEMORY", "1000")
	p, err := g.Alloc(800)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Alloc(800); !errors.Is(err, driver.ErrMemory) {
		t.Errorf("the error is %v", err)
	}
	if err := g.Free(p); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Alloc(800); err != nil {
		t.Errorf("after memory was given back: %v", err)
	}
}

func TestLostDeviceStaysLost(t *testing.T) {
	g := open(t)
	p, err := g.Alloc(8)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GAZE_FAKE_LOST", "1")
	if err := g.Synchronize(); !errors.Is(err, driver.ErrLost) {
		t.Errorf("the error is %v", err)
	}
	t.Setenv("GAZE_FAKE_LOST", "0")
	if err := g.Batch(func(l driver.Launcher) error { return l.Zero(p, 8) }); !errors.Is(err, driver.ErrLost) {
		t.Errorf("afterwards the error is %v", err)
	}
}

func TestDeviceThatCannotBeOpened(t *testing.T) {
	fakegpu.Use(t)
	if _, err := driver.Open(1); err == nil || !strings.Contains(err.Error(), "no GPU 1") {
		t.Errorf("the error is %v", err)
	}
	t.Setenv("GAZE_FAKE_TAKEN", "1")
	if _, err := driver.Open(0); err == nil || !strings.Contains(err.Error(), "emulated device") {
		t.Errorf("the error is %v", err)
	}
}

func TestKernelsThatAreNotThere(t *testing.T) {
	g := open(t)
	if _, err := g.Load("no PTX"); err == nil {
		t.Error("text was compiled")
	}
	m, err := g.Load(".target sm_75")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Function("no_such_kernel", 0); err == nil || !strings.Contains(err.Error(), "no_such_kernel") {
		t.Errorf("the error is %v", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Alloc(1); err == nil {
		t.Error("a closed device gave memory")
	}
}
