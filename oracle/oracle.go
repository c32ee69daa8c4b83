// Package oracle asks the legacy query: cases go in as rows of its tables, its answer comes back as text. In order:
//
//  1. A database is chosen: a container, a private local server or one that the caller names. The choice and its
//     reason are printed once; see choose.go.
//  2. Each connection gets a schema of its own in it, with the legacy tables, their reference data and the posted rates.
//  3. A call replaces the contract and transaction rows of its cases by COPY; what arrived is read back in the session
//     that runs the query and compared with what was sent, because a server that crashed comes back empty and willing.
//  4. The query runs once over all of them, set-based, as a role that may only read, in a read-only transaction, and is
//     copied out as text. Nothing on the way is a float, and nothing is formatted here.
//  5. One row for every case, no other row: anything else is an error, as is any doubt about the connection. A call
//     answers completely or not at all.
//  6. Every wait has a bound; the bounds are constants with their reasons in bounds.go.
package oracle

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"settleproof/cases"
	"settleproof/harness/snapshot"
	"settleproof/oracle/sql"
)

// Options say what Open needs besides the choice of a database.
type Options struct {
	Log   io.Writer    // gets one line with the choice and its reason; nil for none
	Rates []cases.Rate // posted rates into KRW, loaded once; required, because without them every conversion would fail
}

// Oracle is an open database that answers with the legacy query. Its methods may be called by several goroutines.
type Oracle struct {
	server server
	lanes  []*lane
	free   chan *lane // lanes nobody uses; a call waits here for its turn
	reader string     // role the query runs as; "" where the connecting user is no superuser and runs it itself

	closing sync.Once
	closed  error
}

// script is the SQL text that makes up the legacy system.
type script struct{ schema, reference, legacy string }

func legacyScript() script { return script{sql.Schema, sql.Reference, sql.Legacy} }

// digest covers each text with its length, so that moving a line from one file to the next shows.
func (s script) digest() string {
	h := sha256.New()
	for _, text := range []string{s.schema, s.reference, s.legacy} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		io.WriteString(h, text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Digest identifies the legacy system's SQL: schema, reference data and query.
func Digest() snapshot.Digest {
	return snapshot.Digest{Name: "legacy", Value: legacyScript().digest()}
}

// Open chooses a database, prepares it and returns it ready to answer. The choice is auto, container, local or
// postgres://...; the caller closes what Open returned.
//
// An error that is ErrChoice means that the choice itself is wrong (a usage error). Every other error means that there
// is no legacy answer to be had: the run cannot judge, which is not the same as finding a difference. ErrNone is the
// one that says that auto found nothing at all.
func Open(ctx context.Context, choice string, opt Options) (*Oracle, error) {
	if len(opt.Rates) == 0 {
		return nil, errors.New("oracle: no posted rates given: every conversion would fail")
	}
	srv, err := choose(ctx, choice, engines())
	if err != nil {
		return nil, err
	}
	o, err := open(ctx, srv, legacyScript(), opt.Rates, lanesDefault())
	if err != nil {
		return nil, fmt.Errorf("oracle %s: %w", srv.description, err)
	}
	if opt.Log != nil {
		if _, err := fmt.Fprintf(opt.Log, "oracle: %s\n", o.Description()); err != nil {
			return nil, errors.Join(fmt.Errorf("oracle: announce the choice: %w", err), o.Close())
		}
	}
	return o, nil
}

// open prepares lanesN connections on the server; the server is closed when that does not work out.
func open(ctx context.Context, srv server, s script, rates []cases.Rate, lanesN int) (_ *Oracle, err error) {
	o := &Oracle{server: srv, free: make(chan *lane, lanesN)}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.Close())
		}
	}()
	for n := 1; n <= lanesN; n++ {
		l, err := connect(ctx, srv.dsn, schemaName(n))
		if err != nil {
			return nil, err
		}
		o.lanes = append(o.lanes, l)
		o.free <- l
		if n == 1 {
			if o.reader, err = l.makeReader(ctx); err != nil {
				return nil, err
			}
		}
		l.reader = o.reader
		if err := l.prepare(ctx, s, rates); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// Description says which database answers and why it was chosen.
func (o *Oracle) Description() string {
	as := "as role " + o.reader
	if o.reader == "" {
		as = "as the connecting user"
	}
	return fmt.Sprintf("%s; %d connections, query read-only %s", o.server.description, len(o.lanes), as)
}

// errClosed is what a call gets after Close.
var errClosed = errors.New("the oracle is closed")

// Close drops what Open made in the database, ends the connections and ends the server if Open started it. It does not
// depend on the context of the run: it also cleans up after a cancelled one. A second Close does nothing.
func (o *Oracle) Close() error {
	o.closing.Do(func() { o.closed = o.close() })
	return o.closed
}

func (o *Oracle) close() error {
	var errs []error
	timeout := time.After(dropMax)
	for n := range o.lanes {
		select {
		case l := <-o.free:
			if !o.server.owned { // a server of our own goes away with everything in it
				errs = append(errs, l.dropSchema(n == len(o.lanes)-1))
			}
			errs = append(errs, l.disconnect())
			l.lost = errClosed
			defer func() { o.free <- l }()
		case <-timeout:
			errs = append(errs, fmt.Errorf("a connection was still in use after %v; what it made in %s is left behind", dropMax, o.server.description))
		}
	}
	if o.server.stop != nil {
		errs = append(errs, o.server.stop())
	}
	return errors.Join(errs...)
}
