package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"settleproof/cases"
	"settleproof/harness"
	"settleproof/oracle"
)

// legacy is the legacy query as this run has it: asked, not asked, or not to be had.
type legacy struct {
	subject     harness.Subject // nil: not asked
	description string
	oracle      *oracle.Oracle // nil: nothing to close
}

// openLegacy returns a subject that answers nothing but the reason when there is no database: the run can then still show
// a mismatch of the calculator, and cannot look equal. A choice that does not exist is an error.
func openLegacy(ctx context.Context, choice string, book *cases.Book, log io.Writer) (*legacy, error) {
	if choice == oracleNone {
		return &legacy{}, nil
	}
	o, err := oracle.Open(ctx, choice, oracle.Options{Log: log, Rates: book.Rates()})
	if errors.Is(err, oracle.ErrChoice) {
		return nil, usagef("--oracle: %w; or %s, to leave the legacy query out", err, oracleNone)
	}
	if err != nil {
		fmt.Fprintf(log, "verify: the legacy query cannot be asked: %v\n", err)
		return &legacy{subject: absent{err}, description: "cannot be asked"}, nil
	}
	return &legacy{o.Subject(book), o.Description(), o}, nil
}

// close ends the database; an error leaves something behind, which has to be said.
func (l *legacy) close(log io.Writer) {
	if l.oracle == nil {
		return
	}
	if err := l.oracle.Close(); err != nil {
		fmt.Fprintf(log, "verify: close the oracle: %v\n", err)
	}
}

// absent is a legacy query that there is no database for.
type absent struct{ why error }

func (absent) Name() string { return "legacy" }

func (absent) CasesMax() int { return 1 << 20 } // any number: every call fails

func (a absent) Answer(context.Context, []harness.Shard) ([][]harness.Outcome, error) {
	return nil, a.why
}
