package truth_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute/evaluation/truth"
	"gaze/models/labels"
)

var everyday = truth.NewClasses([]string{"backpack", "coffee mug", "desk lamp", "crane", "crane", "tench, Tinca tinca", "Black-footed Albatross", "书包"})

func TestByName(t *testing.T) {
	for name, want := range map[string][]int{
		"backpack":                   {0},
		"back_pack":                  {0},
		"Back Pack":                  {0},
		"backpacks":                  {0},
		"coffee-mug":                 {1},
		"mug":                        nil,
		"crane":                      {3, 4},
		"Tinca_tinca":                {5},
		"tench":                      {5},
		"001.Black_footed_Albatross": {6},
		"n02084071-desk_lamp":        {2},
		"书包":                         {7},
		"1":                          nil,
		"":                           nil,
		"___":                        nil,
		"s":                          nil,
	} {
		if got := everyday.ByName(name); !slices.Equal(got, want) {
			t.Errorf("%q means %v, want %v", name, got, want)
		}
	}
}

// The identifiers are those of Keras's imagenet_class_index.json.
func TestSynsets(t *testing.T) {
	c := truth.NewClasses(labels.ImageNet())
	for name, want := range map[string]int{"n01440764": 0, "n01443537": 1, "N01443537_goldfish": 1, "n02769748": 414, "n15075141": 999, "goldfish": 1, "back_pack": 414} {
		if got := c.ByName(name); len(got) != 1 || got[0] != want {
			t.Errorf("%q means %v, want %d", name, got, want)
		}
	}
	if got := c.ByName("n99999999"); got != nil {
		t.Errorf("an identifier that ImageNet lacks means %v", got)
	}
	if got := truth.NewClasses([]string{"n01440764 tench", "n01443537 goldfish"}).ByName("n01443537"); !slices.Equal(got, []int{1}) {
		t.Errorf("a label's own identifier means %v", got)
	}
}

func TestFolders(t *testing.T) {
	for _, row := range []struct {
		name, root string
		files      []string
		want       [][]int
		strange    []string
		ambiguous  []string
	}{
		{
			"names", "data",
			[]string{"back_pack/1.jpg", "coffee_mug/images/2.jpg", "holiday/3.jpg", "4.jpg", "crane/5.jpg"},
			[][]int{{0}, {1}, nil, nil, nil},
			[]string{".", "holiday"},
			[]string{"crane"},
		},
		{"the closest", "coffee mug", []string{"desk lamp/a.jpg", "b.jpg"}, [][]int{{2}, {1}}, nil, nil},
		{"numbers", "data", []string{"0/a.jpg", "7/b.jpg"}, [][]int{{0}, {7}}, nil, nil},
		{"a number too large", "data", []string{"0/a.jpg", "8/b.jpg"}, [][]int{nil, nil}, []string{"0", "8"}, nil},
		{"a number beside a name", "data", []string{"0/a.jpg", "backpack/b.jpg"}, [][]int{nil, {0}}, []string{"0"}, nil},
		{"nothing", "data", nil, nil, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := truth.FromFolders(everyday, row.root, row.files)
			for i, file := range row.files {
				if got := f.Classes(file); !slices.Equal(got, row.want[i]) {
					t.Errorf("%s shows %v, want %v", file, got, row.want[i])
				}
			}
			if !slices.Equal(f.Strange, row.strange) || !slices.Equal(f.Ambiguous, row.ambiguous) {
				t.Errorf("strange %q, ambiguous %q", f.Strange, f.Ambiguous)
			}
		})
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFiles(t *testing.T) {
	want := map[string][]int{
		"a/1.jpg": {0}, "a/2.jpg": {1, 2}, "a/x.png": {6}, "a/b/3.jpg": {5}, "deep/down/4.jpg": {3}, "5.jpg": nil, "a/none.jpg": {}, "m.jpg": {7},
	}
	for name, text := range map[string]string{
		"truth.csv":      "path,class\n# a remark\na/1.jpg,back_pack\n./a/2.jpg,\"coffee mug\",2\na,6\na\\b,Tinca tinca\n4,3\na/none.jpg,\nm.jpg,书包\n",
		"semicolons.csv": "\ufeffa/1.jpg;0\na/2.jpg;1;2\na;6\na/b;5\n4.jpg;3\na/none.jpg;\nm.jpg;7\n",
		"tabs.tsv":       "a/1.jpg\t0\na/2.jpg\t1\t2\na\t6\na/b\t5\n4.jpg\t3\na/none.jpg\t\nm.jpg\t7\n",
		"truth.json":     `{"a/1.jpg": "backpack", "a/2.jpg": [1, "desk lamp"], "a": 6, "a/b/": "tench", "4": 3, "a/none.jpg": null, "m.jpg": [7, 7]}`,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := truth.Read(write(t, name, text), everyday)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Unused(); len(got) != 7 {
				t.Errorf("before anything was asked %q are unused", got)
			}
			for file, classes := range want {
				if got := f.Classes(file); !slices.Equal(got, classes) {
					t.Errorf("%s shows %v, want %v", file, got, classes)
				}
			}
			if got := f.Unused(); len(got) != 0 {
				t.Errorf("%q are unused", got)
			}
		})
	}
}

// Errors name the file, the line and the way out.
func TestWrongFiles(t *testing.T) {
	for _, row := range []struct{ name, text, says string }{
		{"a.csv", "path,class\na.jpg,0\nb.jpg,mug\n", `a.csv, line 3: the network has no class "mug"; perhaps coffee mug (1)`},
		{"a.csv", "a.jpg,0\nb.jpg,zebra\n", `line 2: the network has no class "zebra"; leave the class empty`},
		{"a.csv", "a.jpg,crane\n", `line 1: class "crane" may be crane (3) or crane (4); write the number`},
		{"a.csv", "a.jpg,8\n", "line 1: class 8 is not between 0 and 7"},
		{"a.csv", "a.jpg,0\nb.jpg\n", `line 2: "b.jpg" has no class beside it`},
		{"a.csv", "a.jpg,0\n\na.jpg,1\n", `line 3: "a.jpg" is listed twice`},
		{"a.csv", "a.jpg,\"0\n", "line 1: a quotation mark is missing"},
		{"a.csv", "path,class\n", "has no entries"},
		{"a.json", "{}", "has no entries"},
		{"a.json", "[1]", "line 1: it is no object"},
		{"a.json", "{\n\"a.jpg\": 0,\n\"b.jpg\": \"mug\"}", `line 3: the network has no class "mug"`},
		{"a.json", "{\n\"a.jpg\": {}}", "line 2: a class is a name or a number"},
		{"a.json", "{\n\"a.jpg\": [[1]]}", "line 2: a class is a name or a number"},
		{"a.json", "{\n\"a.jpg\": 0.5}", `line 2: the network has no class "0.5"`},
		{"a.json", "{\n\"a.jpg\" 0}", "line 2: it is no valid JSON"},
		{"a.json", "{\n\"a.jpg\": 0", "line 2: the file ends before its last brace"},
	} {
		_, err := truth.Read(write(t, row.name, row.text), everyday)
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%q gives %v, want %q", row.text, err, row.says)
		}
	}
	if _, err := truth.Read(filepath.Join(t.TempDir(), "none.csv"), everyday); err == nil {
		t.Error("a file that is not there is read")
	}
}

// Whatever the file, reading ends with a table or an error, and classes exist.
func FuzzRead(f *testing.F) {
	f.Add("a.jpg,0\nb,backpack,\"coffee mug\"\n", false)
	f.Add(`{"a.jpg": [0, "tench"], "b": null}`, true)
	f.Fuzz(func(t *testing.T, text string, isJSON bool) {
		name := "truth.csv"
		if isJSON {
			name = "truth.json"
		}
		table, err := truth.Read(write(t, name, text), everyday)
		if err != nil {
			return
		}
		for _, file := range table.Unused() {
			for _, class := range table.Classes(file) {
				if class < 0 || class >= everyday.Count() {
					t.Errorf("%q shows class %d", file, class)
				}
			}
		}
	})
}
