package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	// tailLines and tailBytes are how much of a program's output goes into an error.
	tailLines = 8
	tailBytes = 4 << 10
	// outputTimeout is how long after its end a program's output is waited for: a child that
	// lives on may hold it open.
	outputTimeout = time.Second
)

// process is a program that was started.
type process struct {
	name   string
	cmd    *exec.Cmd
	out    tail
	ended  chan struct{} // closed when it has ended
	result error         // how it ended; valid after ended
}

// startProcess starts a program. One thread starts it and then waits for it: where the program
// is to end with its creator, the system means the thread, and the Go runtime may end a
// thread that nobody holds.
func startProcess(path string, args []string, dir string, as account) (*process, error) {
	p := &process{name: path, cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = environment(dir)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = attributes(as)
	p.cmd.WaitDelay = outputTimeout
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return p, nil
}

// stop ends the program: gently, then less so, each with its bound. A program that has ended
// already, in whatever way, is stopped.
func (p *process) stop() error {
	for i, bound := range []time.Duration{fastTimeout, quitTimeout, killTimeout} {
		if err := p.cmd.Process.Signal(endings[i]); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop %s: %w", p.name, err)
		}
		select {
		case <-p.ended:
			return nil
		case <-time.After(bound):
		}
	}
	return fmt.Errorf("stop %s: process %d outlives a kill", p.name, p.cmd.Process.Pid)
}

// lastLines returns the end of the program's output, indented below the message it explains.
func (p *process) lastLines() string {
	lines := strings.Split(strings.TrimRight(p.out.text(), "\n"), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	if len(lines) == 1 && lines[0] == "" {
		return "; it wrote nothing"
	}
	return "; its last lines:\n    " + strings.Join(lines, "\n    ")
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
