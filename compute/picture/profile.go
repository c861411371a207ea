package picture

import (
	"errors"
	"image"

	"gaze/compute/picture/icc"
)

// likeSRGB is by how much, in levels, a conversion to sRGB may move colours of a profile
// that is not worth a notice. Profiles that call themselves sRGB differ by less, and
// every other space of colours by far more.
const likeSRGB = 8

// profile deals with the picture's colour profile: it converts the colours, which are
// not laid on anything yet, or says that they are meant for another space than sRGB.
func (p *Picture) profile(data []byte, convert bool) {
	if len(data) == 0 {
		return
	}
	profile, err := icc.Parse(data)
	if err == nil && profile.Grey() && !p.grey() {
		err = errors.New("a profile of grey for colours")
	}
	n := Notice{Kind: NoticeProfile, Profile: icc.Name(data)}
	switch {
	case err != nil && convert:
		n.Kind = NoticeNoConversion
	case err != nil:
		var kind *icc.UnsupportedError
		if !errors.As(err, &kind) {
			// Whoever ignores profiles need not know that one is damaged.
			return
		}
	case 255*profile.Distance() <= likeSRGB:
		return
	case convert:
		n.Converted = true
		p.convert(profile)
	}
	p.told = append(p.told, n)
}

// grey reports whether the picture has no colours.
func (p *Picture) grey() bool {
	if p.Deep != nil {
		return len(p.Deep.Planes) == 1
	}
	if p.stored != nil {
		for img := range p.stored.parts() {
			if !grey(img) {
				return false
			}
		}
		return true
	}
	return grey(p.Image)
}

func grey(img *image.NRGBA) bool {
	for y := range img.Rect.Dy() {
		pix := img.Pix[y*img.Stride:][:4*img.Rect.Dx()]
		for i := 0; i < len(pix); i += 4 {
			if pix[i] != pix[i+1] || pix[i] != pix[i+2] {
				return false
			}
		}
	}
	return true
}

// convert converts the colours to sRGB.
func (p *Picture) convert(profile *icc.Profile) {
	to := profile.Converter()
	if p.Deep != nil {
		p.Deep.convert(to)
		return
	}
	if p.stored != nil {
		p.stored.convert = to
		return
	}
	p.Image = converted(p.Image, to)
}

func converted(old *image.NRGBA, to func(r, g, b float32) (float32, float32, float32)) *image.NRGBA {
	img := image.NewNRGBA(old.Rect)
	parallel(img.Rect.Dy(), func(y int) {
		from, pix := old.Pix[y*old.Stride:], img.Pix[y*img.Stride:][:img.Stride]
		for i := 0; i < len(pix); i += 4 {
			r, g, b := to(float32(from[i])/255, float32(from[i+1])/255, float32(from[i+2])/255)
			pix[i], pix[i+1], pix[i+2], pix[i+3] = uint8(255*r+0.5), uint8(255*g+0.5), uint8(255*b+0.5), 255
		}
	})
	return img
}

// convert converts samples by the range of their kind.
func (d *Deep) convert(to func(r, g, b float32) (float32, float32, float32)) {
	for c, plane := range d.Planes {
		d.Planes[c] = plane.floats()
	}
	low, span := float32(d.Low), float32(d.High-d.Low)
	parallel(d.Height, func(y int) {
		for i := y * d.Width; i < (y+1)*d.Width; i++ {
			var v [3]float32
			for c := range v {
				v[c] = (d.Planes[min(c, len(d.Planes)-1)].At(i) - low) / span
			}
			v[0], v[1], v[2] = to(v[0], v[1], v[2])
			for c, plane := range d.Planes {
				plane.real[i] = low + span*v[c]
			}
		}
	})
}

// maxProfile bounds what is unpacked of a compressed profile: the largest in use have
// 3 MB.
const maxProfile = 16 << 20
