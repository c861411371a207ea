package doctor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/output/golden"
	"gaze/models/doctor"
	"gaze/models/store"
)

// page is the page about a file in testdata, in a language.
func page(t *testing.T, name, language string) string {
	t.Helper()
	l, err := doctor.LanguageOf(language)
	if err != nil {
		t.Fatal(err)
	}
	report, err := doctor.Examine(filepath.Join("testdata", name), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report.Page(l)
}

// The pages of five kinds of files, in both languages: a network that is read with
// guesses, one with an operator that is not, a pointer in place of a file, a program in
// place of parameters, and a file of Keras.
func TestPages(t *testing.T) {
	for _, name := range []string{"sigmoid.onnx", "lstm.onnx", "pointer.onnx", "program.pt", "lambda.keras"} {
		for _, language := range []string{"en", "zh"} {
			golden.Text(t, filepath.Join("testdata", name+"."+language+".txt"), page(t, name, language))
		}
	}
}

// Whatever a file is, its page names it, says what it is, and what to do.
func TestEveryFileOfTheTestsHasAPage(t *testing.T) {
	english, err := doctor.LanguageOf("en")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, dir := range []string{"../onnx/testdata", "../keras/testdata", "../store/testdata", "../weights/testdata", "../../../shared/cases"} {
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil
			}
			found++
			report, err := doctor.Examine(path, store.Options{})
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
			text := report.Page(english)
			if !strings.HasPrefix(text, path+": ") || report.What.English == "" || !strings.Contains(text, "What to do") && !strings.Contains(text, "How to get") {
				t.Errorf("the page of %s does not say what it is and what to do:\n%s", path, text)
			}
			for _, machine := range []string{"proto:", "(0x", "runtime error", "%!", "<nil>", "{"} {
				if strings.Contains(strings.ReplaceAll(text, "{size}", ""), machine) && !strings.Contains(path, ".json") {
					t.Errorf("the page of %s has %q:\n%s", path, machine, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 40 {
		t.Errorf("only %d files were found", found)
	}
}

func TestFoldersAreNoFiles(t *testing.T) {
	dir := t.TempDir()
	report, err := doctor.Examine(dir, store.Options{})
	if err != nil || report.Readable {
		t.Errorf("a folder: %+v, %v", report, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "saved_model.pb"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	english, err := doctor.LanguageOf("en")
	if err != nil {
		t.Fatal(err)
	}
	report, err = doctor.Examine(dir, store.Options{})
	if text := report.Page(english); err != nil || !strings.Contains(text, "SavedModel") || !strings.Contains(text, `model.save("model.keras")`) {
		t.Errorf("a SavedModel: %s, %v", text, err)
	}
	if _, err := doctor.Examine(filepath.Join(dir, "none.onnx"), store.Options{}); err == nil || !strings.Contains(err.Error(), "none.onnx") {
		t.Errorf("a file that there is not: %v", err)
	}
}
