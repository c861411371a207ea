package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"gaze/models/zoo"
)

// Get downloads the published weights of a network and verifies them. Weights
// that are already here are only verified again. Proxies are taken from the
// environment. When ctx is done, Get returns its error and keeps what has
// arrived; the next Get continues there. While another program downloads the
// same file, Get waits for it and reports so.
func (s *Store) Get(ctx context.Context, name string, report func(Progress)) error {
	p := s.published(name)
	if p == nil {
		return fmt.Errorf("no weights of %q are published; gazectl models list tells what there is", name)
	}
	path := filepath.Join(s.dir, p.File())
	if _, err := os.Stat(path); err == nil {
		return checkHere(p, path)
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return fmt.Errorf("making the folder of weights: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o666))
	free, err := lock.TryLock()
	if err == nil && !free {
		if report != nil {
			report(Progress{Total: p.Size, Waiting: true})
		}
		_, err = lock.TryLockContext(ctx, lockEvery)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("downloading %s: waiting for another program that does: %w", name, ctx.Err())
	case err != nil:
		return fmt.Errorf("downloading %s: locking %s: %w", name, path, err)
	}
	defer unlock(lock, path)
	if _, err := os.Stat(path); err == nil {
		return checkHere(p, path)
	}
	d := download{
		client: client(), url: p.URL, path: path, size: p.Size, slack: p.Slack, check: func(path string) error { return check(p, path) }, report: report,
		stall: time.Minute, attempts: 4, pause: time.Second, worth: 1 << 20,
	}
	if err := d.run(ctx); err != nil {
		return fmt.Errorf("downloading %s: %w", name, err)
	}
	return nil
}

// checkHere verifies a file of published weights that is here already.
func checkHere(p *zoo.Published, path string) error {
	err := check(p, path)
	if errors.As(err, new(wrongError)) {
		return fmt.Errorf("%s is there but %w; gazectl models rm %s removes it", path, err, p.Network)
	}
	return err
}

// lockEvery is the time between two attempts to take the lock that another
// program holds. The lock is released when that program ends, for whatever
// reason.
const lockEvery = 200 * time.Millisecond

// unlock releases the lock on path. The lock's own file is removed only once
// the download is complete: before that, removing it would let two programs
// each hold a lock.
func unlock(lock *flock.Flock, path string) {
	if _, err := os.Stat(path); err == nil {
		os.Remove(lock.Path())
	}
	lock.Unlock()
}

// client follows redirections, but not from an encrypted connection to an open
// one.
func client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			const most = 10
			switch {
			case len(via) >= most:
				return permanent{errors.New("redirected too often")}
			case via[0].URL.Scheme == "https" && req.URL.Scheme != "https":
				return permanent{fmt.Errorf("redirected to %s, which is not encrypted", req.URL.Redacted())}
			}
			return nil
		},
	}
}

// Remove deletes the downloaded weights of a network and what there is of an
// unfinished download. The user's own files stay.
func (s *Store) Remove(name string) error {
	p := s.published(name)
	if p == nil {
		return fmt.Errorf("removing %s: only what was downloaded can be removed", name)
	}
	path := filepath.Join(s.dir, p.File())
	if _, err := os.Stat(path + ".lock"); err == nil {
		lock := flock.New(path + ".lock")
		if free, err := lock.TryLock(); err == nil && !free {
			return fmt.Errorf("removing %s: a program is downloading it", name)
		}
		defer lock.Unlock()
	}
	found := false
	for _, path := range []string{path, path + ".part", path + ".anew"} {
		switch err := os.Remove(path); {
		case err == nil:
			found = true
		case !os.IsNotExist(err):
			return fmt.Errorf("removing %s: %w", name, err)
		}
	}
	if !found {
		return fmt.Errorf("removing %s: its weights were not downloaded", name)
	}
	return nil
}
