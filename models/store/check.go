package store

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"gaze/models/internal/regular"
	"gaze/models/keras/apps"
	"gaze/models/zoo"
)

// wrongError says in which way a file is not the published one.
type wrongError struct{ why string }

func (e wrongError) Error() string { return e.why }

// check reads the file at path and returns a [wrongError] if it is not that of
// published weights: by its digest or, where the publisher states none, by the
// shapes of all its arrays.
func check(p *zoo.Published, path string) error {
	switch p.Digest.Algorithm {
	case zoo.SHA256:
		return checkDigest(path, sha256.New(), p.Digest.Hex)
	case zoo.MD5:
		// It tells a damaged file. A forged one would have to come from the
		// publisher's server, through an encrypted connection.
		return checkDigest(path, md5.New(), p.Digest.Hex)
	}
	if found, err := apps.Detect(path); err != nil || found != p.Network {
		return wrongError{"does not have the layers of " + p.Network}
	}
	return nil
}

// checkDigest compares the beginning of a file's digest.
func checkDigest(path string, h hash.Hash, digest string) error {
	f, _, err := regular.Open(path)
	if err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); digest == "" || !strings.HasPrefix(sum, digest) {
		return wrongError{"does not have the digest that its publisher states"}
	}
	return nil
}
