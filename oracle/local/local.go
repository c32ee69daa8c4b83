// Package local runs the oracle's database from PostgreSQL binaries of this machine.
//
//  1. The server is private: its data and its unix socket are in a directory that only its own
//     user may enter, and it listens nowhere else.
//  2. It never runs as root (PostgreSQL refuses): root's run is done by the user postgres, else
//     by nobody.
//  3. It ends with its creator, also when that one is killed (on Linux), and its directory is
//     removed; what remains of a killed run is removed by the next one.
//  4. Every wait has an end.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"settleproof/oracle/scratch"
)

// The bounds of every step, each some ten times what the step takes where it works.
const (
	initTimeout  = 60 * time.Second // initdb: 0.6 s, several on a slow disk
	startTimeout = 30 * time.Second // from the start to the first answer: 0.1 s
	fastTimeout  = 5 * time.Second  // a fast shutdown writes one checkpoint: 0.1 s
	quitTimeout  = 2 * time.Second  // an immediate one writes nothing; then it is killed
	killTimeout  = 2 * time.Second  // the system's own work after a kill
)

// serverPort is part of the socket's name and nothing else: no port is opened.
const serverPort = 5432

// The errors that a caller decides by.
var (
	// ErrNoBinaries: no PostgreSQL server is installed here.
	ErrNoBinaries = errors.New("no PostgreSQL binaries")
	// ErrNoUser: this process is root and there is no other user to run the server.
	ErrNoUser = errors.New("no user to run PostgreSQL (root may not)")
)

// Options say what to start. The zero value is ready to use.
type Options struct {
	// BinDir holds postgres and initdb; "" looks for them: see Find.
	BinDir string
	// Log gets one line per decision; nil drops them.
	Log io.Writer
}

// Server is a running private database server.
type Server struct {
	// DSN is the address for pgx, of the superuser on a database of its own.
	DSN string
	// Description says which binaries run as which user, in one line.
	Description string

	process *process
	dir     string
	once    sync.Once
	err     error
}

// Start starts a private server and returns when it answers. The caller closes it. In order:
//
//  1. The binaries are found (ErrNoBinaries) and the user to run them (ErrNoUser).
//  2. A directory is made that this user may enter, in memory where there is room.
//  3. initdb makes a cluster, without durability and with texts compared by code point.
//  4. The server is started, on a socket in that directory only, and a database is made.
//
// A program that fails is an error with its last lines. Where anything fails nothing is left.
func Start(ctx context.Context, opt Options) (*Server, error) {
	bin := opt.BinDir
	if bin == "" {
		var err error
		if bin, err = Find(); err != nil {
			return nil, err
		}
	}
	as, err := chooseUser()
	if err != nil {
		return nil, err
	}
	dir, err := makeDirectory(as)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(ctx, bin, as); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL in %s: %w", bin, err), s.release())
	}
	if opt.Log != nil {
		_, _ = fmt.Fprintf(opt.Log, "oracle: %s\n", s.Description) // a log is no reason to stop
	}
	return s, nil
}

// start makes the cluster, starts the server and makes the database.
func (s *Server) start(ctx context.Context, bin string, as account) error {
	data := filepath.Join(s.dir, "data")
	initCtx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	if err := initCluster(initCtx, bin, data, s.dir, as); err != nil {
		return err
	}
	args := []string{"-D", data, "-k", s.dir, "-p", fmt.Sprint(serverPort), "-c", "listen_addresses=",
		// Shared between processes by files below the data directory: they go with it, also when
		// the server is killed, and it is in memory as a rule.
		"-c", "dynamic_shared_memory_type=mmap"}
	for _, setting := range scratch.Settings() {
		args = append(args, "-c", setting)
	}
	p, err := startProcess(filepath.Join(bin, "postgres"), args, s.dir, as)
	if err != nil {
		return err
	}
	s.process = p

	ctx, cancel = context.WithTimeout(ctx, startTimeout)
	defer cancel()
	admin := scratch.Address(s.dir, serverPort, "", "postgres")
	version, err := scratch.AwaitReady(ctx, admin, p.ended)
	if err == nil {
		err = scratch.CreateDatabase(ctx, admin)
	}
	if err != nil {
		return fmt.Errorf("postgres: %w%s", err, p.lastLines())
	}
	s.DSN = scratch.Address(s.dir, serverPort, "", scratch.Database)
	s.Description = fmt.Sprintf("local PostgreSQL %s (%s) as user %s, unix socket, no network", version, bin, as.name)
	return nil
}

// initCluster runs initdb.
func initCluster(ctx context.Context, bin, data, dir string, as account) error {
	p, err := startProcess(filepath.Join(bin, "initdb"), []string{
		"-D", data, "-U", scratch.Superuser, "--auth=trust", "--encoding=UTF8", "--locale=" + locale(runtime.GOOS),
		"--no-sync",
	}, dir, as)
	if err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("initdb: not done in time: %w%s", context.Cause(ctx), p.lastLines()), p.stop())
	}
	if p.result != nil {
		return fmt.Errorf("initdb: %w%s", p.result, p.lastLines())
	}
	return nil
}

// locale compares texts by code point. macOS does not know it by that name in all versions;
// C is the same but for letters outside of ASCII, which no data of the oracle has.
func locale(goos string) string {
	if goos == "darwin" {
		return "C"
	}
	return "C.UTF-8"
}

// Close stops the server and removes its directory. It takes at most the sum of the stop
// bounds (9 s), needs no context (it must work when the run was cancelled) and may be called again.
func (s *Server) Close() error {
	s.once.Do(func() { s.err = s.release() })
	return s.err
}

// release removes what Start has made so far.
func (s *Server) release() error {
	var errs []error
	if s.process != nil {
		errs = append(errs, s.process.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// environment is all that the programs get: the PG... variables of the caller do not reach
// them, and messages are English.
func environment(dir string) []string {
	env := []string{"HOME=" + dir, "LC_ALL=" + locale(runtime.GOOS), "TZ=UTC", "PATH=" + os.Getenv("PATH")}
	if v := os.Getenv("LD_LIBRARY_PATH"); v != "" {
		env = append(env, "LD_LIBRARY_PATH="+v) // binaries that were unpacked somewhere
	}
	return env
}
