package machine

// Cause is why a device cannot be used, of the causes that programs tell apart.
// It is an error: errors.Is finds it in a device's own errors.
type Cause string

// The causes.
const (
	// ErrMemory: the device has no memory left. Less work at once may fit.
	ErrMemory Cause = "the device is out of memory"
	// ErrLost: the device does not work any more for this program. What was in its
	// memory is gone.
	ErrLost Cause = "the device was lost"
	// ErrNoDriver: the software that speaks to the device is not installed.
	ErrNoDriver Cause = "there is no driver for the device"
	// ErrNoDevice: the driver is there, and finds no device.
	ErrNoDevice Cause = "the driver finds no device"
	// ErrNotBuilt: this program was built without the device.
	ErrNotBuilt Cause = "this program was built without the device"
)

// Error is the cause in words that fit any device.
func (c Cause) Error() string { return string(c) }

// Said is the cause in the words of a device: "the GPU was lost".
func (c Cause) Said(text string) error { return &said{text, c} }

type said struct {
	text  string
	cause Cause
}

func (s *said) Error() string { return s.text }
func (s *said) Unwrap() error { return s.cause }

// Refusal is the error of an open device that could not do something. Errors of
// the caller's own, such as that of a context, are none.
type Refusal struct {
	// Doing is what was to be done: "copying to the GPU".
	Doing string
	// Err is why it failed. It wraps a [Cause] where that is known.
	Err error
}

// Error says both.
func (r *Refusal) Error() string { return r.Doing + ": " + r.Err.Error() }

// Unwrap is why it failed.
func (r *Refusal) Unwrap() error { return r.Err }
