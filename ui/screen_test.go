package ui

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"gaze/compute/output/golden"
)

// patience bounds the wait for something that has to happen on the screen. It
// is long for slow machines and costs nothing where all is well.
const patience = 90 * time.Second

// screen is a virtual X display.
type screen struct {
	display string
	// frame is the file in which the X server keeps the screen's pixels.
	frame string
}

// newScreen starts Xvfb on a free display. Without it, or without xdotool, the
// test is skipped, but in CI it fails.
func newScreen(t *testing.T) *screen {
	t.Helper()
	for _, program := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is needed to test the real window", program)
			}
			t.Skipf("the real window is not tested: there is no %s", program)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	frames := t.TempDir()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1400x900x24", "-fbdir", frames, "-nocursor", "+extension", "GLX", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	return &screen{display: ":" + strings.TrimSpace(number), frame: filepath.Join(frames, "Xvfb_screen0")}
}

// environment is the test's own with this screen, and with a home folder of
// the program's own instead of the user's.
func (s *screen) environment(t *testing.T) []string {
	home := t.TempDir()
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "WAYLAND_DISPLAY", "LC_ALL", "LANGUAGE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME":
		default:
			env = append(env, e)
		}
	}
	return append(env, "DISPLAY="+s.display, "HOME="+home, "LANG=en_US.UTF-8",
		"LIBGL_ALWAYS_SOFTWARE=1", "FYNE_SCALE=1", "FYNE_THEME=light")
}

// xdo runs xdotool and returns what it prints.
func (s *screen) xdo(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("xdotool %s: %s", strings.Join(args, " "), exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// capture reads the screen's pixels, which Xvfb keeps in the format of xwd.
func (s *screen) capture() (image.Image, error) {
	data, err := os.ReadFile(s.frame)
	if err != nil {
		return nil, err
	}
	field := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	const headerSize, width, height, byteOrder, depth, stride, colours = 0, 4, 5, 7, 11, 12, 19
	if len(data) < 100 || field(depth) != 32 || field(byteOrder) != 0 {
		return nil, errors.New("the screen's pixels are not 32 bits in little-endian order")
	}
	pixels := data[field(headerSize)+12*field(colours):]
	img := image.NewNRGBA(image.Rect(0, 0, field(width), field(height)))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			p := pixels[y*field(stride)+4*x:]
			img.SetNRGBA(x, y, color.NRGBA{p[2], p[1], p[0], 0xff})
		}
	}
	return img, nil
}

// program is the application running on a screen.
type program struct {
	*screen
	t       *testing.T
	command *exec.Cmd
	output  *strings.Builder
	ended   chan error
	window  string
}

// start runs the program at path and waits for its window.
func (s *screen) start(t *testing.T, path string, args ...string) *program {
	t.Helper()
	p := &program{screen: s, t: t, command: exec.Command(path, args...), output: &strings.Builder{}, ended: make(chan error, 1)}
	p.command.Env = s.environment(t)
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.command.Wait() }()
	t.Cleanup(func() {
		if p.command.ProcessState == nil {
			_ = p.command.Process.Kill()
			<-p.ended
		}
	})
	p.wait("its window", func() bool {
		ids, err := s.xdo("search", "--onlyvisible", "--name", programName)
		p.window, _, _ = strings.Cut(ids, "\n")
		return err == nil && p.window != ""
	})
	// There is no window manager to give it the keyboard.
	p.do("windowfocus", p.window)
	return p
}

// wait asks until done reports true.
func (p *program) wait(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-p.ended:
			p.ended <- err
			p.fail(fmt.Sprintf("the program ended (%v) before %s", err, what))
		default:
		}
		if time.Now().After(deadline) {
			p.fail("still no " + what)
		}
	}
}

// fail ends the test with the screen as it is.
func (p *program) fail(message string) {
	p.t.Helper()
	title, _ := p.xdo("getwindowname", p.window)
	if img, err := p.capture(); err == nil {
		path := filepath.Join("testdata", "failed", p.t.Name()+".png")
		golden.WritePNG(p.t, path, img)
		message += "; the screen is in " + path
	}
	_ = p.command.Process.Kill()
	p.t.Fatalf("%s; the title is %q; the program said:\n%s", message, title, p.output)
}

// waitForTitle waits until the window's title begins with the given text.
func (p *program) waitForTitle(prefix string) {
	p.t.Helper()
	p.wait("title "+strconv.Quote(prefix), func() bool {
		title, err := p.xdo("getwindowname", p.window)
		return err == nil && strings.HasPrefix(title, prefix)
	})
}

func (p *program) do(args ...string) {
	p.t.Helper()
	if _, err := p.xdo(args...); err != nil {
		p.fail(err.Error())
	}
}

// moveTo moves the mouse and gives Fyne the time to see it, once a frame.
func (p *program) moveTo(at fyne.Position) {
	p.t.Helper()
	p.moveAtOnceTo(at)
	time.Sleep(100 * time.Millisecond)
}

func (p *program) moveAtOnceTo(at fyne.Position) {
	p.t.Helper()
	p.do("mousemove", "--window", p.window, strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y)))
}

func (p *program) click(at fyne.Position) {
	p.t.Helper()
	p.moveTo(at)
	p.do("click", "1")
}

func (p *program) drag(from, to fyne.Position) {
	p.t.Helper()
	p.moveTo(from)
	p.do("mousedown", "1")
	const steps = 8
	for i := 1; i <= steps; i++ {
		part := float32(i) / steps
		p.moveTo(fyne.NewPos(from.X+part*(to.X-from.X), from.Y+part*(to.Y-from.Y)))
	}
	p.do("mouseup", "1")
}
