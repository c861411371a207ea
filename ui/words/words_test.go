package words

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/translations"
)

// speak makes the test's words come in a language.
func speak(t *testing.T, code string) {
	t.Helper()
	got, err := translations.Own().Speak(code)
	if err != nil || got != code {
		t.Fatalf("speaks %q: %v", got, err)
	}
	t.Cleanup(func() {
		if _, err := translations.Own().Speak("en"); err != nil {
			t.Error(err)
		}
	})
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	speak(t, "en")
	for _, c := range []struct{ got, want string }{
		{Percent(0.934), "93 %"},
		{Percent(0.0996), "10 %"},
		{Percent(0.0994), "9.9 %"},
		{Percent(0.0006), "0.1 %"},
		{Percent(0.0004), "0 %"},
		{Percent(1), "100 %"},
		{Value(0), "0"},
		{Value(-0.30361), "−0.304"},
		{Value(2.1), "2.10"},
		{Value(48.25), "48.2"},
		{Value(1234.5), "1234"},
		{Value(2.5e-5), "2.50e−05"},
		{Value(-3e7), "−3.00e+07"},
		{Number(999), "999"},
		{Number(1_958_000), "1.96 M"},
		{Number(25_600), "25.6 k"},
		{Number(2e9), "2 G"},
		{ByteSize(1), "1 byte"},
		{ByteSize(999), "999 bytes"},
		{ByteSize(12_345), "12 kB"},
		{ByteSize(44_661_000), "44.7 MB"},
		{ByteSize(512_000_000), "512 MB"},
		{Duration(400 * time.Millisecond), "0 s"},
		{Duration(59 * time.Second), "59 s"},
		{Duration(61 * time.Second), "1 min 1 s"},
		{Duration(2*time.Hour + 5*time.Minute), "2 h 5 min"},
		{Shape([]int{192, 11, 11}), "192×11×11"},
	} {
		if c.got != c.want {
			t.Errorf("%q; want %q", c.got, c.want)
		}
	}
}

// reasons are all kinds of errors a picture can have.
var reasons = []picture.Error{
	{Reason: picture.NotFound},
	{Reason: picture.Permission},
	{Reason: picture.Directory},
	{Reason: picture.NotRegular},
	{Reason: picture.Empty},
	{Reason: picture.FileTooLarge, Size: 600_000_000, Limit: 512_000_000},
	{Reason: picture.TooManyPixels, Width: 40000, Height: 40000, Limit: 100_000_000},
	{Reason: picture.NotImage},
	{Reason: picture.Truncated, Size: 12_000, Format: "jpeg"},
	{Reason: picture.Damaged, Format: "png"},
	{Reason: picture.Unsupported, Format: "webp"},
	{Reason: picture.Unreadable, Err: errors.New("input/output error")},
}

func TestReasonsAreSaidInBothLanguages(t *testing.T) {
	said := map[string][]string{}
	for _, code := range translations.Own().Codes() {
		speak(t, code)
		for _, e := range reasons {
			e.Path = "/photos/mug.jpg"
			text := Reason(fmt.Errorf("decoding: %w", &e))
			if text == "" || strings.Contains(text, "{{") || strings.Contains(text, e.Path) {
				t.Errorf("%s in %s: %q", e.Reason, code, text)
			}
			said[code] = append(said[code], text)
			if whole := Failure(&e); !strings.HasPrefix(whole, e.Path+": ") {
				t.Errorf("failure does not name the file: %q", whole)
			}
		}
	}
	for i, e := range reasons {
		if said["en"][i] == said["zh"][i] && e.Reason != picture.Unreadable {
			t.Errorf("%s is %q in both languages", e.Reason, said["en"][i])
		}
	}
	if got, want := said["en"][6], "40000×40000 pixels are more than the limit of 100 M"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestNamesAskedForInVainAreSaidInBothLanguages(t *testing.T) {
	for _, err := range []error{&state.LayerError{Network: "everyday", Layer: "fc", Shown: "layer4"}, &state.LayerError{Network: "everyday", Layer: "fc"}, &state.MethodError{Name: "gradcan", Known: []string{"gradcam"}}} {
		speak(t, "en")
		english := Failure(err)
		speak(t, "zh")
		chinese := Failure(err)
		if english == chinese || chinese == err.Error() {
			t.Errorf("%q is said as %q and %q", err, english, chinese)
		}
	}
}

func TestNoticesAreSaidInBothLanguages(t *testing.T) {
	for _, n := range compute.Notices() {
		if n.Text() == string(n) {
			t.Errorf("%s has no text", n)
		}
		speak(t, "en")
		if got := Notice(n); got != n.Text() {
			t.Errorf("%s in English is %q; package compute says %q", n, got, n.Text())
		}
		speak(t, "zh")
		if got := Notice(n); got == n.Text() {
			t.Errorf("%s is not translated", n)
		}
	}
}

// Whatever a recipe may ask for has words of its own. Only a name from a paper is
// the same in all languages.
func TestRefinementsAreSaidInBothLanguages(t *testing.T) {
	type choice struct {
		code string
		said func() string
	}
	var choices []choice
	for _, k := range compute.TargetKinds() {
		choices = append(choices, choice{string(k), func() string { return Target(k) }})
	}
	for _, s := range compute.Smoothings() {
		choices = append(choices, choice{string(s), func() string { return Smoothing(s) }})
	}
	for _, f := range compute.Fusions() {
		choices = append(choices, choice{string(f), func() string { return Fusion(f) }})
	}
	said := map[string]string{}
	for _, c := range choices {
		speak(t, "en")
		english := c.said()
		if other, twice := said[english]; twice {
			t.Errorf("%s and %s are both said as %q", c.code, other, english)
		}
		said[english] = c.code
		speak(t, "zh")
		chinese := c.said()
		if english == c.code || chinese == c.code || chinese == english && c.code != string(compute.TargetReST) {
			t.Errorf("%s is said as %q and %q", c.code, english, chinese)
		}
	}
}

// What a recipe or a method refuses is said in the window's language.
func TestRefusalsAreSaidInBothLanguages(t *testing.T) {
	for _, err := range []error{compute.ErrFuseOne, compute.ErrSumOfOne, compute.ErrClassTwice, compute.ErrSigned, cam.ErrNeedsHead, cam.ErrNoChannels, cam.ErrNoAttention, cam.ErrWindows, cam.ErrTokens, models.ErrNoBlocks, cam.ErrVanished} {
		speak(t, "en")
		english := Failure(fmt.Errorf("layer x: %w", err))
		speak(t, "zh")
		if got := Failure(fmt.Errorf("layer x: %w", err)); got == english || strings.Contains(got, "layer x") {
			t.Errorf("%v is said as %q, and in English as %q", err, got, english)
		}
	}
}

func TestDeviceIsDescribedInTheWindowsLanguage(t *testing.T) {
	d := compute.Device{Description: "CPU, AVX2, 2 threads", Instructions: "AVX2", Threads: 2}
	speak(t, "en")
	if got := Device(d); got != d.Description {
		t.Errorf("%q", got)
	}
	speak(t, "zh")
	if got, want := Device(d), "CPU, AVX2, 2 线程"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestNotesSpeakTheWindowsLanguage(t *testing.T) {
	speak(t, "zh")
	for _, c := range []struct {
		note models.Note
		want string
	}{
		{models.NewNote(models.NoteText, "mine: {{.Size}}"), "mine: {{.Size}}"},
		{models.NewNote(models.NoteBatch, 8), "该文件一次处理 8 张图片；这里按一张读取。"},
		{models.NewNote(models.NoteSize, "299x299", "224x224"), "该文件用于 299x299 的图片；这里按 224x224 读取。"},
		{models.NewNote(models.NoteOutput, "a, b", "b"), "在输出 a, b 中，解释的是 b。"},
		{models.NewNote(models.NoteScores, "best", "scores"), "输出 best 只给出最可能的类别；解释的是它背后的得分 scores。"},
		{models.NewNote(models.NoteInput, "age", 30), "除图片外的输入 age 取为 30。"},
		{models.NewNote(models.NoteLayout, "x", "N, C, H, W"), "输入 x 的各轴取为 N, C, H, W。"},
		{models.NewNote(models.NoteOpset, 29), "该文件使用的 opset 29 比此版本的 Gaze 更新。"},
		{models.NewNote(models.NoteRounding), "网络经过量化：激活值按文件的规定取整，梯度则如同未取整一样传递。"},
		{models.NewNote(models.NoteByOrder, "resnet18"), "该文件中参数的名称与 resnet18 不同；它们按顺序和形状对应。"},
		{models.NewNote(models.NoteBeside, "loss.weight"), "该文件中有不属于网络的数值，已忽略：loss.weight。"},
		{models.NewNote(models.NoteCopy, "ema", "model"), "该文件中有多份网络：读取的是 ema，未读取 model。"},
		{models.NewNote(models.NoteLabels, "labels.txt"), "类别名称来自网络旁边的 labels.txt。"},
		{models.NewNote(models.NoteKeys, "mine.json", "x, y"), "mine.json 中有 Gaze 不认识的键，它们不起作用：x, y。"},
		{models.NewNote(models.NoteActivation, "Softmax"), "末尾的 Softmax 被省去：解释的是它之前的 logits。"},
	} {
		if got := Note(c.note); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWhyNoGPUIsUsedIsSaidInTheWindowsLanguage(t *testing.T) {
	for _, c := range []struct {
		cause      compute.Cause
		text, want string
	}{
		{compute.CauseNoDriver, "there is no NVIDIA driver", "没有 NVIDIA 驱动程序"},
		{compute.CauseLost, "network x: computing a: launching a kernel: the GPU was lost (LaunchFailed)", "GPU 已失去响应"},
		{"", "GeForce cannot be used: its compute capability is 6.1, and 7.5 is needed", "GeForce cannot be used: its compute capability is 6.1, and 7.5 is needed"},
	} {
		speak(t, "zh")
		if got := DeviceReason(compute.Device{Cause: c.cause, Reason: c.text}); got != c.want {
			t.Errorf("%q is said as %q, want %q", c.text, got, c.want)
		}
	}
}
