package picture

import "fmt"

// NoticeKind is what a reader of a picture has to know of it. The values are stable,
// so that a user interface can translate them.
type NoticeKind string

// The kinds of notices, with the fields of [Notice] that each of them sets.
const (
	// NoticeCut says that the file ends too early: Missing is the part of the picture
	// that is grey because of that, or 0 where only finer detail or the end mark is
	// missing.
	NoticeCut NoticeKind = "cut"
	// NoticeDamaged says that some of the pixels' data are wrong: Missing is the part
	// of the picture that is grey because of that.
	NoticeDamaged NoticeKind = "damaged"
	// NoticeRange says that the numbers of the file do not tell what is black and what
	// is white: Low is shown as black and High as white.
	NoticeRange NoticeKind = "range"
	// NoticeFirst says that the file has several pictures or frames, of which the
	// first one was read.
	NoticeFirst NoticeKind = "first"
	// NoticeWindow says that the file states a window, in which it is shown: Low is
	// black and High is white.
	NoticeWindow NoticeKind = "window"
	// NoticeTransparent says that parts of the picture are transparent, and Alpha what
	// became of that.
	NoticeTransparent NoticeKind = "transparent"
	// NoticeProfile says that the colours are meant for another colour space than sRGB,
	// called Profile: they were taken for sRGB's, or with Converted converted.
	NoticeProfile NoticeKind = "profile"
	// NoticeNoConversion says that the colours were to be converted, but the profile
	// called Profile is of a kind that cannot be used, or damaged.
	NoticeNoConversion NoticeKind = "no-conversion"
)

// NoticeKinds lists all kinds.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{
		NoticeCut, NoticeDamaged, NoticeRange, NoticeFirst, NoticeWindow, NoticeTransparent, NoticeProfile, NoticeNoConversion,
	}
}

// Notice is something that the reader of a picture has to know: the file was read,
// but not all of it is as it should be.
type Notice struct {
	Kind NoticeKind
	// Missing is a part of the picture, 0 to 1.
	Missing float64
	// Low and High are numbers of the file.
	Low, High float64
	// Alpha is what became of transparency.
	Alpha Alpha
	// Profile is what a colour profile calls itself; it may be empty.
	Profile string
	// Converted is set where colours were converted to sRGB.
	Converted bool
}

// Text is the notice in English, without the file's name.
func (n Notice) Text() string {
	switch n.Kind {
	case NoticeCut:
		if n.Missing > 0 {
			return fmt.Sprintf("The file is cut off: %s of the picture is missing and grey.", percent(n.Missing))
		}
		return "The file is cut off: its end, and maybe fine detail, is missing."
	case NoticeDamaged:
		if n.Missing > 0 {
			return fmt.Sprintf("Data in the file are damaged: %s of the picture is missing and grey, and other parts may be wrong.", percent(n.Missing))
		}
		return "Data in the file are damaged: parts of the picture may be wrong."
	case NoticeRange:
		return fmt.Sprintf("The file does not say what is black and what is white: %.4g is shown as black and %.4g as white.", n.Low, n.High)
	case NoticeFirst:
		return "The file has several pictures: the first one was read."
	case NoticeWindow:
		return fmt.Sprintf("The file states a window: %.4g is shown as black and %.4g as white.", n.Low, n.High)
	case NoticeTransparent:
		if n.Alpha == AlphaDrop {
			return "Parts of the picture are transparent: the network sees the colours that the file has there, as with Pillow's convert(\"RGB\")."
		}
		return fmt.Sprintf("Parts of the picture are transparent: it was laid on %s.", n.Alpha)
	case NoticeProfile:
		if n.Converted {
			return fmt.Sprintf("The colours were converted from %s to sRGB.", n.profile())
		}
		return fmt.Sprintf("The colours are meant for %s: they were taken for sRGB's, as in training.", n.profile())
	case NoticeNoConversion:
		return fmt.Sprintf("The colours were not converted to sRGB: %s is of a kind that cannot be used.", n.profile())
	}
	return string(n.Kind)
}

// percent never says 0 % of something.
func percent(part float64) string {
	if part < 0.01 {
		return "less than 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*part)
}

func (n Notice) profile() string {
	if n.Profile == "" {
		return "another colour profile"
	}
	return fmt.Sprintf("the colour profile %q", n.Profile)
}
