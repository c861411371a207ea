package weights

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A pickle's objects can be far larger than the bytes that make them: an empty
// dictionary takes one byte. What a state dict needs is far below these.
const (
	// freeOps is how many operations any pickle may have, opShare how many
	// bytes of the file must stand for each one more. An operation makes no
	// more than 512 bytes, so the objects take 32 MiB plus eight times the
	// file at most.
	freeOps = 1 << 16
	opShare = 64
	// maxBuilds bounds the product of the numbers of operations and of BUILDs,
	// each of which may go over all that was made.
	maxBuilds = 1 << 28
	// maxLine bounds a text argument, maxLong a long integer's bytes: decoding
	// takes the square of the length.
	maxLine = 1 << 10
	maxLong = 1 << 8
	// freeText is how many bytes of text may be fetched from the memo beyond
	// the pickle's own length: an error message repeats them. Texts of up to
	// shortText bytes do not count: the number of operations bounds them.
	freeText  = 1 << 12
	shortText = 64
)

// argument is how an operation's argument is written.
type argument byte

const (
	none argument = iota + 1
	one
	two
	four
	eight
	line
	lines2
	counted1
	counted4
	counted8
	long4
)

// arguments are those of the pickle operations up to protocol 5 that torch.save
// can write. DUP is not among them.
var arguments = [256]argument{
	'(': none, '.': none, '0': none, '1': none, 'N': none, 'Q': none, 'R': none, 'a': none, 'b': none, 'd': none,
	'}': none, 'e': none, 'l': none, ']': none, 'o': none, 's': none, 't': none, ')': none, 'u': none,
	0x81: none, 0x85: none, 0x86: none, 0x87: none, 0x88: none, 0x89: none, 0x8f: none, 0x90: none, 0x91: none,
	0x92: none, 0x93: none, 0x94: none,
	'K': one, 'h': one, 'q': one, 0x80: one, 'M': two, 'J': four, 'j': four, 'r': four, 'G': eight, 0x95: eight,
	'F': line, 'I': line, 'L': line, 'P': line, 'S': line, 'V': line, 'g': line, 'p': line, 'c': lines2, 'i': lines2,
	'U': counted1, 'C': counted1, 0x8a: counted1, 0x8c: counted1, 'T': counted4, 'B': counted4, 'X': counted4, 0x8b: long4,
	0x8d: counted8, 0x8e: counted8, 0x96: counted8,
}

// scanner goes over one pickle without making its objects and refuses what
// would take more memory than its size warrants.
type scanner struct {
	in       *bufio.Reader
	out      bytes.Buffer
	limit    int64
	ops      int64
	builds   int64
	frameEnd int64
	// memo has the length of the texts in the memo, text that of the last
	// operation's result, repeated the sum of those fetched.
	memo     map[int]int
	text     int
	repeated int
}

// scanPickle reads one pickle from r and returns its bytes if they are safe to
// be decoded. limit bounds their number, size is that of the file.
func scanPickle(r io.Reader, limit, size int64) ([]byte, error) {
	s := &scanner{in: bufio.NewReader(r), limit: limit, memo: make(map[int]int)}
	for {
		code, err := s.operation()
		if err != nil {
			return nil, err
		}
		s.ops++
		if code == 'b' {
			s.builds++
		}
		if s.ops > freeOps+size/opShare || s.ops*s.builds > maxBuilds || s.repeated > s.out.Len()+freeText {
			return nil, errors.New("it has too many operations for its size to be a state dict")
		}
		if code == '.' {
			break
		}
	}
	if s.frameEnd > int64(s.out.Len()) {
		return nil, errors.New("a frame is longer than the pickle")
	}
	return s.out.Bytes(), nil
}

// operation reads one operation with its argument.
func (s *scanner) operation() (code byte, err error) {
	head, err := s.take(1)
	if err != nil {
		return 0, err
	}
	code = head[0]
	var arg []byte
	switch kind := arguments[code]; kind {
	case none:
	case one, two, four, eight:
		arg, err = s.take(1 << (kind - one))
	case line, lines2:
		start := s.out.Len()
		if arg, err = s.line(); err == nil && kind == lines2 {
			_, err = s.line()
			s.reroute(start)
		}
	case counted1, counted4, counted8, long4:
		arg, err = s.counted(kind)
	default:
		return 0, fmt.Errorf("operation 0x%02x at byte %d is not one of a state dict's", code, s.out.Len()-1)
	}
	if err != nil {
		return 0, err
	}
	return code, s.follow(code, arg)
}

// reroute renames the class collections.OrderedDict, whose arguments at start
// were just read, so that it is looked up where the others are: the library's
// own knows no constructor arguments, which Python 2 wrote.
func (s *scanner) reroute(start int) {
	if args := s.out.Bytes()[start:]; string(args) == "collections\nOrderedDict\n" {
		args[0] = 'C'
	}
}

// follow keeps account of frames and of texts in the memo.
func (s *scanner) follow(code byte, arg []byte) error {
	text := 0
	index := -1
	switch code {
	case 0x95:
		length := binary.LittleEndian.Uint64(arg)
		if length > uint64(s.limit) {
			return errors.New("a frame is longer than the pickle")
		}
		s.frameEnd = max(s.frameEnd, int64(s.out.Len())+int64(length))
	case 'h', 'q':
		index = int(arg[0])
	case 'j', 'r':
		index = int(binary.LittleEndian.Uint32(arg))
	case 'g', 'p':
		i, err := strconv.Atoi(string(bytes.TrimSuffix(arg, []byte("\n"))))
		if err != nil || i < 0 {
			return fmt.Errorf("%q is no index of the memo", arg)
		}
		index = i
	case 0x94:
		index = len(s.memo)
	case 'S', 'V', 'U', 'C', 0x8c, 'T', 'B', 'X', 0x8d, 0x8e, 0x96:
		text = len(arg)
	}
	switch code {
	case 'h', 'j', 'g':
		text = s.memo[index]
		if text > shortText {
			s.repeated += text
		}
	case 'q', 'r', 'p', 0x94:
		s.memo[index] = s.text
		text = s.text
	}
	s.text = text
	return nil
}

// take reads n bytes. They are kept as they come, so that a false number
// allocates nothing.
func (s *scanner) take(n int64) ([]byte, error) {
	start := s.out.Len()
	if n > s.limit-int64(start) {
		return nil, fmt.Errorf("it ends within an operation: %w", io.ErrUnexpectedEOF)
	}
	if _, err := io.CopyN(&s.out, s.in, n); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("it ends within an operation: %w", err)
	}
	return s.out.Bytes()[start:], nil
}

func (s *scanner) line() ([]byte, error) {
	start := s.out.Len()
	for {
		b, err := s.take(1)
		if err != nil {
			return nil, err
		}
		if b[0] == '\n' {
			return s.out.Bytes()[start:], nil
		}
		if s.out.Len()-start > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
	}
}

// counted reads a number of bytes and as many bytes.
func (s *scanner) counted(kind argument) ([]byte, error) {
	width := map[argument]int64{counted1: 1, counted4: 4, counted8: 8, long4: 4}[kind]
	raw, err := s.take(width)
	if err != nil {
		return nil, err
	}
	var wide [8]byte
	copy(wide[:], raw)
	n := binary.LittleEndian.Uint64(wide[:])
	if n > uint64(s.limit) || kind == long4 && n > maxLong {
		return nil, fmt.Errorf("an argument of %d bytes is too long", n)
	}
	return s.take(int64(n))
}
