package truth

import (
	"fmt"
	"io"
	"os"
)

// maxFile bounds a file of classes or boxes in bytes.
const maxFile = 512 << 20

// read reads a file of at most maxFile bytes. What is no file could keep it waiting.
func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s has more than %d MB", name, maxFile>>20)
	}
	return data, nil
}
