package oracle

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// server is a database that was chosen.
type server struct {
	dsn         string
	description string       // what it is and why
	owned       bool         // started by us: it goes away with everything in it
	stop        func() error // nil where there is nothing to stop
}

// engine is one way of starting a database of our own.
type engine struct {
	name  string                                    // as it is chosen
	start func(ctx context.Context) (server, error) // bounded by itself; says why when there is no database this way
}

// choose returns the database for the choice. In order:
//
//  1. postgres://... is taken as it is; nothing is started.
//  2. The name of an engine forces that engine: its error is the answer.
//  3. auto takes the first engine that starts and says in the description why those before it did not. When none
//     does, the error is ErrNone with every reason and the three ways out.
//
// Nothing else is a choice: ErrChoice.
func choose(ctx context.Context, choice string, engines []engine) (server, error) {
	if strings.HasPrefix(choice, "postgres://") || strings.HasPrefix(choice, "postgresql://") {
		return named(choice)
	}
	var tried []string
	for _, e := range engines {
		if choice != "auto" && choice != e.name {
			continue
		}
		srv, err := e.start(ctx)
		switch {
		case err == nil && choice == "auto":
			if len(tried) > 0 {
				srv.description += " (" + strings.Join(tried, "; ") + ")"
			}
			return srv, nil
		case err == nil:
			srv.description += " (asked for)"
			return srv, nil
		case choice == e.name:
			return server{}, fmt.Errorf("oracle %s: %w", choice, err)
		case ctx.Err() != nil:
			return server{}, fmt.Errorf("oracle %s: %s: %w", choice, e.name, err)
		}
		tried = append(tried, fmt.Sprintf("no %s: %v", e.name, err))
	}
	if choice != "auto" {
		return server{}, fmt.Errorf("%w %q: one of auto, container, local, postgres://user@host/database", ErrChoice, choice)
	}
	return server{}, noneError(tried)
}

// noneError tells the three ways out.
func noneError(tried []string) error {
	var b strings.Builder
	for _, t := range tried {
		b.WriteString("\n  " + t)
	}
	b.WriteString(`
any one of these helps:
  1. a container engine with the image:  make oracle-image, then --oracle container
  2. PostgreSQL binaries on this machine (in PATH, or PG_BIN=their directory), then --oracle local
  3. a database that may be written to:   --oracle postgres://user@host/database`)
	return fmt.Errorf("%w:%s", ErrNone, b.String())
}

// named takes the caller's own database. Its description leaves out user and password.
func named(url string) (server, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		// The library masks the password in its message.
		return server{}, fmt.Errorf("%w: %w", ErrChoice, err)
	}
	return server{dsn: url, description: fmt.Sprintf("database %s on %s:%d (asked for)", cfg.Database, cfg.Host, cfg.Port)}, nil
}
