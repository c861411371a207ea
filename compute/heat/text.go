package heat

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"golang.org/x/image/math/fixed"
)

const ellipsis = "…"

// elide shortens s in the middle until it is at most width pixels wide: the
// ends of file and layer names are what tells them apart.
func elide(t *typeface, s string, width int) string {
	if t.width(s) <= width {
		return s
	}
	runes := []rune(s)
	without := func(n int) string {
		keep := len(runes) - n
		return string(runes[:(keep+1)/2]) + ellipsis + string(runes[len(runes)-keep/2:])
	}
	return without(sort.Search(len(runes), func(n int) bool { return t.width(without(n)) <= width }))
}

// wrap breaks s into at most lines lines of at most width pixels, between
// words where it can. What does not fit is elided in the middle of the last
// line.
func wrap(t *typeface, s string, width, lines int) []string {
	words := strings.Fields(s)
	var out []string
	for len(words) > 0 {
		if len(out) == lines-1 {
			return append(out, elide(t, strings.Join(words, " "), width))
		}
		n := 1
		for n < len(words) && t.width(strings.Join(words[:n+1], " ")) <= width {
			n++
		}
		if t.width(words[0]) > width {
			head, tail := breakWord(t, words[0], width)
			out = append(out, head)
			if words[0] = tail; tail == "" {
				words = words[1:]
			}
			continue
		}
		out, words = append(out, strings.Join(words[:n], " ")), words[n:]
	}
	return out
}

// breakWord cuts a word after the last rune that fits, but never before the
// first.
func breakWord(t *typeface, word string, width int) (head, tail string) {
	var used fixed.Int26_6
	for i, r := range word {
		used += t.advance(r)
		if i > 0 && used.Ceil() > width {
			return word[:i], word[i:]
		}
	}
	return word, ""
}

// number writes v with three significant digits and a true minus sign.
func number(v float64) string {
	return strings.ReplaceAll(fmt.Sprintf("%.3g", v), "-", "−")
}

// percent writes a probability of 0..1.
func percent(p float32) string {
	switch {
	case math.IsNaN(float64(p)):
		return "not a number"
	case p > 0 && p < 0.0001:
		return "< 0.01 %"
	case p < 1 && p > 0.9999:
		return "> 99.99 %"
	}
	return fmt.Sprintf("%.2f %%", 100*p)
}
