package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// engine is a Docker engine that answered.
type engine struct {
	client  *client.Client
	address string // unix:///var/run/docker.sock, tcp://...
	system  string // what the engine calls its operating system
	selinux bool
}

// errNotShared: the engine takes no directory of this machine, or another one of that name.
var errNotShared = errors.New("the engine does not share this machine's files")

// reach is how the server in the container is reached.
type reach int

const (
	byNothing reach = iota
	bySocket
	byPort
)

func (r reach) String() string {
	switch r {
	case bySocket:
		return "unix socket, no network"
	case byPort:
		return "loopback port"
	}
	return "out of reach"
}

// connect finds an engine and asks it for a sign of life and for what it is. All addresses
// together get the probe's two seconds.
func connect(ctx context.Context) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var errs []error
	for _, address := range addresses(os.Getenv, os.UserHomeDir, os.Getuid()) {
		e, err := dial(ctx, address)
		if err == nil {
			return e, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoEngine, errors.Join(errs...))
}

// addresses lists where an engine may listen. DOCKER_HOST is the only one when it is set.
// Else the default one, then the sockets of engines that run as an ordinary user, those that
// exist, in the order in which testcontainers looks for them, so that both find the same one.
func addresses(getenv func(string) string, home func() (string, error), uid int) []string {
	if host := getenv("DOCKER_HOST"); host != "" {
		return []string{host}
	}
	list := []string{client.DefaultDockerHost}
	var sockets []string
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		sockets = append(sockets, filepath.Join(dir, "docker.sock"))
	}
	if dir, err := home(); err == nil {
		sockets = append(sockets, filepath.Join(dir, ".docker", "run", "docker.sock"),
			filepath.Join(dir, ".docker", "desktop", "docker.sock"))
	}
	sockets = append(sockets, filepath.Join("/run/user", strconv.Itoa(uid), "docker.sock"))
	for _, socket := range sockets {
		if _, err := os.Stat(socket); err == nil {
			list = append(list, "unix://"+socket)
		}
	}
	return list
}

// dial asks the engine at one address.
func dial(ctx context.Context, address string) (*engine, error) {
	c, err := client.New(client.FromEnv, client.WithHost(address))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	info, err := c.Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", address, err), c.Close())
	}
	e := &engine{client: c, address: address, system: info.Info.OperatingSystem}
	for _, option := range info.Info.SecurityOptions {
		e.selinux = e.selinux || strings.Contains(option, "selinux")
	}
	return e, nil
}

// reach chooses how the server is reached:
//
//  1. A unix socket where the engine runs on this Linux machine itself: it listens on a unix
//     socket and is not the virtual machine of Docker Desktop.
//  2. A loopback port where the engine is on this machine in another way.
//  3. Not at all where it is on another machine.
func (e *engine) reach(goos string) reach {
	u, err := url.Parse(e.address)
	if err != nil {
		return byNothing
	}
	switch u.Scheme {
	case "unix":
		if goos == "linux" && e.system != "Docker Desktop" {
			return bySocket
		}
		return byPort
	case "npipe":
		return byPort
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
		return byPort
	}
	return byNothing
}

// publishedPort returns where the container's server port is on the loopback interface. It
// asks the engine and not the library: inside of a virtual machine that looks like a
// container, the library takes the default gateway for the engine's host, a machine that is
// not ours.
func (e *engine) publishedPort(ctx context.Context, id string) (host string, port int, err error) {
	r, err := e.client.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return "", 0, fmt.Errorf("published port: %w", err)
	}
	for _, b := range r.Container.NetworkSettings.Ports[network.MustParsePort(serverPortSpec)] {
		if !b.HostIP.IsLoopback() {
			continue
		}
		n, err := strconv.ParseUint(b.HostPort, 10, 16)
		if err != nil {
			return "", 0, fmt.Errorf("published port %q: %w", net.JoinHostPort(b.HostIP.String(), b.HostPort), err)
		}
		return b.HostIP.String(), int(n), nil
	}
	return "", 0, errors.New("the engine published no port on the loopback interface")
}
