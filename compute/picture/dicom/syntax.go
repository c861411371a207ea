package dicom

// coding is how pixels are compressed.
type coding int

const (
	codingNone coding = iota
	codingRunLengths
	codingJPEG
	codingLossless
)

// syntax is how a file is written.
type syntax struct {
	coding                        coding
	implicit, bigEndian, deflated bool
}

// guessed is how a file is written that does not say so: representations are two capital
// letters, where they are written.
func guessed(data []byte) syntax {
	capital := func(b byte) bool { return b >= 'A' && b <= 'Z' }
	return syntax{implicit: len(data) < 6 || !capital(data[4]) || !capital(data[5])}
}

// syntaxOf is the transfer syntax of a UID (PS3.6, A).
func syntaxOf(uid string) (syntax, error) {
	const jpeg = "1.2.840.10008.1.2.4."
	switch uid {
	case "1.2.840.10008.1.2":
		return syntax{implicit: true}, nil
	case "1.2.840.10008.1.2.1":
		return syntax{}, nil
	case "1.2.840.10008.1.2.1.99":
		return syntax{deflated: true}, nil
	case "1.2.840.10008.1.2.2":
		return syntax{bigEndian: true}, nil
	case "1.2.840.10008.1.2.5":
		return syntax{coding: codingRunLengths}, nil
	case jpeg + "50", jpeg + "51":
		return syntax{coding: codingJPEG}, nil
	case jpeg + "57", jpeg + "70":
		return syntax{coding: codingLossless}, nil
	case jpeg + "80", jpeg + "81":
		return syntax{}, &UnsupportedError{Kind: "JPEG-LS"}
	case jpeg + "90", jpeg + "91", jpeg + "92", jpeg + "93", jpeg + "201", jpeg + "202", jpeg + "203":
		return syntax{}, &UnsupportedError{Kind: "JPEG 2000"}
	case jpeg + "100", jpeg + "100.1", jpeg + "101", jpeg + "101.1", jpeg + "102", jpeg + "102.1", jpeg + "103", jpeg + "103.1",
		jpeg + "104", jpeg + "104.1", jpeg + "105", jpeg + "105.1", jpeg + "106", jpeg + "106.1", jpeg + "107", jpeg + "108":
		return syntax{}, &UnsupportedError{Kind: "video"}
	case jpeg + "110", jpeg + "111", jpeg + "112":
		return syntax{}, &UnsupportedError{Kind: "JPEG XL"}
	}
	return syntax{}, &UnsupportedError{Kind: "another transfer syntax"}
}
