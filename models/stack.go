package models

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Stack is a pattern of the names of files that hold one channel of a picture each,
// as cameras with several bands and microscopes write them: "*_B{02,03,08}.tif". The
// braces list what tells the channels apart, in the network's order, or give a range
// of numbers, {1..5}. The asterisk, which may be missing, stands for the picture's own
// part of the name.
type Stack struct {
	pattern string
	// list has what stands in the place of the braces, for each channel.
	list []string
	// parts are what stands before the asterisk, between asterisk and braces in the
	// order of the pattern, and last. own and channel are the places of both.
	first, middle, last string
	// ownFirst is set where the asterisk stands before the braces; own where there is
	// an asterisk.
	own, ownFirst bool
}

// IsStack reports whether a text is meant as the pattern of a stack.
func IsStack(text string) bool { return strings.ContainsAny(text, "{}*") }

// ParseStack reads a pattern.
func ParseStack(pattern string) (Stack, error) {
	s := Stack{pattern: pattern}
	fail := func(reason string) (Stack, error) {
		return s, fmt.Errorf("pattern %q of a stack %s; one is like *_B{02,03,08}.tif or *_{1..5}.png", pattern, reason)
	}
	open, end := strings.IndexByte(pattern, '{'), strings.IndexByte(pattern, '}')
	switch {
	case strings.Count(pattern, "{") != 1 || strings.Count(pattern, "}") != 1 || open > end:
		return fail("has to have one list of channels in braces")
	case strings.ContainsAny(pattern, `/\`):
		return fail("names files of one folder and may have no separator")
	case strings.Count(pattern, "*") > 1:
		return fail("may have one asterisk only")
	}
	var err error
	if s.list, err = channelNames(pattern[open+1 : end]); err != nil {
		return fail(err.Error())
	}
	before, after := pattern[:open], pattern[end+1:]
	star := strings.IndexByte(pattern, '*')
	switch {
	case star >= 0 && star < open:
		s.own, s.ownFirst = true, true
		s.first, s.middle, s.last = before[:star], before[star+1:], after
	case star > end:
		s.own = true
		s.first, s.middle, s.last = before, after[:star-end-1], after[star-end:]
	case star >= 0:
		return fail("has an asterisk inside of its braces")
	default:
		s.first, s.last = before, after
	}
	return s, nil
}

// channelNames reads what stands in the braces.
func channelNames(text string) ([]string, error) {
	if from, to, ok := strings.Cut(text, ".."); ok {
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || first < 0 || last < first {
			return nil, fmt.Errorf("has a range {%s} that does not go from a number to a higher one", text)
		}
		if last-first >= maxChannels {
			return nil, fmt.Errorf("has more than %d channels", maxChannels)
		}
		var list []string
		for i := first; i <= last; i++ {
			// {01..12} has leading zeros.
			list = append(list, fmt.Sprintf("%0*d", len(from), i))
		}
		return list, nil
	}
	list := strings.Split(text, ",")
	seen := make(map[string]bool)
	for i, name := range list {
		if list[i] = strings.TrimSpace(name); list[i] == "" {
			return nil, errors.New("has an empty name among its channels")
		}
		if seen[list[i]] {
			return nil, fmt.Errorf("has the channel %q twice", list[i])
		}
		seen[list[i]] = true
	}
	if len(list) > maxChannels {
		return nil, fmt.Errorf("has more than %d channels", maxChannels)
	}
	return list, nil
}

// String is the pattern.
func (s Stack) String() string { return s.pattern }

// Channels are those of the input: each shows the grey of its file.
func (s Stack) Channels() Channels { return Channels(strings.Repeat(string(Gray), len(s.list))) }

// Members are the paths of the channels' files, in order, of the picture that the
// file at path is a channel of. ok is false where it is none.
func (s Stack) Members(path string) (members []string, ok bool) {
	base := filepath.Base(path)
	for _, channel := range s.list {
		own, ok := s.ownPart(base, channel)
		if !ok {
			continue
		}
		for _, c := range s.list {
			members = append(members, filepath.Join(filepath.Dir(path), s.name(own, c)))
		}
		return members, true
	}
	return nil, false
}

// name is the name of a channel's file.
func (s Stack) name(own, channel string) string {
	if s.ownFirst {
		return s.first + own + s.middle + channel + s.last
	}
	return s.first + channel + s.middle + own + s.last
}

// ownPart is what stands for the asterisk in the name of a channel's file.
func (s Stack) ownPart(base, channel string) (own string, ok bool) {
	before, after := s.first, s.middle+channel+s.last
	if !s.ownFirst {
		before, after = s.first+channel+s.middle, s.last
	}
	rest, begins := strings.CutPrefix(base, before)
	own, ends := strings.CutSuffix(rest, after)
	return own, begins && ends && (s.own || own == "")
}
