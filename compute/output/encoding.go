package output

import (
	"fmt"
	"image"
	"io"

	"github.com/gen2brain/jpegli"
)

// Format is a kind of picture file that the program writes.
type Format string

// The formats.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
)

// DefaultQuality of JPEGs: text and the edges of maps stay clean.
const DefaultQuality = 90

// Encoding says how pictures are written. The zero Encoding is PNG.
type Encoding struct {
	Format Format
	// Quality of a JPEG, 1..100, 0 for [DefaultQuality].
	Quality int
	// Subsampled halves the resolution of a JPEG's colours, which makes files a fifth
	// smaller and blurs the edges of coloured areas.
	Subsampled bool
}

// Extension is that of the files: ".jpg".
func (e Encoding) Extension() string {
	if e.Format == JPEG {
		return ".jpg"
	}
	return ".png"
}

// Settings is what the bytes of a file depend on besides the picture and the format;
// empty for nothing.
func (e Encoding) Settings() string {
	if e.Format != JPEG {
		return ""
	}
	s := fmt.Sprintf("quality=%d", e.quality())
	if e.Subsampled {
		s += " chroma=420"
	}
	return s
}

func (e Encoding) quality() int {
	if e.Quality == 0 {
		return DefaultQuality
	}
	return min(max(e.Quality, 1), 100)
}

// Encode writes a picture. A JPEG is of what is opaque.
func (e Encoding) Encode(w io.Writer, img *image.NRGBA) error {
	if e.Format != JPEG {
		return EncodePNG(w, img)
	}
	chroma := image.YCbCrSubsampleRatio444
	if e.Subsampled {
		chroma = image.YCbCrSubsampleRatio420
	}
	err := jpegli.Encode(w, img, &jpegli.EncodingOptions{Quality: e.quality(), ChromaSubsampling: chroma, AdaptiveQuantization: true, OptimizeCoding: true})
	if err != nil {
		return fmt.Errorf("encode JPEG: %w", err)
	}
	return nil
}
