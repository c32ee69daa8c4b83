// Package scratch is what a throw-away database server needs wherever it runs.
//
//  1. A directory of its own, named after its owner (machine and process), so that the next
//     run can tell a directory in use from one whose process died without removing it.
//  2. An owner that can be written down (in a name, in a container's label) and asked for later.
//  3. The server settings: nothing survives the run, so nothing is paid for durability.
//  4. Waiting for the server to answer, always with an end.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// prefix starts the name of every scratch directory.
const prefix = "settleproof-oracle-"

// pathBytesMax is the longest base directory in which a socket's name still fits the 104 bytes
// (with the final zero) that every system allows: 47 for the scratch directory, 2 for a part of
// it, 14 for the socket itself.
const pathBytesMax = 104 - 1 - 47 - 2 - 14

// Base returns where scratch directories with sockets are made: the temporary directory, or
// /tmp where that one's name is too long for a socket.
func Base() string {
	base := os.TempDir()
	if len(base) > pathBytesMax {
		return "/tmp"
	}
	return base
}

// Make makes an empty directory in base that only its creator may enter, and removes what
// dead processes of this machine left in base before.
func Make(base string) (string, error) {
	sweep(base, Self())
	dir, err := os.MkdirTemp(base, prefix+Self().String()+"-")
	if err != nil {
		return "", fmt.Errorf("scratch directory: %w", err)
	}
	return dir, nil
}

// sweep removes the scratch directories in base whose owner was a process of the same
// machine and is dead. Another machine's directories (a shared file system) stay. A directory
// that cannot be removed, another user's or one that another run is removing, costs a little
// space and nothing else: it is no reason not to start, so its error is dropped.
func sweep(base string, self Owner) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return // MkdirTemp in the same place reports it
	}
	for _, e := range entries {
		if owner, ok := ownerOf(e.Name()); ok && e.IsDir() && owner.Dead(self) {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

// ownerOf reads the owner out of a scratch directory's name.
func ownerOf(name string) (Owner, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return Owner{}, false
	}
	at := strings.LastIndexByte(rest, '-')
	if at < 0 {
		return Owner{}, false
	}
	return ParseOwner(rest[:at])
}
