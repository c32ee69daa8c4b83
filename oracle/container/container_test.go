package container

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/client"

	"settleproof/oracle/scratch"
)

// testTimeout bounds every test's own calls; the package's bounds are inside of it.
const testTimeout = 2 * time.Minute

// needEngine returns an engine that has an image, or skips the test saying how to run it.
// With SETTLEPROOF_REQUIRE_ORACLE=1 (as in continuous integration) it fails instead.
func needEngine(t *testing.T) (context.Context, *engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	e, err := connect(ctx)
	if err == nil {
		t.Cleanup(func() {
			if err := e.client.Close(); err != nil {
				t.Error(err)
			}
		})
		_, err = e.chooseImage(ctx, "", os.Getenv)
	}
	if err == nil {
		return ctx, e
	}
	if os.Getenv("SETTLEPROOF_REQUIRE_ORACLE") == "1" {
		t.Fatalf("SETTLEPROOF_REQUIRE_ORACLE=1: %v", err)
	}
	t.Skipf("%v; to run it: scripts/docker-up.sh && make oracle-image && go test ./oracle/container", err)
	return nil, nil
}

// gone fails unless the engine has forgotten the container and its directory is removed.
func gone(ctx context.Context, t *testing.T, e *engine, s *Server) {
	t.Helper()
	if _, err := e.client.ContainerInspect(ctx, s.ctr.id, client.ContainerInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("container %.12s after Close: %v, want not found", s.ctr.id, err)
	}
	if s.dir == "" {
		return
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("directory %s after Close: %v, want not there", s.dir, err)
	}
}

func TestStart(t *testing.T) {
	ctx, e := needEngine(t)
	for _, tt := range []struct {
		name, reason string
		way          reach
	}{
		{"default", "what Start itself would choose on this engine", e.reach("linux")},
		{"port", "an engine in a virtual machine is reached by a loopback port", byPort},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log strings.Builder
			began := time.Now()
			s, err := e.start(ctx, Options{Log: &log}, tt.way, lifetime)
			if err != nil {
				t.Fatalf("%s: %v", tt.reason, err)
			}
			t.Logf("%s: ready after %s", s.Description, time.Since(began).Round(time.Millisecond))
			t.Cleanup(func() {
				if err := s.release(); err != nil {
					t.Error(err)
				}
				gone(ctx, t, e, s)
			})
			checkServer(ctx, t, s.DSN)
			checkHardening(ctx, t, e, s)
			if !strings.Contains(log.String(), s.Description) {
				t.Errorf("log %q does not say %q", log.String(), s.Description)
			}
			if strings.Contains(log.String(), "postgres://") {
				t.Errorf("log %q: an address with a password", log.String())
			}
		})
	}
}

// checkServer asks the server who we are, where we are and how it is set up.
func checkServer(ctx context.Context, t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, dsn)
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
		{"texts are compared by code point on every machine", "SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()", "C.UTF-8 UTF8"},
		{"timestamps do not depend on the machine", "SELECT current_setting('TimeZone')", "UTC"},
		{"nothing is paid for durability", "SELECT current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes')", "offoffoff"},
		{"compiling the legacy query makes it slower", "SELECT current_setting('jit')", "off"},
		{"the superuser can give away its rights", "SELECT set_config('role', 'pg_read_all_data', true)", "pg_read_all_data"},
	} {
		var got string
		if err := conn.QueryRow(ctx, q.query).Scan(&got); err != nil || got != q.want {
			t.Errorf("%s: %s = %q, %v, want %q", q.reason, q.query, got, err, q.want)
		}
	}
}

// checkHardening reads back what the engine made of request.
func checkHardening(ctx context.Context, t *testing.T, e *engine, s *Server) {
	t.Helper()
	r, err := e.client.ContainerInspect(ctx, s.ctr.id, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h, c := r.Container.HostConfig, r.Container.Config
	for what, ok := range map[string]bool{
		"read-only root":       h.ReadonlyRootfs,
		"no capabilities":      len(h.CapDrop) == 1 && h.CapDrop[0] == "ALL" && len(h.CapAdd) == 0,
		"no new privileges":    strings.Contains(strings.Join(h.SecurityOpt, " "), "no-new-privileges"),
		"not privileged":       !h.Privileged,
		"memory":               h.Memory == memoryBytes,
		"processes":            h.PidsLimit != nil && *h.PidsLimit == processMax,
		"shared memory":        h.ShmSize == sharedBytes,
		"removed at its end":   h.AutoRemove,
		"init":                 h.Init != nil && *h.Init,
		"not root":             c.User == user,
		"our label":            c.Labels[labelOurs] != "",
		"our owner":            c.Labels[labelOwner] == scratch.Self().String(),
		"no volumes":           len(h.Binds) == 0,
		"no way in but ours":   s.dir == "" || h.NetworkMode == "none" && len(h.PortBindings) == 0,
		"port on loopback":     s.dir != "" || onLoopback(r.Container.NetworkSettings.Ports),
		"in use, not leftover": leftOver(c.Labels, time.Now(), scratch.Self()) == "",
	} {
		if !ok {
			t.Errorf("container lacks: %s", what)
		}
	}
	for _, m := range r.Container.Mounts {
		if m.Type == "volume" {
			t.Errorf("volume %s at %s: it would outlive the run", m.Name, m.Destination)
		}
	}
}

func TestKilledContainer(t *testing.T) {
	ctx, e := needEngine(t)
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close after the kill: %v", err)
		}
		gone(ctx, t, e, s)
		if err := s.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	}()
	conn, err := pgx.Connect(ctx, s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		_, err := conn.Exec(ctx, "SELECT pg_sleep(60)")
		answer <- err
	}()
	if _, err := e.client.ContainerKill(ctx, s.ctr.id, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		t.Fatal(err)
	}
	// The query sleeps for a minute: any answer before that is the lost connection.
	if err := <-answer; err == nil {
		t.Error("a query in a killed container ended without an error")
	}
	if _, err := pgx.Connect(ctx, s.DSN); err == nil {
		t.Error("a killed container accepts connections")
	}
	if err := conn.Close(ctx); err != nil {
		t.Logf("closing a lost connection: %v", err)
	}
}

func TestLifetime(t *testing.T) {
	ctx, e := needEngine(t)
	s, err := e.start(ctx, Options{}, e.reach("linux"), 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ctr.output.ended:
	case <-ctx.Done():
		t.Error("a container whose lifetime is over still runs")
	}
	if lines := s.ctr.output.lastLines(); !strings.Contains(lines, "database system is shut down") {
		t.Errorf("the container did not end in good order%s", lines)
	}
	if err := s.release(); err != nil {
		t.Error(err)
	}
	gone(ctx, t, e, s)
}

func TestEndedAtStart(t *testing.T) {
	ctx, e := needEngine(t)
	img, err := e.chooseImage(ctx, "", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	req := request(plan{img: img, way: byPort, password: "", life: lifetime}) // no password: the image refuses
	r, err := e.run(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	err = r.output.awaitReady(ctx)
	if err == nil || !strings.Contains(err.Error(), "POSTGRES_PASSWORD") {
		t.Errorf("got %v, want the image's own last words", err)
	}
	if err := e.remove(r); err != nil {
		t.Error(err)
	}
}

func TestNotShared(t *testing.T) {
	ctx, e := needEngine(t)
	img, err := e.chooseImage(ctx, "", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.run(ctx, request(plan{img: img, way: bySocket, dir: "/nowhere", password: "x", life: lifetime}))
	if !errors.Is(err, errNotShared) {
		t.Errorf("got %v, want %v", err, errNotShared)
	}
}

func TestMissingImage(t *testing.T) {
	ctx, e := needEngine(t)
	before := containers(ctx, t, e)
	_, err := Start(ctx, Options{Image: "settleproof-oracle-pg:no-such-recipe"})
	if !errors.Is(err, ErrNoImage) {
		t.Errorf("got %v, want %v", err, ErrNoImage)
	}
	if after := containers(ctx, t, e); after != before {
		t.Errorf("%d containers of ours after a missing image, %d before", after, before)
	}
}

// containers counts ours.
func containers(ctx context.Context, t *testing.T, e *engine) int {
	t.Helper()
	list, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", labelOurs)})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range list.Items {
		if c.Labels[labelOwner] == scratch.Self().String() {
			n++
		}
	}
	return n
}

func TestSweep(t *testing.T) {
	ctx, e := needEngine(t)
	img, err := e.chooseImage(ctx, "", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	req := request(plan{img: img, way: byPort, password: "x", life: lifetime})
	req.Labels[labelEnds] = "1" // 1970
	r, err := e.run(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	e.sweep(ctx, &log)
	if !strings.Contains(log.String(), "removed: its lifetime is over") {
		t.Errorf("sweep said %q", log.String())
	}
	if err := e.remove(r); err != nil { // it is gone already: that is no error
		t.Error(err)
	}
}
