package output

import (
	"encoding/csv"
	"io"
)

// SaveCSV writes records as a table of comma-separated values, as [Save] does; a
// file that is there is replaced.
func SaveCSV(path string, records [][]string) error {
	return Save(path, true, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(records) })
}
