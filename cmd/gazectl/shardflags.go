package main

import (
	"fmt"
	"strconv"
	"strings"

	"gaze/compute/folder"
)

// shardFlags choose the part of the pictures that a run explains.
type shardFlags struct {
	Shard string `placeholder:"I/N|auto" help:"Explain part I of N of the pictures, beside other runs into the same --out that explain the others; 'gazectl merge' joins them. auto takes I and N from Slurm's array job, Kubernetes' indexed job or GNU parallel. See docs/cluster.md."`
}

// scheduler says in which variables of the environment a scheduler tells a job's part.
type scheduler struct {
	name, index string
	// count has the number of parts, and first the number of the first part, which is
	// otherwise base.
	count, first string
	base         int
}

var schedulers = []scheduler{
	{name: "Slurm", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN"},
	{name: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS"},
	{name: "GNU parallel", index: "PARALLEL_SEQ", count: "PARALLEL_JOBS", base: 1},
}

// shard is what the flag says; env looks up a variable of the environment.
func (f shardFlags) shard(env func(string) (string, bool)) (folder.Shard, error) {
	switch f.Shard {
	case "":
		return folder.Shard{}, nil
	case "auto":
		return automatic(env)
	}
	index, of, _ := strings.Cut(f.Shard, "/")
	i, err := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || i < 1 || i > n {
		return folder.Shard{}, fmt.Errorf("--shard %s is not I/N, a number from 1 to N and N: --shard 3/8 is the third of eight parts", f.Shard)
	}
	return folder.Shard{Index: i, Of: n}, nil
}

// automatic asks the scheduler that started the program.
func automatic(env func(string) (string, bool)) (folder.Shard, error) {
	number := func(name string) (int, error) {
		text, _ := env(name)
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("--shard auto: %s is %q, not a number; set it, or give --shard I/N", name, text)
		}
		return n, nil
	}
	for _, s := range schedulers {
		if _, ok := env(s.index); !ok {
			continue
		}
		i, err := number(s.index)
		if err != nil {
			return folder.Shard{}, err
		}
		n, err := number(s.count)
		if err != nil {
			return folder.Shard{}, err
		}
		first := s.base
		if _, ok := env(s.first); ok {
			if first, err = number(s.first); err != nil {
				return folder.Shard{}, err
			}
		}
		shard := folder.Shard{Index: i - first + 1, Of: n}
		if shard.Index < 1 || shard.Index > n {
			return folder.Shard{}, fmt.Errorf("--shard auto: %s makes this part %d of %d; number the parts one after the other, or give --shard I/N", s.name, shard.Index, n)
		}
		return shard, nil
	}
	var names []string
	for _, s := range schedulers {
		names = append(names, s.index)
	}
	return folder.Shard{}, fmt.Errorf("--shard auto: none of %s is set; give --shard I/N", strings.Join(names, ", "))
}
