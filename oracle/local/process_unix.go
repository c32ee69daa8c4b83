//go:build unix

package local

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"settleproof/oracle/scratch"
)

// account is who runs the server.
type account struct {
	name     string
	uid, gid uint32
	other    bool // not this process's own user
}

// chooseUser returns who runs the server: this process's user, or, when that is root,
// postgres, else nobody.
func chooseUser() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		name := strconv.Itoa(uid)
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
		return account{name: name}, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			errs = append(errs, fmt.Errorf("user %s: %w", name, err))
			continue
		}
		return account{name: name, uid: uint32(uid), gid: uint32(gid), other: true}, nil
	}
	return account{}, fmt.Errorf("%w: %w", ErrNoUser, errors.Join(errs...))
}

// makeDirectory makes the server's directory, owned by its user. Bases in order: memory with
// enough room, the temporary directory, /tmp; a base whose path another user may not walk
// (below the home of root) is left out for that user.
func makeDirectory(as account) (string, error) {
	var errs []error
	for _, base := range append(memoryBases(), scratch.Base(), "/tmp") {
		if as.other && !searchable(base) {
			errs = append(errs, fmt.Errorf("%s cannot be reached by %s", base, as.name))
			continue
		}
		dir, err := scratch.Make(base)
		if err == nil && as.other {
			if err = os.Chown(dir, int(as.uid), int(as.gid)); err != nil {
				err = errors.Join(err, os.RemoveAll(dir))
			}
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// searchable says whether everyone may walk the path down to dir.
func searchable(dir string) bool {
	for dir = resolved(dir); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// attributes start a program as the account, in a process group of its own: a Ctrl-C in the
// terminal reaches this process, which then stops the server in good order.
func attributes(as account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if as.other {
		attr.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	endWithCreator(attr)
	return attr
}

// The server's own ways to end, gentle ones first: a fast shutdown, an immediate one, a kill.
var endings = [...]os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL}
