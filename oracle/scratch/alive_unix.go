//go:build unix

package scratch

import (
	"errors"
	"syscall"
)

// alive says whether a process has this number now. One that may not be signalled is alive.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
