// Package image is the recipe of the oracle's database image and the names under which the
// image is looked for.
//
//  1. Tag names the image built from this recipe. It is a hash of the recipe's files: a
//     machine that has the image of the current recipe builds nothing, and a changed recipe
//     is never answered by an old image.
//  2. Official names the pinned image of the PostgreSQL project's packagers, which keeps the
//     same contract and serves where no image of this recipe is there.
//  3. ensure.sh computes the same two names from the same files.
package image

import (
	"crypto/sha256"
	_ "embed" // the recipe
	"encoding/hex"
	"strings"
)

//go:embed Dockerfile
var dockerfile []byte

//go:embed entrypoint.sh
var entrypoint []byte

//go:embed mkroot.sh
var mkroot []byte

//go:embed official
var official string

// repository is the local name of images built from the recipe; nothing is pushed under it.
const repository = "settleproof-oracle-pg"

// tagDigits is how much of the hash the tag shows: 48 bits tell any two recipes apart that a
// machine will ever hold.
const tagDigits = 12

// Tag returns the name and tag of the image built from this recipe: the SHA-256 of
// Dockerfile, entrypoint.sh and mkroot.sh, one after the other.
func Tag() string {
	h := sha256.New()
	for _, part := range [][]byte{dockerfile, entrypoint, mkroot} {
		h.Write(part)
	}
	return repository + ":" + hex.EncodeToString(h.Sum(nil))[:tagDigits]
}

// Official returns the pinned official image.
func Official() string { return strings.TrimSpace(official) }
