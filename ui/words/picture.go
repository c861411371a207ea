package words

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2/lang"

	"gaze/compute/picture"
)

// PictureNotice says in the window's language what the reader of a picture has to
// know of its file.
func PictureNotice(n picture.Notice) string {
	data := map[string]any{
		"Missing": missing(n.Missing), "Low": fmt.Sprintf("%.4g", n.Low), "High": fmt.Sprintf("%.4g", n.High), "Profile": n.Profile,
	}
	switch n.Kind {
	case picture.NoticeCut:
		if n.Missing > 0 {
			return lang.L("The file is cut off: {{.Missing}} of the picture is missing and grey.", data)
		}
		return lang.L("The file is cut off: its end, and maybe fine detail, is missing.")
	case picture.NoticeDamaged:
		if n.Missing > 0 {
			return lang.L("Data in the file are damaged: {{.Missing}} of the picture is missing and grey, and other parts may be wrong.", data)
		}
		return lang.L("Data in the file are damaged: parts of the picture may be wrong.")
	case picture.NoticeRange:
		return lang.L("The file does not say what is black and what is white: {{.Low}} is shown as black and {{.High}} as white.", data)
	case picture.NoticeFirst:
		return lang.L("The file has several pictures: the first one was read.")
	case picture.NoticeWindow:
		return lang.L("The file states a window: {{.Low}} is shown as black and {{.High}} as white.", data)
	case picture.NoticeTransparent:
		switch n.Alpha {
		case picture.AlphaDrop:
			return lang.L("Parts of the picture are transparent: the network sees the colours that the file has there.")
		case picture.AlphaWhite:
			return lang.L("Parts of the picture are transparent: it was laid on white.")
		case picture.AlphaBlack:
			return lang.L("Parts of the picture are transparent: it was laid on black.")
		}
	case picture.NoticeProfile:
		switch {
		case n.Converted:
			return lang.L("The colours were converted to sRGB.")
		case n.Profile != "":
			return lang.L("The colours are meant for the colour profile {{.Profile}}: they were taken for sRGB's, as in training.", data)
		}
		return lang.L("The colours are meant for another colour profile: they were taken for sRGB's, as in training.")
	case picture.NoticeNoConversion:
		return lang.L("The colours were not converted to sRGB: their profile is of a kind that cannot be used.")
	}
	return n.Text()
}

// missing writes a part of a picture, and never says 0 %.
func missing(part float64) string {
	if part < 0.01 {
		return lang.L("less than 1 %")
	}
	return fmt.Sprintf("%.0f %%", math.Round(100*part))
}
