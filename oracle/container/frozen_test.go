package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// frozenVariable makes this test binary start a container on the engine at DOCKER_HOST and
// print the error. It is a process of its own: the library asks for its engine only once.
const frozenVariable = "SETTLEPROOF_TEST_FROZEN"

func TestMain(m *testing.M) {
	if os.Getenv(frozenVariable) == "" {
		os.Exit(m.Run())
	}
	// Shorter than startTimeout, which is too long for a test, and the same way out.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := Start(ctx, Options{})
	fmt.Println(err)
}

// TestFreezesAtStart: an engine that answers everything up to the start of the container and
// then no more. Were any call without an end, so would be this test (go test -timeout).
func TestFreezesAtStart(t *testing.T) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "d.sock"))
	if err != nil {
		t.Skipf("no unix sockets here: %v", err)
	}
	thaw := make(chan struct{})
	frozen := make(chan string, 16)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := ""
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/_ping"):
			w.Header().Set("Api-Version", "1.41")
			w.Header().Set("Ostype", "linux")
			answer = "OK"
		case strings.HasSuffix(path, "/info"):
			answer = `{"OperatingSystem": "Test", "OSType": "linux"}`
		case strings.Contains(path, "/images/"):
			answer = `{"Id": "sha256:0", "Config": {"Entrypoint": ["e"]}}`
		case r.Method == http.MethodGet && strings.HasSuffix(path, "/containers/json"):
			answer = `[]`
		case strings.HasSuffix(path, "/networks"):
			answer = `[{"Name": "bridge"}]`
		default:
			frozen <- r.Method + " " + path
			<-thaw
			return
		}
		if _, err := w.Write([]byte(answer)); err != nil {
			t.Error(err)
		}
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		close(thaw)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()

	scratchBase := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), frozenVariable+"=1", "DOCKER_HOST=unix://"+listener.Addr().String(), "TMPDIR="+scratchBase)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), context.DeadlineExceeded.Error()) {
		t.Errorf("start on an engine that freezes: %v: %s", err, out)
	}
	select {
	case call := <-frozen:
		if !strings.HasSuffix(call, "/containers/create") {
			t.Errorf("the engine froze at %s, want the creation of the container: %s", call, out)
		}
	default:
		t.Errorf("the engine was never asked to create a container: %s", out)
	}
	if left, err := filepath.Glob(filepath.Join(scratchBase, "*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
