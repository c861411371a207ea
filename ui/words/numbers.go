package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"gaze/models/store"
)

// Percent writes a probability: "93 %", with a digit more below 10 %.
func Percent(p float64) string {
	switch {
	case p >= 0.0995:
		return fmt.Sprintf("%.0f %%", 100*p)
	case p >= 0.0005:
		return fmt.Sprintf("%.1f %%", 100*p)
	}
	return "0 %"
}

// Value writes a number of a raw map with three significant digits.
func Value(v float64) string {
	switch a := math.Abs(v); {
	case v == 0:
		return "0"
	case a < 1e-3, a >= 1e5:
		return strings.ReplaceAll(strconv.FormatFloat(v, 'e', 2, 64), "-", "−")
	case a >= 100:
		return minus(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 10:
		return minus(strconv.FormatFloat(v, 'f', 1, 64))
	case a >= 1:
		return minus(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return minus(strconv.FormatFloat(v, 'f', 3, 64))
}

// minus gives a number the minus sign that is as wide as its digits.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// Number writes a count with a thin unit: "1.96 M".
func Number(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.3g G", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.3g M", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.3g k", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}

// ByteSize writes a size in decimal units, as file managers do.
func ByteSize(n int64) string {
	switch {
	case n >= 1e6:
		return store.Megabytes(n)
	case n >= 1e3:
		return fmt.Sprintf("%d kB", n/1e3)
	}
	return lang.N("{{.Count}} bytes", int(n), map[string]any{"Count": n})
}

// Duration writes a remaining time, rounded to what a person cares for.
func Duration(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	switch {
	case seconds >= 3600:
		return lang.L("{{.Hours}} h {{.Minutes}} min", map[string]any{"Hours": seconds / 3600, "Minutes": seconds % 3600 / 60})
	case seconds >= 60:
		return lang.L("{{.Minutes}} min {{.Seconds}} s", map[string]any{"Minutes": seconds / 60, "Seconds": seconds % 60})
	}
	return lang.L("{{.Seconds}} s", map[string]any{"Seconds": seconds})
}
