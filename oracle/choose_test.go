package oracle

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	broken := errors.New("no engine answers")
	works := func(name string) engine {
		return engine{name, func(context.Context) (server, error) {
			return server{dsn: name, description: "the " + name, owned: true}, nil
		}}
	}
	fails := func(name string) engine {
		return engine{name, func(context.Context) (server, error) { return server{}, broken }}
	}
	for _, tt := range []struct {
		reason, choice string
		engines        []engine
		dsn, says      string
		err            error
	}{
		{"auto prefers the first", "auto", []engine{works("container"), works("local")}, "container", "the container", nil},
		{"auto goes on and says why", "auto", []engine{fails("container"), works("local")}, "local", "no container: no engine answers", nil},
		{"auto without anything names the three ways out", "auto", []engine{fails("container"), fails("local")}, "", "--oracle postgres://", ErrNone},
		{"a forced engine is not replaced", "container", []engine{fails("container"), works("local")}, "", "oracle container", broken},
		{"a forced engine leaves the others alone", "local", []engine{fails("container"), works("local")}, "local", "asked for", nil},
		{"a url starts nothing", "postgres://u:secret@db.example:5433/legacy", nil, "postgres://u:secret@db.example:5433/legacy", "database legacy on db.example:5433", nil},
		{"a url that cannot be read is a usage error", "postgres://u:secret@db.example:port/", nil, "", "", ErrChoice},
		{"anything else is a usage error", "sqlite", []engine{works("container")}, "", "sqlite", ErrChoice},
		{"none is the caller's own affair", "none", []engine{works("container")}, "", "none", ErrChoice},
	} {
		got, err := choose(t.Context(), tt.choice, tt.engines)
		if !errors.Is(err, tt.err) || got.dsn != tt.dsn {
			t.Errorf("%s: %+v, %v", tt.reason, got, err)
			continue
		}
		text := got.description
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, tt.says) || strings.Contains(text, "secret") {
			t.Errorf("%s: says %q", tt.reason, text)
		}
	}
}

// An interrupt during the start of one engine is not a reason to try the next.
func TestChooseStopsAtAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	engines := []engine{
		{"container", func(ctx context.Context) (server, error) { cancel(); return server{}, ctx.Err() }},
		{"local", func(context.Context) (server, error) { t.Error("tried the next"); return server{}, nil }},
	}
	if _, err := choose(ctx, "auto", engines); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNone) {
		t.Error(err)
	}
}
