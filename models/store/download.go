package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Progress describes how far a download has come.
type Progress struct {
	// Done and Total are in bytes. Total is an estimate until the server has
	// answered.
	Done, Total int64
	// Waiting is set while another program downloads the same file.
	Waiting bool
	// BytesPerSecond is the speed over the last seconds, and Remaining the time
	// left at that speed. Both are 0 until they are known.
	BytesPerSecond float64
	Remaining      time.Duration
}

// download fetches one file. What has arrived is kept in a part beside the
// file, where the next attempt continues, even one by another program. The file
// itself appears only when it is complete and verified.
type download struct {
	client *http.Client
	url    string
	path   string
	// size in bytes, give or take slack.
	size, slack int64
	// check returns a [wrongError] if the file at path is not the one.
	check  func(path string) error
	report func(Progress)

	// stall is how long a server may be silent. attempts is how often it is asked
	// again without having sent anything, and pause is the time before the first
	// of these, which doubles each time.
	stall    time.Duration
	attempts int
	pause    time.Duration
	// worth is how many bytes have to arrive for attempts to be counted anew.
	worth int64

	// tag is the server's name for the version of the file that the part comes
	// from, as far as this run has seen it.
	tag string
	// whole asks for all of the file, because the server did not go on with the
	// part as it was asked to.
	whole bool
}

// A permanent error will not go away by asking again.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

func (d *download) part() string { return d.path + ".part" }

// anew is the path of a file that the server sends from its beginning although
// there is a part. It is kept apart because it may be anything, such as an
// error page.
func (d *download) anew() string { return d.path + ".anew" }

// run downloads the file. With ctx done it keeps what has arrived and returns
// ctx's error.
func (d *download) run(ctx context.Context) error {
	resumed, err := d.fetchAll(ctx)
	if err == nil {
		err = d.verify(d.part())
	}
	if errors.As(err, new(wrongError)) && resumed && d.have() == 0 {
		// The part, now dropped, was left by somebody else and may have been
		// anything.
		if _, err = d.fetchAll(ctx); err == nil {
			err = d.verify(d.part())
		}
	}
	if err != nil {
		return err
	}
	if err := os.Rename(d.part(), d.path); err != nil {
		return fmt.Errorf("keeping the download: %w", err)
	}
	return nil
}

// fetchAll makes attempts until the part is whole, and tells whether some of it
// was there before.
func (d *download) fetchAll(ctx context.Context) (resumed bool, err error) {
	m := newMeter(d.size, d.report)
	resumed = d.have() > 0
	pause, left, most := d.pause, d.attempts, d.have()
	for {
		err := d.attempt(ctx, m)
		switch {
		case err == nil:
			return resumed, nil
		case ctx.Err() != nil:
			return resumed, ctx.Err()
		case errors.As(err, &permanent{}):
			return resumed, err
		}
		// A server that begins anew each time, or sends a byte at a time, must not
		// be asked for ever.
		if have := d.have(); have >= most+d.worth {
			pause, left, most = d.pause, d.attempts, have
		}
		if left--; left <= 0 {
			return resumed, err
		}
		select {
		case <-ctx.Done():
			return resumed, ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// have is the number of bytes that have arrived.
func (d *download) have() int64 {
	info, err := os.Stat(d.part())
	if err != nil {
		return 0
	}
	return info.Size()
}

// errSilent is why an attempt is given up when nothing arrives any more.
var errSilent = errors.New("the server has stopped sending")

// attempt asks for what is missing of the part and appends it.
func (d *download) attempt(ctx context.Context, m *meter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(d.stall, func() { cancel(errSilent) })
	defer silence.Stop()

	have := d.have()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return permanent{fmt.Errorf("asking for %s: %w", d.url, err)}
	}
	// A compressed body would have neither the length nor the offsets of the file.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 && !d.whole {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if d.tag != "" {
			req.Header.Set("If-Range", d.tag)
		}
	}
	resp, err := d.client.Do(req)
	if err != nil {
		// The client's own error names the address a second time.
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		err = fmt.Errorf("asking for %s: %w", d.url, because(ctx, err))
		if errors.As(err, new(*tls.CertificateVerificationError)) {
			err = permanent{err}
		}
		return err
	}
	defer resp.Body.Close()
	from, total, err := d.answer(resp, have)
	if err != nil {
		return err
	}
	if from < 0 {
		return nil
	}
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		d.tag = tag
	}
	to := d.part()
	if from == 0 && have > 0 {
		to = d.anew()
		defer os.Remove(to)
	}
	known := total >= 0
	if !known {
		// A server that does not say how much will come is listened to for as
		// long as it could be the file.
		total = d.size + d.slack
	}
	m.begin(from, total)
	body := io.TeeReader(resp.Body, writerFunc(func(p []byte) {
		silence.Reset(d.stall)
		m.add(len(p))
	}))
	got, err := d.appendTo(to, body, from, total)
	// A body that is shorter than the part it began anew does not replace it. A
	// body of unknown length replaces it only if its length could be the file's,
	// and a complete one only if it is the file.
	if to != d.part() && got > have && (known || got >= d.size-d.slack) {
		if err == nil && (got == total || !known) {
			if err := d.verify(to); err != nil {
				return err
			}
		}
		if err := os.Rename(to, d.part()); err != nil {
			return permanent{fmt.Errorf("keeping the download: %w", err)}
		}
	}
	if err != nil {
		return because(ctx, err)
	}
	if known && got < total {
		return fmt.Errorf("%s broke off after %d of %d bytes", d.url, got, total)
	}
	if err := d.checkLength(got); err != nil {
		if to == d.part() {
			err = d.startAgain(err)
		}
		return err
	}
	m.end()
	return nil
}

// because replaces the error of a cancelled request by the reason.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// answer reads a response's head: where its body begins in the file, -1 where
// nothing is missing, and how long the file is, -1 where it does not say.
func (d *download) answer(resp *http.Response, have int64) (from, total int64, err error) {
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode < 300 && kind == "text/html" {
		return 0, 0, permanent{fmt.Errorf("%s: a web page came instead of the file; there may be one to log in with between", d.url)}
	}
	switch resp.StatusCode {
	case http.StatusOK:
		// All of it, asked for or not.
		total = resp.ContentLength
	case http.StatusPartialContent:
		from, total = contentRange(resp.Header.Get("Content-Range"))
		if from != have {
			d.whole = true
			return 0, 0, fmt.Errorf("%s: asked for what follows byte %d, the server sent %q", d.url, have, resp.Header.Get("Content-Range"))
		}
	case http.StatusRequestedRangeNotSatisfiable:
		if _, total = contentRange(resp.Header.Get("Content-Range")); total == have {
			return -1, total, d.checkLength(total)
		}
		err := fmt.Errorf("%s: %s", d.url, resp.Status)
		if total >= 0 && total < have && d.checkLength(total) == nil {
			// More than the file has cannot be a part of it.
			return 0, 0, d.startAgain(err)
		}
		d.whole = true
		return 0, 0, err
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return 0, 0, fmt.Errorf("%s: %s", d.url, resp.Status)
	default:
		err := fmt.Errorf("%s: %s", d.url, resp.Status)
		if resp.StatusCode >= 500 {
			return 0, 0, err
		}
		return 0, 0, permanent{err}
	}
	if total < 0 {
		return from, total, nil
	}
	return from, total, d.checkLength(total)
}

// startAgain drops the part, with which the server has not gone on.
func (d *download) startAgain(err error) error {
	if rm := os.Remove(d.part()); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		return permanent{fmt.Errorf("dropping a part that cannot be continued: %w", rm)}
	}
	return err
}

// checkLength reports a length that the file does not have.
func (d *download) checkLength(total int64) error {
	if total < d.size-d.slack || total > d.size+d.slack {
		return permanent{fmt.Errorf("%s has %d bytes, where about %d are expected: this is not the file", d.url, total, d.size)}
	}
	return nil
}

// contentRange reads "bytes 5-9/10" as 5 and 10, and "bytes */10" as 0 and 10;
// -1 stands for what is not there.
func contentRange(header string) (from, total int64) {
	header = strings.TrimPrefix(header, "bytes ")
	span, length, _ := strings.Cut(header, "/")
	first, _, _ := strings.Cut(span, "-")
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return -1
		}
		return n
	}
	if first == "*" {
		return 0, number(length)
	}
	return number(first), number(length)
}

// appendTo writes body to a file from an offset on, at most up to total bytes,
// and returns how many the file then has.
func (d *download) appendTo(path string, body io.Reader, from, total int64) (got int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return 0, permanent{fmt.Errorf("keeping the download: %w", err)}
	}
	defer func() {
		if closing := f.Close(); err == nil && closing != nil {
			err = permanent{fmt.Errorf("keeping the download: %w", closing)}
		}
	}()
	if err := f.Truncate(from); err != nil {
		return 0, permanent{fmt.Errorf("keeping the download: %w", err)}
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return 0, permanent{fmt.Errorf("keeping the download: %w", err)}
	}
	var disk *os.PathError
	n, err := io.Copy(f, io.LimitReader(body, total-from))
	switch {
	case errors.As(err, &disk):
		return from + n, permanent{fmt.Errorf("keeping the download: %w", err)}
	case err != nil:
		return from + n, fmt.Errorf("%s broke off after %d of %d bytes: %w", d.url, from+n, total, err)
	}
	if err := f.Sync(); err != nil {
		return from + n, permanent{fmt.Errorf("keeping the download: %w", err)}
	}
	return from + n, nil
}

// verify checks the content of a whole file, and removes it if it is wrong.
func (d *download) verify(path string) error {
	err := d.check(path)
	if !errors.As(err, new(wrongError)) {
		return err
	}
	err = fmt.Errorf("what %s sent as %s %w: it was dropped", d.url, filepath.Base(d.path), err)
	return permanent{errors.Join(err, os.Remove(path))}
}

// writerFunc looks at what passes by.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
