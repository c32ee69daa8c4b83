package container

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"

	"settleproof/oracle/scratch"
)

const (
	serverPort     = 5432
	serverPortSpec = "5432/tcp"
	// user is the name that both images give the server's user; its number differs (999, 70).
	user = "postgres"
	// socketDirectory is where the server and its own tools look for sockets by default.
	socketDirectory = "/var/run/postgresql"
	// socketPart is the part of the scratch directory that is mounted there: open to the
	// server's user, whatever its number, inside of a directory that only we may enter.
	socketPart = "/s"
	// dataMount covers the volume that the official image declares; the server wants a
	// directory that it owns, so the data is one below.
	dataMount = "/var/lib/postgresql/data"
	// initdbArguments are the ones that the built image has a ready data directory for.
	initdbArguments = "--encoding=UTF8 --locale=C.UTF-8"
)

// What the container may use.
const (
	memoryBytes = 3 << 30   // 1 GiB of data, 256 MB of buffers, and sorting: 100,000 cases use a tenth
	sharedBytes = 256 << 20 // /dev/shm: hash tables that are shared between processes
	dataBytes   = 1 << 30   // 100,000 cases use 70 MB
	tmpBytes    = 64 << 20  // the set-up's socket and here-documents
	processMax  = 64        // the server has 6 and one per connection
)

// The labels by which a later run recognises what is ours and what is left over.
const (
	labelOurs  = "settleproof.oracle"
	labelOwner = "settleproof.oracle.owner"
	labelEnds  = "settleproof.oracle.ends" // Unix seconds
)

// watchdog is the script around the image's own entry point ("$@"): it ends the container
// when the lifetime ($0, in seconds) is over. It is the child of process 1 (an init, which
// hands signals on to the server), so that the server never meets an unknown child.
const watchdog = `(sh -c 'sleep "$0"; echo "lifetime of $0 s is over"; kill -INT 1; sleep 10; kill -QUIT 1' "$0" &)
exec "$@"`

// plan is what differs from one container to the next.
type plan struct {
	img      chosen
	way      reach
	dir      string // the shared directory, with bySocket
	password string
	life     time.Duration
	selinux  bool
}

// request describes the container. What it may do:
//
//  1. Its root file system is read-only; the data, /tmp and the sockets are in memory.
//  2. It runs as the image's postgres user, without capabilities, and cannot gain any.
//  3. Memory, shared memory and processes are limited; swap is not used.
//  4. It has no network, or one port on the loopback interface.
//  5. It is removed when it ends, and it ends by itself after its lifetime.
func request(p plan) testcontainers.ContainerRequest {
	seconds := strconv.Itoa(int(p.life.Seconds()))
	cmd := append([]string{}, p.img.entrypoint...)
	cmd = append(cmd, "postgres")
	for _, setting := range scratch.Settings() {
		cmd = append(cmd, "-c", setting)
	}
	req := testcontainers.ContainerRequest{
		Image:      p.img.name,
		Entrypoint: []string{"/bin/sh", "-c", watchdog, seconds},
		Cmd:        cmd,
		Env: map[string]string{
			"POSTGRES_PASSWORD":    p.password,
			"POSTGRES_DB":          scratch.Database,
			"POSTGRES_INITDB_ARGS": initdbArguments,
			"PGDATA":               dataMount + "/pgdata",
			"LC_ALL":               "C.UTF-8",
			"TZ":                   "UTC",
		},
		Labels: map[string]string{
			labelOurs:  "1",
			labelOwner: scratch.Self().String(),
			labelEnds:  strconv.FormatInt(time.Now().Add(p.life).Unix(), 10),
		},
		Tmpfs: map[string]string{
			dataMount: fmt.Sprintf("rw,noexec,nosuid,nodev,mode=1777,size=%d", dataBytes),
			"/tmp":    fmt.Sprintf("rw,noexec,nosuid,nodev,mode=1777,size=%d", tmpBytes),
		},
	}
	// The library decides about ports after these functions and before the container is made,
	// hence the hook at the end of that.
	var config *container.Config
	var host *container.HostConfig
	req.ConfigModifier = func(c *container.Config) { config = c }
	req.HostConfigModifier = func(h *container.HostConfig) { host = h }
	req.LifecycleHooks = []testcontainers.ContainerLifecycleHooks{{
		PreCreates: []testcontainers.ContainerRequestHook{
			func(context.Context, testcontainers.ContainerRequest) error {
				config.User = user
				config.StopSignal = "SIGINT" // a fast shutdown
				harden(host, p.selinux)
				connectTo(p.way, p.dir, config, host)
				return nil
			},
		},
	}}
	return req
}

// harden sets the limits of request's rules 1, 2, 3 and 5. Where SELinux labels files, a
// container may only use a directory of ours with its own label switched off.
func harden(host *container.HostConfig, selinux bool) {
	yes, processes := true, int64(processMax)
	host.ReadonlyRootfs = true
	host.CapDrop = []string{"ALL"}
	host.SecurityOpt = append(host.SecurityOpt, "no-new-privileges")
	if selinux {
		host.SecurityOpt = append(host.SecurityOpt, "label=disable")
	}
	host.Memory = memoryBytes
	host.MemorySwap = memoryBytes // memory and swap together
	host.PidsLimit = &processes
	host.ShmSize = sharedBytes
	host.AutoRemove = true
	host.Init = &yes
}

// connectTo sets the way in: request's rule 4.
func connectTo(way reach, dir string, config *container.Config, host *container.HostConfig) {
	config.ExposedPorts, host.PortBindings = nil, nil
	if way == bySocket {
		host.NetworkMode = network.NetworkNone
		// A mount and not a "bind": it fails on an engine that has no such directory, where a
		// bind would make one there.
		host.Mounts = append(host.Mounts, mount.Mount{Type: mount.TypeBind, Source: dir + socketPart, Target: socketDirectory})
		return
	}
	port := network.MustParsePort(serverPortSpec)
	config.ExposedPorts = network.PortSet{port: struct{}{}}
	host.PortBindings = network.PortMap{port: []network.PortBinding{{HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), HostPort: "0"}}}
	host.Tmpfs[socketDirectory] = "rw,noexec,nosuid,nodev,mode=1777,size=1m"
}

// makeSocketDirectory makes the directory that the container and this process share.
func makeSocketDirectory() (string, error) {
	dir, err := scratch.Make(scratch.Base())
	if err != nil {
		return "", err
	}
	part := dir + socketPart
	if err = os.Mkdir(part, 0o700); err == nil {
		err = os.Chmod(part, 0o777) // Mkdir's mode is cut by the process's umask
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("socket directory: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

// socketIsThere says whether the server's socket has appeared in the shared directory.
func socketIsThere(dir string) bool {
	_, err := os.Stat(filepath.Join(dir+socketPart, ".s.PGSQL."+strconv.Itoa(serverPort)))
	return err == nil
}
