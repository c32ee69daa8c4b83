package scratch

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
)

// Owner is the process that made something and will remove it.
type Owner struct {
	// Machine tells process numbers apart that mean different processes: it is a digest of the
	// host's name, of its boot and of the process number space (a container has its own).
	Machine string
	PID     int
}

// machineDigits is how much of the digest is kept: 32 bits among the few machines that share
// an engine or a directory.
const machineDigits = 8

// Self returns this process.
func Self() Owner {
	h := sha256.New()
	// What cannot be read is left out: fewer parts only mean that fewer leftovers are
	// recognised as left over.
	if host, err := os.Hostname(); err == nil {
		h.Write([]byte(host))
	}
	if boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		h.Write(boot)
	}
	if space, err := os.Readlink("/proc/self/ns/pid"); err == nil {
		h.Write([]byte(space))
	}
	return Owner{Machine: hex.EncodeToString(h.Sum(nil))[:machineDigits], PID: os.Getpid()}
}

// String writes the owner so that ParseOwner reads it: machine-pid.
func (o Owner) String() string { return o.Machine + "-" + strconv.Itoa(o.PID) }

// ParseOwner reads what String wrote; false for anything else.
func ParseOwner(s string) (Owner, bool) {
	machine, pid, ok := strings.Cut(s, "-")
	if !ok || len(machine) != machineDigits || strings.Trim(machine, "0123456789abcdef") != "" {
		return Owner{}, false
	}
	n, err := strconv.Atoi(pid)
	if err != nil || n <= 0 || strconv.Itoa(n) != pid {
		return Owner{}, false
	}
	return Owner{Machine: machine, PID: n}, true
}

// Dead says that the owner was a process of self's machine and is no more. A process of
// another machine cannot be judged from here and is never called dead.
func (o Owner) Dead(self Owner) bool {
	return o.Machine == self.Machine && !alive(o.PID)
}
