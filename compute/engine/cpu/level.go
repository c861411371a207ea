package cpu

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Level is the instruction set that the kernels use.
type Level string

const (
	// Generic is plain Go, for every processor.
	Generic Level = "generic"
	// AVX2 needs AVX2 and FMA.
	AVX2 Level = "avx2"
	// AVX512 needs AVX-512 F, BW, DQ and VL.
	AVX512 Level = "avx512"
)

// LevelVariable names the environment variable that overrides the choice of
// the Level: generic, avx2 or avx512.
const LevelVariable = "GAZE_CPU"

// Levels lists what this processor can run, the fastest first. Generic is
// always the last one.
func Levels() []Level { return append(vectorLevels(), Generic) }

// String is the level's usual name: "AVX-512".
func (l Level) String() string {
	switch l {
	case AVX512:
		return "AVX-512"
	case AVX2:
		return "AVX2"
	case Generic:
		return "portable code"
	}
	return string(l)
}

// chooseLevel is the fastest level, or the one that the environment asks for.
func chooseLevel() (Level, error) {
	available := Levels()
	asked := Level(strings.ToLower(os.Getenv(LevelVariable)))
	switch {
	case asked == "":
		return available[0], nil
	case slices.Contains(available, asked):
		return asked, nil
	case asked == Generic || asked == AVX2 || asked == AVX512:
		return "", fmt.Errorf("%s=%s: this processor has no %v", LevelVariable, asked, asked)
	}
	return "", fmt.Errorf("%s=%s: want generic, avx2 or avx512", LevelVariable, asked)
}
