package oracle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrChoice: the text given as choice of a database names none.
	ErrChoice = errors.New("unknown oracle")
	// ErrNone: auto found no way to a database.
	ErrNone = errors.New("no database for the legacy query")
	// ErrOccupied: the database has something of somebody else where ours would go.
	ErrOccupied = errors.New("not empty")
	// ErrLost: the connection is gone. The server may have lost its data, so the run cannot go on with another one.
	ErrLost = errors.New("connection lost")
	// ErrRows: the query did not answer with exactly one readable row for every case.
	ErrRows = errors.New("wrong rows")
)

// StepError is an error of the database in one step of the run. errors.Is finds context.DeadlineExceeded in it when the
// step ran into its bound, whether client or server noticed, and ErrLost when the connection is gone.
type StepError struct {
	Step    string // what was being done
	Timeout bool
	Lost    bool
	Err     error
}

func (e *StepError) Error() string {
	var b strings.Builder
	b.WriteString(e.Step)
	if e.Timeout {
		b.WriteString(": out of time")
	}
	if e.Lost {
		b.WriteString(": connection lost")
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *StepError) Unwrap() error { return e.Err }

func (e *StepError) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Timeout || target == ErrLost && e.Lost
}

// queryCanceled is the SQLSTATE of a statement that hit statement_timeout (or that an administrator cancelled).
const queryCanceled = "57014"

// stepError names the step in which err happened, and what it means for the run. ctx is the context of the step, parent
// the one it was derived from: a cancelled run is no timeout. conn is nil while there is none to lose.
func stepError(parent, ctx context.Context, step string, conn *pgconn.PgConn, err error) error {
	if err == nil {
		return nil
	}
	e := &StepError{Step: step, Err: err, Lost: conn != nil && conn.IsClosed()}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == queryCanceled && strings.Contains(pg.Message, "statement timeout") {
		e.Timeout = true
	}
	switch {
	case parent.Err() != nil:
		// The caller gave up; the connection was closed on the way, and that is not the cause.
		e.Err, e.Timeout = fmt.Errorf("%w (%v)", context.Cause(parent), err), errors.Is(parent.Err(), context.DeadlineExceeded)
	case ctx.Err() != nil || pgconn.Timeout(err):
		e.Timeout = true
	}
	return e
}

// dependentObjectsStillExist is the SQLSTATE of a DROP that something else still needs.
const dependentObjectsStillExist = "2BP01"

func hasCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}
