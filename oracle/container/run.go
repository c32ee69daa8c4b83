package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// pollInterval is the pause between two questions whether a container is gone yet.
const pollInterval = 20 * time.Millisecond

// running is a container that was started, and its output from the first byte on.
type running struct {
	ctr    *testcontainers.DockerContainer
	id     string
	output *output
}

// run creates and starts the container. The library's calls have no end of their own on an
// engine that freezes (it makes its client without a context), so they run beside this one and
// are left alone when ctx is over; a container that such a call still brings is removed then.
func (e *engine) run(ctx context.Context, req testcontainers.ContainerRequest) (*running, error) {
	if err := e.prepareLibrary(); err != nil {
		return nil, err
	}
	out := newOutput()
	req.LifecycleHooks = append(req.LifecycleHooks, testcontainers.ContainerLifecycleHooks{
		PreStarts: []testcontainers.ContainerHook{
			func(ctx context.Context, c testcontainers.Container) error {
				return e.attach(ctx, c.GetContainerID(), out)
			},
		},
	})
	type answer struct {
		ctr *testcontainers.DockerContainer
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		ctr, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
			ContainerRequest: req, Started: true, Logger: log.NewNoopLogger(),
		})
		docker, _ := ctr.(*testcontainers.DockerContainer) // nil when nothing was created
		answers <- answer{docker, err}
	}()
	select {
	case a := <-answers:
		if a.ctr == nil {
			return nil, explain(a.err)
		}
		r := &running{ctr: a.ctr, id: a.ctr.GetContainerID(), output: out}
		if a.err != nil {
			return nil, errors.Join(explain(a.err), e.remove(r))
		}
		return r, nil
	case <-ctx.Done():
		go func() {
			if a := <-answers; a.ctr != nil {
				// Nobody is left to tell; the lifetime and the next run's sweep remain.
				_ = testcontainers.TerminateContainer(a.ctr, testcontainers.StopTimeout(stopTimeout))
			}
		}()
		return nil, fmt.Errorf("the engine did not start it in time: %w", context.Cause(ctx))
	}
}

// explain turns the engine's refusal of a directory that it does not have into errNotShared.
func explain(err error) error {
	if err != nil && strings.Contains(err.Error(), "bind source path does not exist") {
		return fmt.Errorf("%w: %w", errNotShared, err)
	}
	return err
}

// remove stops and removes the container and returns when the engine no longer knows it, or
// after removeTimeout. It has a context of its own: it must work when the run's is over.
func (e *engine) remove(r *running) error {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { // the library removes without a context: see run
		done <- testcontainers.TerminateContainer(r.ctr,
			testcontainers.StopContext(ctx), testcontainers.StopTimeout(stopTimeout))
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	defer r.output.close()
	if err != nil {
		return fmt.Errorf("container %.12s: remove: %w", r.id, err)
	}
	for {
		_, err := e.client.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("container %.12s: still there after %s", r.id, removeTimeout)
		case <-time.After(pollInterval):
		}
	}
}

// prepareLibrary sets what testcontainers takes from the environment only, at its first call.
// What the user has set stays.
//
//  1. The engine that answered the probe, when it is not at the default address.
//  2. A local engine's ports are on the loopback interface: see publishedPort.
//  3. No watching container (Ryuk): its image cannot be had everywhere, it wants the engine's
//     socket, and AutoRemove, the lifetime and the sweep do its work here.
func (e *engine) prepareLibrary() error {
	set := map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true"}
	if e.address != client.DefaultDockerHost {
		set["DOCKER_HOST"] = e.address
	}
	if strings.HasPrefix(e.address, "unix://") {
		set["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1"
	}
	for name, value := range set {
		if _, ok := os.LookupEnv(name); ok {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	log.SetDefault(log.NewNoopLogger())
	return nil
}
