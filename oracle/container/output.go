package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

const (
	// readyLine is what the server says when it accepts connections. The first time is the
	// private server of the set-up, the second time is the one to use.
	readyLine  = "database system is ready to accept connections"
	readyTimes = 2
	// tailLines is how much of the log goes into an error: the reason and what led to it.
	tailLines = 8
	// lineBytesMax cuts lines that nobody reads to the end.
	lineBytesMax = 500
)

// output follows what a container writes. It is attached before the container starts: a
// container that is removed at its end takes its log with it.
type output struct {
	ready chan struct{} // closed when the server is ready
	ended chan struct{} // closed when the container writes no more

	mu    sync.Mutex
	line  []byte
	tail  []string
	times int
	hang  func()
}

func newOutput() *output {
	return &output{ready: make(chan struct{}), ended: make(chan struct{}), hang: func() {}}
}

// attach reads the container's output until it ends.
func (e *engine) attach(ctx context.Context, id string, out *output) error {
	stream, err := e.client.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	out.mu.Lock()
	out.hang = stream.Close
	out.mu.Unlock()
	go func() {
		// Whether the stream ends well or badly, the container cannot be heard any more.
		_, _ = stdcopy.StdCopy(out, out, stream.Reader)
		close(out.ended)
	}()
	return nil
}

// close hangs up; a container that still runs is no longer heard.
func (o *output) close() {
	o.mu.Lock()
	hang := o.hang
	o.mu.Unlock()
	hang()
}

// Write takes the next piece of the output, which may end anywhere in a line.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for rest := p; len(rest) > 0; {
		piece, after, whole := bytes.Cut(rest, []byte("\n"))
		o.line = append(o.line, piece...)
		rest = after
		if whole {
			o.endLine()
		}
	}
	return len(p), nil
}

// endLine keeps the line that is complete now.
func (o *output) endLine() {
	line := strings.TrimRight(string(o.line[:min(len(o.line), lineBytesMax)]), "\r")
	o.line = o.line[:0]
	if o.tail = append(o.tail, line); len(o.tail) > tailLines {
		o.tail = o.tail[1:]
	}
	if strings.Contains(line, readyLine) {
		if o.times++; o.times == readyTimes {
			close(o.ready)
		}
	}
}

// awaitReady waits until the server is ready, the container ends, or ctx is over.
func (o *output) awaitReady(ctx context.Context) error {
	select {
	case <-o.ready:
		return nil
	case <-o.ended:
		return o.endedError()
	case <-ctx.Done():
		return fmt.Errorf("not ready in time: %w%s", context.Cause(ctx), o.lastLines())
	}
}

// endedError is the error of a container that ended by itself, with its last words.
func (o *output) endedError() error {
	return errors.New("ended before its server was ready" + o.lastLines())
}

// lastLines returns the end of the log, indented below the message that it explains.
func (o *output) lastLines() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.tail
	if len(o.line) > 0 {
		lines = append(lines[:len(lines):len(lines)], string(o.line[:min(len(o.line), lineBytesMax)]))
	}
	if len(lines) == 0 {
		return "; it wrote nothing"
	}
	return "; its last lines:\n    " + strings.Join(lines, "\n    ")
}
