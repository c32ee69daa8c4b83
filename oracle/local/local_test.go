package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"settleproof/oracle/scratch"
)

// testTimeout bounds every test's own calls; the package's bounds are inside of it.
const testTimeout = 2 * time.Minute

// needBinaries returns where PostgreSQL is, or skips the test saying how to run it.
// With SETTLEPROOF_REQUIRE_ORACLE=1 (as in continuous integration) it fails instead.
func needBinaries(t *testing.T) (context.Context, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	bin, err := Find()
	if err != nil && os.Getenv("SETTLEPROOF_REQUIRE_ORACLE") == "1" {
		t.Fatalf("SETTLEPROOF_REQUIRE_ORACLE=1: %v", err)
	}
	if err != nil {
		t.Skipf("%v; to run it: install postgresql, or PG_BIN=its directory go test ./oracle/local", err)
	}
	return ctx, bin
}

func TestStart(t *testing.T) {
	ctx, bin := needBinaries(t)
	// The caller's variables must not reach the server.
	t.Setenv("PGOPTIONS", "-c jit=on")
	t.Setenv("PGTZ", "Asia/Seoul")
	t.Setenv("PGSSLMODE", "require")
	var log strings.Builder
	began := time.Now()
	s, err := Start(ctx, Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: ready after %s", s.Description, time.Since(began).Round(time.Millisecond))
	if !strings.Contains(s.Description, bin) || !strings.Contains(log.String(), s.Description) {
		t.Errorf("description %q, log %q: want %s in both", s.Description, log.String(), bin)
	}
	checkServer(ctx, t, s)
	for range 2 { // a second Close is the first one's answer
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("directory %s after Close: %v, want not there", s.dir, err)
	}
	if _, err := pgx.Connect(ctx, s.DSN); err == nil {
		t.Error("a closed server accepts connections")
	}
}

// checkServer asks the server who we are, where we are and how it is set up.
func checkServer(ctx context.Context, t *testing.T, s *Server) {
	t.Helper()
	conn, err := pgx.Connect(ctx, s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	for _, q := range []struct{ reason, query, want string }{
		{"it answers", "SELECT 1::text", "1"},
		{"schema and roles are made by the superuser", "SELECT rolname || ' ' || rolsuper FROM pg_roles WHERE rolname = current_user", "postgres true"},
		{"a database of its own, so that an oracle never loads into a server's own one", "SELECT current_database()::text", scratch.Database},
		{"texts are compared by code point on every machine", "SELECT pg_encoding_to_char(encoding)::text || (datcollate LIKE 'C%') FROM pg_database WHERE datname = current_database()", "UTF8true"},
		{"timestamps do not depend on the machine", "SELECT current_setting('TimeZone')", "UTC"},
		{"nothing is paid for durability", "SELECT current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes')", "offoffoff"},
		{"the caller's PGOPTIONS is not the server's", "SELECT current_setting('jit')", "off"},
		{"it listens nowhere but on its socket", "SELECT current_setting('listen_addresses') || current_setting('unix_socket_directories')", s.dir},
		{"the superuser can give away its rights", "SELECT set_config('role', 'pg_read_all_data', true)", "pg_read_all_data"},
	} {
		var got string
		if err := conn.QueryRow(ctx, q.query).Scan(&got); err != nil || got != q.want {
			t.Errorf("%s: %s = %q, %v, want %q", q.reason, q.query, got, err, q.want)
		}
	}
	if info, err := os.Stat(s.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory %s: %v, %v: want one that only its owner may enter", s.dir, info, err)
	}
}

func TestKilledServer(t *testing.T) {
	ctx, _ := needBinaries(t)
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	// An immediate shutdown: as sudden for the client as a kill, and the system's shared memory
	// of the server is given back.
	if err := s.process.cmd.Process.Signal(endings[1]); err != nil {
		t.Fatal(err)
	}
	<-s.process.ended
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(60)"); err == nil {
		t.Error("a query of a killed server ended without an error")
	}
	if err := s.Close(); err != nil {
		t.Errorf("close after the kill: %v", err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("directory %s after Close: %v, want not there", s.dir, err)
	}
}

// creatorVariable makes this test binary the creator of a server, which then waits forever.
const creatorVariable = "SETTLEPROOF_TEST_CREATOR"

func TestMain(m *testing.M) {
	if os.Getenv(creatorVariable) == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		panic(err)
	}
	if _, err := os.Stdout.WriteString(s.DSN + "\n" + s.dir + "\n"); err != nil {
		panic(err)
	}
	select {}
}

func TestKilledCreator(t *testing.T) {
	ctx, _ := needBinaries(t)
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a program with its creator")
	}
	creator := exec.CommandContext(ctx, os.Args[0])
	creator.Env = append(os.Environ(), creatorVariable+"=1")
	out, err := creator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := creator.Start(); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 0, 4096)
	for strings.Count(string(text), "\n") < 2 {
		n, err := out.Read(text[len(text):cap(text)])
		if err != nil {
			t.Fatalf("creator wrote %q: %v", text, err)
		}
		text = text[:len(text)+n]
	}
	dsn, dir, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if err := creator.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := creator.Wait(); err == nil {
		t.Error("a killed creator ended well")
	}
	for { // until the server is gone; ctx is the bound
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			if ctx.Err() != nil {
				t.Fatal("the server outlives its creator")
			}
			break
		}
		if err := conn.Close(ctx); err != nil {
			t.Log(err)
		}
	}
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("directory %s of a killed creator after the next start: %v, want not there", dir, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartFails(t *testing.T) {
	if os.Getenv("PATH") == "" {
		t.Skip("no PATH")
	}
	dir := t.TempDir()
	for name, script := range map[string]string{"initdb": "echo no space left >&2; exit 3", "postgres": "exit 1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for d := dir; d != filepath.Dir(d) && d != os.TempDir(); d = filepath.Dir(d) { // for the server's user
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Start(t.Context(), Options{BinDir: dir})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v, want initdb's end and its last words", err)
	}
}

func TestCancelled(t *testing.T) {
	needBinaries(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	bin := func(path string) string {
		dir := filepath.Join(root, path)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"postgres", "initdb"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	v9, v15, v17 := bin("pg/9.6/bin"), bin("pg/15/bin"), bin("pg/17/bin")
	brew14, brew16 := bin("postgresql@14/bin"), bin("postgresql@16/bin")
	half := filepath.Join(root, "half")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(v17, "postgres"), filepath.Join(half, "postgres")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	for _, tt := range []struct {
		reason, pgBin, inPath string
		dirs                  []string
		want                  string
	}{
		{"PG_BIN is the user's word", v9, v17, []string{v15}, v9},
		{"a wrong PG_BIN is an error and not another directory", half, v17, []string{v15}, ""},
		{"PATH is before the packages' directories", "", v17, []string{v15}, v17},
		{"PATH has a link without initdb beside it", "", half, []string{v15}, v17},
		{"the wanted version is before a higher one", "", "", []string{v9, v15, v17}, v15},
		{"without the wanted version the highest", "", "", []string{brew16, brew14, v9}, brew16},
		{"an incomplete directory does not count", "", "", []string{half}, ""},
		{"nothing anywhere", "", "", nil, ""},
	} {
		getenv := func(string) string { return tt.pgBin }
		lookPath := func(string) (string, error) {
			if tt.inPath == "" {
				return "", exec.ErrNotFound
			}
			return filepath.Join(tt.inPath, "postgres"), nil
		}
		glob := func(pattern string) ([]string, error) {
			if pattern == versioned[0] {
				return tt.dirs, nil
			}
			return nil, nil
		}
		got, err := find(getenv, lookPath, glob)
		if got != tt.want || (tt.want == "") != errors.Is(err, ErrNoBinaries) {
			t.Errorf("%s: got %q, %v, want %q", tt.reason, got, err, tt.want)
		}
	}
}

func TestTail(t *testing.T) {
	p := &process{}
	if got := p.lastLines(); got != "; it wrote nothing" {
		t.Errorf("silence: %q", got)
	}
	for range 10_000 {
		if _, err := p.out.Write([]byte("again and again\n")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.out.text()); n > tailBytes {
		t.Errorf("%d bytes kept, want at most %d", n, tailBytes)
	}
	if n := strings.Count(p.lastLines(), "again and again"); n != tailLines {
		t.Errorf("%d lines, want %d", n, tailLines)
	}
}
