package scratch

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// pollInterval is the pause between two tries of a server that is starting: well below the
// half second that a start takes, well above the cost of a try.
const pollInterval = 20 * time.Millisecond

// connectSeconds is the connect_timeout in every address: a local server accepts at once.
const connectSeconds = 5

// Address returns the postgres:// address of the superuser. Host is a name, an address or the
// directory of a unix socket; the password may be empty. What pgx would otherwise take from the
// caller's PG... variables and what changes the connection or its results is in it.
func Address(host string, port int, password, database string) string {
	q := url.Values{}
	q.Set("sslmode", "disable") // a socket, or the loopback interface
	q.Set("channel_binding", "disable")
	q.Set("connect_timeout", strconv.Itoa(connectSeconds))
	q.Set("target_session_attrs", "any")
	q.Set("timezone", "UTC")
	q.Set("options", "")
	u := url.URL{Scheme: "postgres", User: url.UserPassword(Superuser, password), Path: "/" + database}
	if len(host) > 0 && host[0] == '/' {
		q.Set("host", host)
		q.Set("port", strconv.Itoa(port))
	} else {
		u.Host = net.JoinHostPort(host, strconv.Itoa(port))
	}
	// A space is %20 in this kind of address; a plus sign is a plus sign.
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}

// AwaitReady asks the server for its version until it answers, ctx is over, or stopped is
// closed (a nil stopped never is). The error is the last answer.
func AwaitReady(ctx context.Context, dsn string, stopped <-chan struct{}) (version string, err error) {
	for {
		version, err = serverVersion(ctx, dsn)
		if err == nil {
			return version, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no answer in time: %w", err)
		case <-stopped:
			return "", fmt.Errorf("stopped before it answered: %w", err)
		case <-time.After(pollInterval):
		}
	}
}

// serverVersion connects, asks and hangs up.
func serverVersion(ctx context.Context, dsn string) (version string, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := conn.Close(ctx); err == nil {
			err = closeErr
		}
	}()
	err = conn.QueryRow(ctx, "SELECT split_part(current_setting('server_version'), ' ', 1)").Scan(&version)
	return version, err
}

// CreateDatabase makes the scratch database over a connection to another one.
func CreateDatabase(ctx context.Context, dsn string) (err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := conn.Close(ctx); err == nil {
			err = closeErr
		}
	}()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{Database}.Sanitize())
	return err
}
