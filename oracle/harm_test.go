package oracle

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"settleproof/harness"
)

// slow makes the query wait after its first rows, so that it can be interrupted with half an answer given. The wait is
// far longer than any bound of these tests.
const slowRow = "CASE WHEN t.trx_no >= 'case.000500' THEN pg_sleep(60)::text ELSE '' END AS payout_date"

// waitForQuery returns when the query runs.
func waitForQuery(t *testing.T) {
	t.Helper()
	for range 500 {
		if admin(t, `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'`) != "0" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the query did not start within 5 s")
}

type answered struct {
	out [][]harness.Outcome
	err error
}

func answerInBackground(ctx context.Context, o *Oracle) <-chan answered {
	done := make(chan answered, 1)
	go func() {
		out, err := o.Subject(source{}).Answer(ctx, shardsOf(1000))
		done <- answered{out, err}
	}()
	return done
}

// A connection that dies in the middle gives no answer at all, and none afterwards: the server may have lost its data.
func TestLostConnectionIsFatal(t *testing.T) {
	o := openTest(t, replaced(t, "''::text AS payout_date", slowRow), 1)
	done := answerInBackground(t.Context(), o)
	waitForQuery(t)
	admin(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)
	got := <-done
	if got.out != nil || !errors.Is(got.err, ErrLost) || errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("%v, %v", got.out, got.err)
	}
	if out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(1)); out != nil || !errors.Is(err, ErrLost) {
		t.Errorf("the next call: %v, %v", out, err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if n := admin(t, ours); n != "0" {
		t.Errorf("%s schemas left behind", n)
	}
}

// The server's own limit is a timeout, and the connection lives on.
func TestStatementTimeout(t *testing.T) {
	o := openTest(t, replaced(t, "''::text AS payout_date", slowRow), 1)
	o.lanes[0].stop = 300 * time.Millisecond
	out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(1000))
	if out != nil || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLost) {
		t.Errorf("%v, %v", out, err)
	}
	out, err = o.Subject(source{}).Answer(t.Context(), shardsOf(10))
	if err != nil || out[0][9].Result != standInResult(9) {
		t.Errorf("the next call: %v, %v", out, err)
	}
}

// The end of the run is the end of the call, and is told apart from a timeout of the database.
func TestCancelledRun(t *testing.T) {
	o := openTest(t, replaced(t, "''::text AS payout_date", slowRow), 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := answerInBackground(ctx, o)
	waitForQuery(t)
	cancel()
	got := <-done
	if got.out != nil || !errors.Is(got.err, context.Canceled) || errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("%v, %v", got.out, got.err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if n := admin(t, ours); n != "0" {
		t.Errorf("%s schemas left behind", n)
	}
}

// An error of the query costs its call, not the run.
func TestFailedStatement(t *testing.T) {
	o := openTest(t, replaced(t, "''::text AS payout_date", "CASE WHEN t.trx_no = 'case.000012' THEN (1 / (t.inst_mm))::text ELSE '' END AS payout_date"), 1)
	out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(20))
	if out != nil || err == nil || !strings.Contains(err.Error(), "division by zero") || errors.Is(err, ErrLost) {
		t.Errorf("%v, %v", out, err)
	}
	out, err = o.Subject(source{}).Answer(t.Context(), shardsOf(10))
	if err != nil || out[0][9].Result != standInResult(9) {
		t.Errorf("the next call: %v, %v", out, err)
	}
}

// A schema with something in it is not ours to fill, whoever left it, and stays as it is.
func TestOpenRefusesWhatIsTaken(t *testing.T) {
	needDatabase(t)
	for _, tt := range []struct{ reason, make, says string }{
		{"a table", "CREATE TABLE settleproof_oracle_1.t (a int)", "DROP SCHEMA settleproof_oracle_1 CASCADE"},
		{"a function alone", "CREATE FUNCTION settleproof_oracle_1.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "not empty"},
		{"somebody's comment", "COMMENT ON SCHEMA settleproof_oracle_1 IS 'mine'", "somebody else's"},
	} {
		admin(t, "CREATE SCHEMA settleproof_oracle_1;"+tt.make)
		o, err := open(t.Context(), needDatabase(t), standIn, testRates, 1)
		if o != nil || !errors.Is(err, ErrOccupied) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.reason, err)
		}
		if n := admin(t, ours); n != "1" {
			t.Errorf("%s: it is gone", tt.reason)
		}
		admin(t, "DROP SCHEMA IF EXISTS settleproof_oracle_1 CASCADE")
	}
	// A second schema that is taken gives up the first as well.
	admin(t, "CREATE SCHEMA settleproof_oracle_2; CREATE TABLE settleproof_oracle_2.t (a int)")
	if _, err := open(t.Context(), needDatabase(t), standIn, testRates, 2); !errors.Is(err, ErrOccupied) {
		t.Errorf("the second schema: %v", err)
	}
	if n := admin(t, ours); n != "1" {
		t.Errorf("the second schema: %s are there", n)
	}
	admin(t, "DROP SCHEMA settleproof_oracle_2 CASCADE")
}

// An empty schema may have been provided for us; it is used, and left as it was.
func TestOpenTakesAnEmptySchema(t *testing.T) {
	needDatabase(t)
	admin(t, "CREATE SCHEMA settleproof_oracle_1")
	t.Cleanup(func() { admin(t, "DROP SCHEMA settleproof_oracle_1 CASCADE") })
	for range 2 {
		o := openTest(t, standIn, 1)
		out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(1))
		if err != nil || out[0][0].Result != standInResult(0) {
			t.Errorf("%v, %v", out, err)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		if n := admin(t, "SELECT count(*) FROM pg_class WHERE relnamespace = 'settleproof_oracle_1'::regnamespace"); n != "0" {
			t.Errorf("%s relations left behind", n)
		}
	}
}

// The query runs where it cannot write: not as its role, and not in its transaction either.
func TestQueryCannotWrite(t *testing.T) {
	o := openTest(t, standIn, 1)
	l := o.lanes[0]
	if l.reader != readerRole {
		t.Fatalf("the test needs a superuser, the query runs as %q", l.reader)
	}
	for _, tt := range []struct{ reason, begin, statement, code string }{
		{"the role may not insert", "BEGIN; SET LOCAL ROLE " + l.reader, "INSERT INTO TB_NOTE VALUES ('x')", "42501"},
		{"the role may not make tables", "BEGIN; SET LOCAL ROLE " + l.reader, "CREATE TABLE t (a int)", "42501"},
		{"the role may not read files", "BEGIN; SET LOCAL ROLE " + l.reader, "SELECT pg_read_file('PG_VERSION')", "42501"},
		{"the transaction does not write whoever asks", "BEGIN READ ONLY", "INSERT INTO TB_NOTE VALUES ('x')", "25006"},
	} {
		if err := l.exec(t.Context(), loadMax, "begin", tt.begin); err != nil {
			t.Fatal(err)
		}
		if err := l.exec(t.Context(), loadMax, "try", tt.statement); !hasCode(err, tt.code) {
			t.Errorf("%s: %v", tt.reason, err)
		}
		if err := l.exec(t.Context(), loadMax, "end", "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if n := admin(t, "SELECT count(*) FROM pg_roles WHERE rolname = '"+readerRole+"'"); n != "0" {
		t.Error("the role is left behind")
	}
	// The whole way: a query that writes is stopped.
	writing := replaced(t, "SELECT t.trx_no", "WITH gone AS (DELETE FROM TB_NOTE RETURNING note) SELECT t.trx_no")
	o = openTest(t, writing, 1)
	if out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(1)); out != nil || !(hasCode(err, "25006") || hasCode(err, "42501")) {
		t.Errorf("%v, %v", out, err)
	}
}

// A role of our name that may more than read is not used.
func TestOpenRefusesAMightyReader(t *testing.T) {
	needDatabase(t)
	admin(t, "CREATE ROLE "+readerRole+" SUPERUSER; COMMENT ON ROLE "+readerRole+" IS '"+marker+"'")
	t.Cleanup(func() { admin(t, "DROP ROLE "+readerRole) })
	if _, err := open(t.Context(), needDatabase(t), standIn, testRates, 1); !errors.Is(err, ErrOccupied) {
		t.Error(err)
	}
	if n := admin(t, "SELECT count(*) FROM pg_roles WHERE rolname = '"+readerRole+"'"); n != "1" {
		t.Error("the role is gone")
	}
}

func TestOpenNeedsRates(t *testing.T) {
	if _, err := Open(t.Context(), "none", Options{}); err == nil || errors.Is(err, ErrChoice) {
		t.Error(err)
	}
}

// A server that does not answer is an error within the bound.
func TestOpenNobodyThere(t *testing.T) {
	_, err := Open(t.Context(), "postgres://nobody@/x?host="+t.TempDir(), Options{Rates: testRates})
	if err == nil || errors.Is(err, ErrChoice) || errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

// A user who is no superuser needs only the right to make schemas, and runs the query itself, still read-only.
func TestOpenAsOrdinaryUser(t *testing.T) {
	srv := needDatabase(t)
	admin(t, "CREATE ROLE settleproof_test_user; DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO settleproof_test_user', current_database()); END $$")
	t.Cleanup(func() {
		admin(t, "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM settleproof_test_user', current_database()); END $$; DROP ROLE settleproof_test_user")
	})
	srv.dsn = withParameter(srv.dsn, "role", "settleproof_test_user")
	o, err := open(t.Context(), srv, standIn, testRates, 1)
	if err != nil {
		t.Fatal(err)
	}
	if o.reader != "" || !strings.Contains(o.Description(), "as the connecting user") {
		t.Errorf("reader %q: %s", o.reader, o.Description())
	}
	out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(10))
	if err != nil || out[0][9].Result != standInResult(9) {
		t.Errorf("%v, %v", out, err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

// withParameter adds a session parameter to an address in either of its forms.
func withParameter(dsn, name, value string) string {
	switch {
	case !strings.Contains(dsn, "://"):
		return dsn + " " + name + "=" + value
	case strings.Contains(dsn, "?"):
		return dsn + "&" + name + "=" + value
	}
	return dsn + "?" + name + "=" + value
}
