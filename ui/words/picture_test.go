package words

import (
	"testing"

	"gaze/compute/picture"
)

// Every notice of a picture is said in Chinese, with its numbers.
func TestPictureNoticesAreSaidInTheWindowsLanguage(t *testing.T) {
	speak(t, "zh")
	for _, kind := range picture.NoticeKinds() {
		for _, n := range []picture.Notice{
			{Kind: kind, Alpha: picture.AlphaDrop},
			{Kind: kind, Missing: 0.25, Low: 3, High: 4000, Alpha: picture.AlphaWhite, Profile: "Display P3", Converted: true},
			{Kind: kind, Missing: 0.001, Alpha: picture.AlphaBlack, Profile: "Display P3"},
		} {
			if said := PictureNotice(n); said == n.Text() || said == "" {
				t.Errorf("%+v is said as %q", n, said)
			}
		}
	}
}
