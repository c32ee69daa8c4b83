package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"settleproof/cases"
)

// lane is one connection with a schema of its own. One goroutine uses it at a time.
type lane struct {
	dsn    string
	schema string
	made   bool   // we created the schema, so that it goes as a whole
	inUse  bool   // we put tables into it
	reader string // role the query runs as, "" for the connecting user
	query  string
	stop   time.Duration // statement_timeout of the query
	conn   *pgconn.PgConn
	lost   error // the first loss of the connection; everything after it fails with it
}

// session makes the answer independent of how somebody's server is set up: how dates are written, where names are
// looked up, how much memory a sort has. A tenth of the usual sample tells the planner all it needs about tables this
// plain, and ANALYZE is then no longer the longest part of the load.
const session = `
SET search_path = %s;
SET client_encoding = 'UTF8';
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET standard_conforming_strings = on;
SET jit = off;
SET work_mem = '64MB';
SET max_parallel_workers_per_gather = 0;
SET default_statistics_target = 10;
SET lock_timeout = '5s';`

// connect logs in. Nothing has been made yet when it returns.
func connect(ctx context.Context, dsn, schema string) (*lane, error) {
	l := &lane{dsn: dsn, schema: schema, stop: statementMax}
	if err := l.dial(ctx); err != nil {
		return nil, errors.Join(err, l.disconnect())
	}
	return l, nil
}

func (l *lane) dial(parent context.Context) error {
	cfg, err := pgconn.ParseConfig(l.dsn)
	if err != nil {
		return fmt.Errorf("address of the database: %w", err)
	}
	cfg.ConnectTimeout = connectMax
	ctx, cancel := context.WithTimeout(parent, connectMax)
	defer cancel()
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return stepError(parent, ctx, "connect", nil, err)
	}
	l.conn = conn
	return l.exec(parent, connectMax, "set up the session", fmt.Sprintf(session, l.schema))
}

// step runs do within its bound. A connection that is lost stays lost: a server that crashed is back at once, without
// the data, and would answer a reconnect as if nothing had happened.
func (l *lane) step(parent context.Context, bound time.Duration, name string, do func(ctx context.Context) error) error {
	if l.lost != nil {
		return fmt.Errorf("%s: %w", name, l.lost)
	}
	ctx, cancel := context.WithTimeout(parent, bound)
	defer cancel()
	err := stepError(parent, ctx, name, l.conn, do(ctx))
	if l.conn.IsClosed() {
		if err == nil {
			err = &StepError{Step: name, Lost: true, Err: errors.New("closed")}
		}
		l.lost = err
	}
	return err
}

// exec runs statements in order and stops at the first that fails.
func (l *lane) exec(ctx context.Context, bound time.Duration, name, statements string) error {
	return l.step(ctx, bound, name, func(ctx context.Context) error {
		_, err := l.conn.Exec(ctx, statements).ReadAll()
		return err
	})
}

// value returns the first column of the first row, "" where there is no row.
func (l *lane) value(ctx context.Context, bound time.Duration, name, query string, args ...string) (string, error) {
	var v string
	err := l.step(ctx, bound, name, func(ctx context.Context) error {
		params := make([][]byte, len(args))
		for i, a := range args {
			params[i] = []byte(a)
		}
		r := l.conn.ExecParams(ctx, query, params, nil, nil, nil).Read()
		if r.Err == nil && len(r.Rows) > 0 {
			v = string(r.Rows[0][0])
		}
		return r.Err
	})
	return v, err
}

// prepare makes the schema and fills it: tables, reference data, rates. It also has the server parse the legacy query,
// which proves that it is one statement and names its columns.
func (l *lane) prepare(ctx context.Context, s script, rates []cases.Rate) error {
	l.query = strings.TrimRight(s.legacy, "; \t\r\n")
	if err := l.takeSchema(ctx); err != nil {
		return err
	}
	if err := l.exec(ctx, prepareMax, "legacy schema", s.schema); err != nil {
		return err
	}
	if err := l.exec(ctx, prepareMax, "legacy reference data", s.reference); err != nil {
		return err
	}
	if err := l.copyIn(ctx, prepareMax, "TB_FX_RATE", ratesText(rates)); err != nil {
		return err
	}
	if l.reader != "" {
		grant := fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s", l.schema, l.reader, l.schema, l.reader)
		if err := l.exec(ctx, prepareMax, "grants", grant); err != nil {
			return err
		}
	}
	// Without names ANALYZE takes the whole database, which may be somebody else's.
	analyze, err := l.value(ctx, prepareMax, "tables", `SELECT string_agg(format('ANALYZE %I', relname), ';' ORDER BY relname)
		FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'`, l.schema)
	if err != nil {
		return err
	}
	if err := l.exec(ctx, prepareMax, "analyze", analyze); err != nil {
		return err
	}
	return l.checkColumns(ctx)
}

// textOID is PostgreSQL's type text.
const textOID = 25

// checkColumns compares the columns of the query with what is read from it: by name, in order, each of type text.
func (l *lane) checkColumns(ctx context.Context) error {
	return l.step(ctx, prepareMax, "parse the legacy query", func(ctx context.Context) error {
		d, err := l.conn.Prepare(ctx, "", l.query, nil)
		if err != nil {
			return err
		}
		var got []string
		for _, f := range d.Fields {
			if f.DataTypeOID != textOID {
				return fmt.Errorf("column %s is not of type text", f.Name)
			}
			got = append(got, f.Name)
		}
		if g, w := strings.Join(got, ", "), strings.Join(columns, ", "); g != w {
			return fmt.Errorf("columns are %s; expected %s", g, w)
		}
		return nil
	})
}

// copyIn sends rows in COPY text format and checks the server's count of them.
func (l *lane) copyIn(ctx context.Context, bound time.Duration, table string, text []byte) error {
	return l.step(ctx, bound, "load "+table, func(ctx context.Context) error {
		tag, err := l.conn.CopyFrom(ctx, bytes.NewReader(text), "COPY "+table+" FROM STDIN")
		if err != nil {
			return err
		}
		if sent := int64(bytes.Count(text, []byte{'\n'})); tag.RowsAffected() != sent {
			return fmt.Errorf("%d rows arrived of %d", tag.RowsAffected(), sent)
		}
		return nil
	})
}

// copyOut hands every line of the query's answer to line and returns the server's count of them.
func (l *lane) copyOut(ctx context.Context, name, query string, line func([]byte)) (rows int64, err error) {
	err = l.step(ctx, queryMax, name, func(ctx context.Context) error {
		w := &lineWriter{line: line}
		tag, err := l.conn.CopyTo(ctx, w, "COPY ("+query+"\n) TO STDOUT")
		if err == nil && len(w.rest) > 0 {
			err = fmt.Errorf("the last line has no end: %q", w.rest)
		}
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

// run replaces what is loaded by the batch and asks the query about it. In order:
//
//  1. The tables are emptied, filled and analysed in one transaction, by their owner.
//  2. In a second one, read-only, with one snapshot, as the reader, what arrived is read back and compared by count and
//     checksum, and the query runs. Both in the same session: nothing can have gone in between.
//  3. Every row of the answer finds its case; see answers.
//
// After an error the transaction is rolled back and the lane can be used again, unless the connection is lost.
func (l *lane) run(ctx context.Context, b *batch, positions int) (*answers, error) {
	got, err := l.loadAndAsk(ctx, b, positions)
	if err != nil && l.lost == nil {
		if e := l.exec(ctx, stopMax, "roll back", "ROLLBACK"); e != nil {
			err = errors.Join(err, e)
		}
	}
	return got, err
}

func (l *lane) loadAndAsk(ctx context.Context, b *batch, positions int) (*answers, error) {
	if err := l.exec(ctx, loadMax, "empty the tables", "BEGIN; TRUNCATE TB_TRX, TB_CTRT"); err != nil {
		return nil, err
	}
	if err := l.copyIn(ctx, loadMax, "TB_CTRT", b.ctrt); err != nil {
		return nil, err
	}
	if err := l.copyIn(ctx, loadMax, "TB_TRX", b.trx); err != nil {
		return nil, err
	}
	if err := l.exec(ctx, loadMax, "analyze", "ANALYZE TB_TRX; ANALYZE TB_CTRT; COMMIT"); err != nil {
		return nil, err
	}
	begin := fmt.Sprintf("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = %d", l.stop.Milliseconds())
	if l.reader != "" {
		begin += "; SET LOCAL ROLE " + l.reader
	}
	if err := l.exec(ctx, loadMax, "begin", begin); err != nil {
		return nil, err
	}
	for _, t := range []struct {
		name string
		sent []byte
	}{{"TB_CTRT", b.ctrt}, {"TB_TRX", b.trx}} {
		if err := l.checkArrived(ctx, t.name, t.sent); err != nil {
			return nil, err
		}
	}
	got := newAnswers(b.at, positions)
	rows, err := l.copyOut(ctx, "legacy query", l.query, got.line)
	if err != nil {
		return nil, err
	}
	if err := l.exec(ctx, loadMax, "end", "COMMIT"); err != nil {
		return nil, err
	}
	return got, got.check(rows)
}

// checkArrived reads a table back and compares it with what was sent, by count and checksum.
func (l *lane) checkArrived(ctx context.Context, table string, sent []byte) error {
	seed := maphash.MakeSeed()
	var got tally
	if _, err := l.copyOut(ctx, "read back "+table, "SELECT * FROM "+table, func(line []byte) { got.add(seed, line) }); err != nil {
		return err
	}
	if want := tallyOf(seed, sent); got != want {
		return &StepError{Step: "read back " + table, Err: fmt.Errorf("%d rows arrived, %d were sent, and their contents differ", got.rows, want.rows)}
	}
	return nil
}
