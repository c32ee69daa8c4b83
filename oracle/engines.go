package oracle

import (
	"context"

	"settleproof/oracle/container"
	"settleproof/oracle/local"
)

// engines are the ways to a database of our own, the preferred one first: a container is the same everywhere, local
// binaries are whatever is installed. Each bounds its own waits and says in its description what it chose and why;
// that is printed once, by Open, so they get no log of their own.
func engines() []engine {
	return []engine{
		{"container", func(ctx context.Context) (server, error) {
			s, err := container.Start(ctx, container.Options{})
			if err != nil {
				return server{}, err
			}
			return server{dsn: s.DSN, description: s.Description, owned: true, stop: s.Close}, nil
		}},
		{"local", func(ctx context.Context) (server, error) {
			s, err := local.Start(ctx, local.Options{})
			if err != nil {
				return server{}, err
			}
			return server{dsn: s.DSN, description: s.Description, owned: true, stop: s.Close}, nil
		}},
	}
}
