// Package container runs the oracle's database in a throw-away container.
//
//  1. An engine must answer within 2 s (ErrNoEngine) and one of the images must be there
//     (ErrNoImage): both are known before anything is started, and nothing is pulled.
//  2. Where the engine shares this machine's files, the container has no network at all and is
//     reached by a unix socket in a directory of ours; elsewhere by a port on the loopback
//     interface. An engine on another machine is refused (ErrRemoteEngine).
//  3. The container can do what PostgreSQL needs and no more: see request.
//  4. Every wait has an end, also on an engine that is frozen.
//  5. Nothing outlives the run: Close removes the container; one whose creator died ends by
//     itself after its lifetime, and the next run sweeps it before that.
package container

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"settleproof/oracle/scratch"
)

// The bounds of every step, each some ten times what the step takes where it works.
const (
	probeTimeout  = 2 * time.Second  // a ping takes 2 ms; a frozen engine never answers
	lookTimeout   = 5 * time.Second  // engine facts and images: 40 ms
	sweepTimeout  = 5 * time.Second  // removing leftovers: 0.3 s each
	startTimeout  = 60 * time.Second // 0.6 s with the built image, 3 s with the official one
	answerTimeout = 10 * time.Second // from "ready" in the log to the first answer: 10 ms
	stopTimeout   = 1 * time.Second  // a fast shutdown takes 0.2 s; then it is killed
	removeTimeout = 15 * time.Second // stop, removal and the wait for it: 0.5 s
)

// lifetime is how long a container lives whose creator died without removing it: longer than
// any run, short enough not to fill a build machine over a day.
const lifetime = 30 * time.Minute

// The errors that a caller decides by.
var (
	// ErrNoEngine: no Docker engine answers.
	ErrNoEngine = errors.New("no Docker engine answers")
	// ErrNoImage: an engine answers but has none of the images.
	ErrNoImage = errors.New("no database image")
	// ErrRemoteEngine: the engine is on another machine, where a loopback port is out of reach;
	// nothing is published on a network for it.
	ErrRemoteEngine = errors.New("the Docker engine is on another machine")
)

// Options say what to start. The zero value is ready to use.
type Options struct {
	// Image is used in place of the usual choice; see chooseImage.
	Image string
	// Log gets one line per decision; nil drops them.
	Log io.Writer
}

// Server is a running database server in its container.
type Server struct {
	// DSN is the address for pgx, of the superuser on a database of its own. It holds a password.
	DSN string
	// Description says which image was chosen, why, and how it is reached, in one line without
	// secrets.
	Description string

	engine *engine
	ctr    *running
	dir    string // the socket's directory, "" with a port
	once   sync.Once
	err    error
}

// Probe says whether an engine answers within 2 s: nil, or an error that is ErrNoEngine.
func Probe(ctx context.Context) error {
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	return e.client.Close()
}

// Start starts a database server in a container and returns when it answers. The caller
// closes the server. In order:
//
//  1. The engine is asked for a sign of life (ErrNoEngine) and for what it is.
//  2. The image is chosen (ErrNoImage).
//  3. Containers that earlier runs left behind are removed.
//  4. The container is started, and its log is read until the server says that it is ready.
//  5. The server is asked for its version over the address that is handed out.
//
// A container that ends before it is ready is an error with its last lines of log. When a
// socket turns out not to be shared (an engine in a virtual machine), the port is tried.
func Start(ctx context.Context, opt Options) (*Server, error) {
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	s, err := e.start(ctx, opt, e.reach(runtime.GOOS), lifetime)
	if errors.Is(err, errNotShared) {
		e.logf(opt.Log, "%v: a loopback port instead", err)
		s, err = e.start(ctx, opt, byPort, lifetime)
	}
	if err != nil {
		return nil, errors.Join(err, e.client.Close())
	}
	return s, nil
}

// start is Start on an engine that answers, for one way of reaching the server.
func (e *engine) start(ctx context.Context, opt Options, way reach, life time.Duration) (*Server, error) {
	if way == byNothing {
		return nil, fmt.Errorf("%w (%s): use a database address in place of a container", ErrRemoteEngine, e.address)
	}
	img, err := e.chooseImage(ctx, opt.Image, os.Getenv)
	if err != nil {
		return nil, err
	}
	e.logf(opt.Log, "image %s (%s)", img.name, img.reason)
	e.sweep(ctx, opt.Log)

	s := &Server{engine: e}
	password := rand.Text()
	if way == bySocket {
		if s.dir, err = makeSocketDirectory(); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s.ctr, err = e.run(ctx, request(plan{
		img: img, way: way, dir: s.dir, password: password, life: life, selinux: e.selinux,
	}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container of %s: %w", img.name, err), s.release())
	}
	version, err := s.await(ctx, way, password)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container of %s: %w", img.name, err), s.release())
	}
	s.Description = fmt.Sprintf("container of %s (%s), PostgreSQL %s, %s", img.name, img.reason, version, way)
	e.logf(opt.Log, "%s", s.Description)
	return s, nil
}

// await waits until the server in the container is ready and answers at the address.
func (s *Server) await(ctx context.Context, way reach, password string) (version string, err error) {
	if err := s.ctr.output.awaitReady(ctx); err != nil {
		return "", err
	}
	host, port := s.dir+socketPart, serverPort
	if way == byPort {
		if host, port, err = s.engine.publishedPort(ctx, s.ctr.id); err != nil {
			return "", err
		}
	}
	s.DSN = scratch.Address(host, port, password, scratch.Database)
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	version, err = scratch.AwaitReady(ctx, s.DSN, s.ctr.output.ended)
	if err == nil {
		return version, nil
	}
	select {
	case <-s.ctr.output.ended:
		return "", s.ctr.output.endedError()
	default:
	}
	if way == bySocket && !socketIsThere(s.dir) {
		return "", fmt.Errorf("%w: the server is ready and its socket is not in %s", errNotShared, s.dir)
	}
	return "", err
}

// Close removes the container and the socket's directory. It takes at most removeTimeout,
// needs no context (it must work when the run was cancelled) and may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.err = errors.Join(s.release(), s.engine.client.Close())
	})
	return s.err
}

// release removes what start has made so far.
func (s *Server) release() error {
	var errs []error
	if s.ctr != nil {
		errs = append(errs, s.engine.remove(s.ctr))
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// logf writes one line about a decision. A log that cannot be written is no reason to stop.
func (e *engine) logf(w io.Writer, format string, args ...any) {
	if w != nil {
		_, _ = fmt.Fprintf(w, "oracle: "+format+"\n", args...)
	}
}
