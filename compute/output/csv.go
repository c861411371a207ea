package output

import (
	"encoding/csv"
	"io"
)

// SaveCSV saves records as comma-separated values, as [Save] does. An existing file
// is replaced.
func SaveCSV(path string, records [][]string) error {
	return Save(path, true, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(records) })
}
