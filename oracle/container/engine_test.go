package container

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"settleproof/oracle/image"
	"settleproof/oracle/scratch"
)

func onLoopback(ports network.PortMap) bool {
	n := 0
	for _, bindings := range ports {
		for _, b := range bindings {
			if !b.HostIP.IsLoopback() {
				return false
			}
			n++
		}
	}
	return n == 1
}

func TestReach(t *testing.T) {
	for _, tt := range []struct {
		reason, goos, address, system string
		want                          reach
	}{
		{"the engine of this machine shares its files", "linux", "unix:///var/run/docker.sock", "Debian GNU/Linux 12", bySocket},
		{"an engine of an ordinary user does too", "linux", "unix:///run/user/1000/docker.sock", "Ubuntu 24.04", bySocket},
		{"Docker Desktop runs in a virtual machine", "linux", "unix:///home/a/.docker/desktop/docker.sock", "Docker Desktop", byPort},
		{"there is no Linux engine on macOS itself", "darwin", "unix:///Users/a/.docker/run/docker.sock", "Docker Desktop", byPort},
		{"nor where its virtual machine has another name", "darwin", "unix:///Users/a/.colima/docker.sock", "Ubuntu 24.04", byPort},
		{"Windows has pipes", "windows", "npipe:////./pipe/docker_engine", "Docker Desktop", byPort},
		{"an engine behind a local port", "linux", "tcp://127.0.0.1:2375", "Ubuntu 24.04", byPort},
		{"the same by name", "linux", "tcp://localhost:2375", "Ubuntu 24.04", byPort},
		{"the same by its other address", "linux", "tcp://[::1]:2375", "Ubuntu 24.04", byPort},
		{"nothing is published on a network", "linux", "tcp://10.0.0.7:2376", "Ubuntu 24.04", byNothing},
		{"a name may be any machine", "linux", "tcp://docker:2375", "Ubuntu 24.04", byNothing},
		{"what cannot be read is nowhere", "linux", "::", "", byNothing},
	} {
		e := &engine{address: tt.address, system: tt.system}
		if got := e.reach(tt.goos); got != tt.want {
			t.Errorf("%s: reach of %s on %s = %s, want %s", tt.reason, tt.address, tt.goos, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, ".docker", "run", "docker.sock")
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	home := func() (string, error) { return dir, nil }
	noHome := func() (string, error) { return "", errors.New("no home") }
	const nobody = 1 << 30
	for _, tt := range []struct {
		reason string
		env    map[string]string
		home   func() (string, error)
		want   []string
	}{
		{"DOCKER_HOST is the user's word", map[string]string{"DOCKER_HOST": "tcp://x:1"}, home, []string{"tcp://x:1"}},
		{"the default, then what exists below the home directory", nil, home, []string{client.DefaultDockerHost, "unix://" + socket}},
		{"sockets that do not exist are not asked", map[string]string{"XDG_RUNTIME_DIR": dir}, noHome, []string{client.DefaultDockerHost}},
	} {
		got := addresses(func(k string) string { return tt.env[k] }, tt.home, nobody)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// TestFrozenEngine: an engine that accepts connections and never answers.
func TestFrozenEngine(t *testing.T) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "d.sock"))
	if err != nil {
		t.Skipf("no unix sockets here: %v", err)
	}
	defer func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	}()
	t.Setenv("DOCKER_HOST", "unix://"+listener.Addr().String())
	// Were the probe without an end, this test would be too (go test -timeout).
	if err := Probe(t.Context()); !errors.Is(err, ErrNoEngine) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("probe of a frozen engine: %v", err)
	}
	if _, err := Start(t.Context(), Options{}); !errors.Is(err, ErrNoEngine) {
		t.Errorf("start on a frozen engine: %v", err)
	}
}

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	if err := Probe(t.Context()); !errors.Is(err, ErrNoEngine) {
		t.Errorf("got %v, want %v", err, ErrNoEngine)
	}
}

func TestRemoteEngine(t *testing.T) {
	e := &engine{address: "tcp://10.0.0.7:2376"}
	if _, err := e.start(t.Context(), Options{}, e.reach("linux"), lifetime); !errors.Is(err, ErrRemoteEngine) {
		t.Errorf("got %v, want %v", err, ErrRemoteEngine)
	}
}

func TestCandidates(t *testing.T) {
	for _, tt := range []struct {
		reason, asked, variable string
		want                    []string
	}{
		{"the recipe's image first, then the official one", "", "", []string{image.Tag(), image.Official()}},
		{"the variable is the only one", "", "mine:1", []string{"mine:1"}},
		{"the caller's word is before the variable", "his:2", "mine:1", []string{"his:2"}},
	} {
		var got []string
		for _, c := range candidates(tt.asked, func(string) string { return tt.variable }) {
			got = append(got, c.name)
			if c.reason == "" {
				t.Errorf("%s: %s has no reason", tt.reason, c.name)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestLeftOver(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	self := scratch.Self()
	// Process numbers end at 4 million: this one is never alive.
	dead := scratch.Owner{Machine: self.Machine, PID: 1 << 30}
	elsewhere := scratch.Owner{Machine: "00000000", PID: 1 << 30}
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for _, tt := range []struct {
		reason string
		labels map[string]string
		want   string
	}{
		{"not ours, whatever else it says", map[string]string{labelEnds: "1", labelOwner: dead.String()}, ""},
		{"in use", map[string]string{labelOurs: "1", labelEnds: at(time.Minute), labelOwner: self.String()}, ""},
		{"in use on another machine", map[string]string{labelOurs: "1", labelEnds: at(time.Minute), labelOwner: elsewhere.String()}, ""},
		{"its creator was killed", map[string]string{labelOurs: "1", labelEnds: at(time.Minute), labelOwner: dead.String()}, "its creator is dead"},
		{"it may still be ending by itself", map[string]string{labelOurs: "1", labelEnds: at(-endGrace), labelOwner: self.String()}, ""},
		{"it did not end by itself", map[string]string{labelOurs: "1", labelEnds: at(-endGrace - time.Second), labelOwner: elsewhere.String()}, "its lifetime is over"},
		{"labels that cannot be read prove nothing", map[string]string{labelOurs: "1", labelEnds: "soon", labelOwner: "me"}, ""},
	} {
		if got := leftOver(tt.labels, now, self); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestOutput(t *testing.T) {
	const ready = "LOG:  " + readyLine + "\n"
	for _, tt := range []struct {
		reason string
		pieces []string
		ready  bool
		tail   string
	}{
		{"silence", nil, false, "; it wrote nothing"},
		{"the set-up's server is not the one to use", []string{ready}, false, readyLine},
		{"the second one is", []string{ready, ready}, true, readyLine},
		{"a line may come in pieces", []string{ready, ready[:20], ready[20:]}, true, readyLine},
		{"once more changes nothing", []string{ready + ready + ready}, true, readyLine},
		{"last words without an end of line", []string{"FATAL:  no ", "memory"}, false, "\n    FATAL:  no memory"},
		{"only the end of a long log", []string{strings.Repeat("old\n", 100), "new\n"}, false, "\n" + strings.Repeat("    old\n", tailLines-1) + "    new"},
	} {
		o := newOutput()
		for _, p := range tt.pieces {
			if n, err := o.Write([]byte(p)); n != len(p) || err != nil {
				t.Fatalf("%s: write: %d, %v", tt.reason, n, err)
			}
		}
		got := false
		select {
		case <-o.ready:
			got = true
		default:
		}
		if got != tt.ready {
			t.Errorf("%s: ready = %t, want %t", tt.reason, got, tt.ready)
		}
		if lines := o.lastLines(); !strings.HasSuffix(lines, tt.tail) {
			t.Errorf("%s: last lines %q, want ... %q", tt.reason, lines, tt.tail)
		}
	}
}
