package dicom

// tag names an element: its group in the upper half, its element in the lower.
type tag uint32

const (
	tagSyntax       tag = 0x0002_0010
	tagSamples      tag = 0x0028_0002
	tagPhotometric  tag = 0x0028_0004
	tagPlanar       tag = 0x0028_0006
	tagFrames       tag = 0x0028_0008
	tagRows         tag = 0x0028_0010
	tagColumns      tag = 0x0028_0011
	tagAllocated    tag = 0x0028_0100
	tagStored       tag = 0x0028_0101
	tagHighBit      tag = 0x0028_0102
	tagSigned       tag = 0x0028_0103
	tagCentre       tag = 0x0028_1050
	tagWidth        tag = 0x0028_1051
	tagIntercept    tag = 0x0028_1052
	tagSlope        tag = 0x0028_1053
	tagFunction     tag = 0x0028_1056
	tagPalette      tag = 0x0028_1101 // red; green and blue follow
	tagPaletteData  tag = 0x0028_1201
	tagSegmented    tag = 0x0028_1221
	tagModalityLUT  tag = 0x0028_3000
	tagTransform    tag = 0x0028_9145
	tagFrameWindow  tag = 0x0028_9132
	tagShared       tag = 0x5200_9229
	tagPerFrame     tag = 0x5200_9230
	tagFloatPixels  tag = 0x7fe0_0008
	tagDoublePixels tag = 0x7fe0_0009
	tagPixels       tag = 0x7fe0_0010

	tagItem        tag = 0xfffe_e000
	tagItemEnd     tag = 0xfffe_e00d
	tagSequenceEnd tag = 0xfffe_e0dd
)

// wanted reports whether an element's value is kept.
func wanted(t tag) bool {
	switch t {
	case tagSamples, tagPhotometric, tagPlanar, tagFrames, tagRows, tagColumns, tagAllocated, tagStored, tagHighBit, tagSigned,
		tagCentre, tagWidth, tagIntercept, tagSlope, tagFunction,
		tagPalette, tagPalette + 1, tagPalette + 2, tagPaletteData, tagPaletteData + 1, tagPaletteData + 2,
		tagFloatPixels, tagDoublePixels, tagPixels:
		return true
	}
	return false
}

// descended reports whether a sequence is looked into: newer files state for all frames
// together, or for each, what older ones state once.
func descended(t tag) bool {
	return t == tagShared || t == tagPerFrame || t == tagTransform || t == tagFrameWindow
}

// ofPixels reports whether an element says how the pixels are stored, which only those
// outside of all sequences do: others are of icons.
func ofPixels(t tag) bool {
	switch t {
	case tagCentre, tagWidth, tagIntercept, tagSlope, tagFunction:
		return false
	}
	return true
}
