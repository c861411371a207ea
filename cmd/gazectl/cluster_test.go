package main

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// The manifest in docs/cluster tells its parts how many there are, and calls gazectl as it
// can be called.
func TestManifestOfAnIndexedJob(t *testing.T) {
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       struct {
			CompletionMode           string `yaml:"completionMode"`
			Completions, Parallelism int
			Template                 struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Args []string
						Env  []struct{ Name, Value string }
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal([]byte(document(t, filepath.Join(docs, "cluster", "job.yaml"))), &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || job.Spec.CompletionMode != "Indexed" || pod.RestartPolicy != "OnFailure" || len(pod.Containers) != 1 {
		t.Fatalf("%+v", job)
	}
	of := strconv.Itoa(job.Spec.Completions)
	env := map[string]string{"JOB_COMPLETION_INDEX": strconv.Itoa(job.Spec.Completions - 1)}
	for _, e := range pod.Containers[0].Env {
		env[e.Name] = e.Value
	}
	s, err := shardFlags{Shard: "auto"}.shard(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil || s.Index != job.Spec.Completions || strconv.Itoa(s.Of) != of {
		t.Errorf("the last of %s parts is %+v, %v", of, s, err)
	}
	line, _, _ := strings.Cut(pod.Containers[0].Args[0], " ||")
	if c := parseAnalyze(t, line); c.Shard != "auto" || !c.Resume {
		t.Errorf("%s: %+v", line, c)
	}
}

// The script in docs/cluster is a shell's, and calls gazectl as it can be called.
func TestScriptOfAnArrayJob(t *testing.T) {
	path := filepath.Join(docs, "cluster", "array.sh")
	if sh, err := exec.LookPath("sh"); err == nil {
		if out, err := exec.Command(sh, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	_, call, found := strings.Cut(document(t, path), "\ngazectl ")
	call, _, ended := strings.Cut(call, ` "$@"`)
	if !found || !ended {
		t.Fatal("the script does not call gazectl")
	}
	call = strings.NewReplacer(`"$pictures"`, "photos", `"$out"`, "results", `"$SLURM_CPUS_PER_TASK"`, "4").Replace("gazectl " + call)
	if c := parseAnalyze(t, call); c.Shard != "auto" || !c.Resume || c.Threads != 4 {
		t.Errorf("%s: %+v", call, c)
	}
}

// parseAnalyze parses a call of gazectl analyze.
func parseAnalyze(t *testing.T, call string) analyzeCommand {
	t.Helper()
	var c commands
	parser, err := kong.New(&c, kong.Vars(choices()))
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(call)
	if args[0] != "gazectl" || args[1] != "analyze" {
		t.Fatalf("%s is no call of gazectl analyze", call)
	}
	if _, err := parser.Parse(args[1:]); err != nil {
		t.Errorf("%s: %v", call, err)
	}
	return c.Analyze
}
