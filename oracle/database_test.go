package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"settleproof/cases"
	"settleproof/harness"
)

// The tests in this file need a PostgreSQL. They take, in order: the one in SETTLEPROOF_TEST_DATABASE (postgres://..., a
// superuser), a container, local binaries. Where there is none they skip; with SETTLEPROOF_REQUIRE_ORACLE=1, as in the
// continuous integration, they fail instead.
//
//	go test ./oracle                                                  # container or local binaries
//	SETTLEPROOF_TEST_DATABASE=postgres://postgres@/test?host=/tmp go test ./oracle

// testServer is the one database of all tests here; each makes and drops its own schemas.
var testServer server

func TestMain(m *testing.M) {
	err := startTestServer()
	if err != nil && os.Getenv("SETTLEPROOF_REQUIRE_ORACLE") == "1" {
		fmt.Fprintf(os.Stderr, "SETTLEPROOF_REQUIRE_ORACLE=1: %v\n", err)
		os.Exit(1)
	}
	code := m.Run()
	if testServer.stop != nil {
		if err := testServer.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func startTestServer() error {
	choice := os.Getenv("SETTLEPROOF_TEST_DATABASE")
	if choice == "" {
		choice = "auto"
	}
	srv, err := choose(context.Background(), choice, engines())
	testServer = srv
	return err
}

// needDatabase returns the test server as one that is not ours, so that what a test makes in it must be dropped again.
func needDatabase(t testing.TB) server {
	t.Helper()
	if testServer.dsn == "" {
		t.Skip("no database: install Docker (then make oracle-image) or PostgreSQL, or set SETTLEPROOF_TEST_DATABASE=postgres://...")
	}
	return server{dsn: testServer.dsn, description: testServer.description}
}

// standIn is a legacy system of three tables and a query that repeats what it is given, with the grade of the contract
// that was in force on the approval day as its status.
var standIn = script{
	schema: `
		CREATE UNLOGGED TABLE TB_TRX (trx_no text PRIMARY KEY, mid text NOT NULL, evt_cd text, phase_cd text, method_cd text, curr_cd text,
			amt numeric, org_amt numeric, tax_cd text, tax_free_amt numeric, inst_mm int, int_payer_cd text, escrow_yn text,
			appr_at timestamp, acq_at timestamp, evt_at timestamp);
		CREATE UNLOGGED TABLE TB_CTRT (mid text, appl_from date, appl_to date, grade_cd text, vat_cd text, rnd_cd text, cycle_cd text,
			shift_cd text, stl_curr_cd text, fx_dt_cd text, fx_kind_cd text, fx_post_cd text, fx_ord_cd text, rsv_rate numeric,
			PRIMARY KEY (mid, appl_from));
		CREATE UNLOGGED TABLE TB_FX_RATE (post_dt date, curr_cd text, post_seq int, unit numeric, base_rt numeric, ttb_rt numeric);
		CREATE UNLOGGED TABLE TB_NOTE (note text);`,
	reference: `INSERT INTO TB_NOTE VALUES ('kept for twenty years');`,
	legacy: `SELECT t.trx_no, c.grade_cd AS status, t.appr_at::date::text AS sold_date, t.amt::text AS gross,
		''::text AS fx_rate, ''::text AS fx_date, '0'::text AS base_fee, '0'::text AS instalment_fee, '0'::text AS escrow_fee,
		'0'::text AS refund_fee, '0'::text AS fee, '0'::text AS fee_vat, '0'::text AS supply_amount, '0'::text AS tax_amount,
		'0'::text AS tax_free_amount, c.rsv_rate::text AS reserve, t.amt::text AS net, ''::text AS payout_date,
		''::text AS reserve_release_date
	FROM TB_TRX t JOIN TB_CTRT c ON c.mid = t.mid AND t.appr_at::date BETWEEN c.appl_from AND c.appl_to -- one per row
	`,
}

// replaced is the stand-in with one part of its query replaced.
func replaced(t testing.TB, old, new string) script {
	t.Helper()
	s := standIn
	if !strings.Contains(s.legacy, old) {
		t.Fatalf("%q is not in the query", old)
	}
	s.legacy = strings.Replace(s.legacy, old, new, 1)
	return s
}

var testRates = []cases.Rate{
	{Date: "2025-02-07", Currency: "USD", Round: 1, Unit: "1", Base: "1447.2", TTB: "1432.8"},
	{Date: "2025-02-07", Currency: "USD", Round: 2, Unit: "1", Base: "1448.1", TTB: "1433.7"},
}

func openTest(t testing.TB, s script, lanes int) *Oracle {
	t.Helper()
	o, err := open(t.Context(), needDatabase(t), s, testRates, lanes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// source answers with payments; the number in the id is the amount.
type source struct{ broken string }

func (s source) FactsOf(shard harness.Shard, i int) (cases.Facts, error) {
	id := shard.IDs[i]
	if id == s.broken {
		return cases.Facts{}, fmt.Errorf("case %s: nobody knows it", id)
	}
	f := payment(id)
	f.Contract.Grade = gradeCodes[i%len(gradeCodes)]
	f.ApprovedAt = fmt.Sprintf("2025-%02d-%02dT12:00:00", 1+i%12, 1+i%28)
	return f, nil
}

// shardsOf makes shards of ten cases.
func shardsOf(n int) []harness.Shard {
	var shards []harness.Shard
	for first := 0; first < n; first += 10 {
		s := harness.Shard{Name: fmt.Sprintf("s%05d", first), First: first}
		for i := first; i < min(first+10, n); i++ {
			s.IDs = append(s.IDs, fmt.Sprintf("case.%06d", i))
		}
		shards = append(shards, s)
	}
	return shards
}

func standInResult(i int) string {
	return fmt.Sprintf("%s\t2025-%02d-%02d\t10000\t\t\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t10000\t\t", gradeCodes[i%len(gradeCodes)], 1+i%12, 1+i%28)
}

// admin is a second session to look at the database, and to do harm.
func admin(t testing.TB, statement string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, testServer.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, statement).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0])
	}
	return ""
}

const ours = `SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'settleproof%'`

// The answers stand where their cases stand, whatever connection they came over, call after call.
func TestAnswer(t *testing.T) {
	cases := splitMin + 7
	shards := shardsOf(cases)
	for _, lanes := range []int{1, 2, 3} {
		o := openTest(t, standIn, lanes)
		for call := range 2 {
			out, err := o.Subject(source{}).Answer(t.Context(), shards)
			if err != nil {
				t.Fatalf("%d lanes, call %d: %v", lanes, call, err)
			}
			for k, s := range shards {
				for i := range s.IDs {
					if got := out[k][i]; got.Result != standInResult(i) || got.Unknown != nil || got.Inputs != "" {
						t.Fatalf("%d lanes, %s: %+v, want %q", lanes, s.IDs[i], got, standInResult(i))
					}
				}
			}
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		if n := admin(t, ours); n != "0" {
			t.Fatalf("%s schemas left behind", n)
		}
		if _, err := o.Subject(source{}).Answer(t.Context(), shards[:1]); !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// Several calls at once share the connections and do not see each other's cases.
func TestAnswerConcurrently(t *testing.T) {
	o := openTest(t, standIn, 2)
	shards := shardsOf(400)
	errs := make(chan error, 8)
	for n := range cap(errs) {
		go func() {
			mine := shards[n*5 : n*5+5]
			out, err := o.Subject(source{}).Answer(t.Context(), mine)
			if err == nil && (len(out) != 5 || out[4][9].Result != standInResult(9)) {
				err = fmt.Errorf("wrong answer %+v", out)
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestAnswerKeepsBadCasesApart(t *testing.T) {
	o := openTest(t, replaced(t, "''::text AS payout_date", "CASE WHEN t.trx_no <> 'case.000003' THEN ''::text END AS payout_date"), 1)
	out, err := o.Subject(source{broken: "case.000001"}).Answer(t.Context(), shardsOf(5))
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range out[0] {
		switch {
		case i == 1 && got.Result == "" && got.Unknown != nil && got.Unknown.Cause == harness.MissingInput:
		case i == 3 && got.Result == "" && got.Unknown != nil && got.Unknown.Cause == harness.OracleError && strings.Contains(got.Unknown.Detail, "payout_date"):
		case i != 1 && i != 3 && got.Result == standInResult(i) && got.Unknown == nil:
		default:
			t.Errorf("case %d: %+v %+v", i, got, got.Unknown)
		}
	}
	f, err := source{}.FactsOf(shardsOf(5)[0], 3)
	if err != nil {
		t.Fatal(err)
	}
	if row, err := o.Row(t.Context(), f); err == nil || row != "" {
		t.Errorf("a row with a null: %q, %v", row, err)
	}
}

func TestRow(t *testing.T) {
	o := openTest(t, standIn, 1)
	row, err := o.Row(t.Context(), payment(`odd\name`))
	if want := "GENERAL\t2025-02-13\t10000\t\t\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t10000\t\t"; err != nil || row != want {
		t.Errorf("%q, %v", row, err)
	}
}

// Rows that do not fit the cases make the whole call fail: nothing in it can be trusted.
func TestAnswerRefusesWrongRows(t *testing.T) {
	for _, tt := range []struct {
		reason, old, new, says string
	}{
		{"an inner join that loses a row", "-- one per row", "WHERE t.trx_no <> 'case.000002'", `1 cases without a row, the first is "case.000002"`},
		{"a join that doubles rows", "t.appr_at::date BETWEEN c.appl_from AND c.appl_to", "t.appr_at::date <= c.appl_to", "a second row for"},
		{"a row from nowhere", "SELECT t.trx_no", "SELECT replace(t.trx_no, '000004', 'x') AS trx_no", `a row for "case.x", which was not asked`},
		{"a value that would move the golden line's columns", "''::text AS fx_date", "E'\\t'::text AS fx_date", "control character"},
	} {
		o := openTest(t, replaced(t, tt.old, tt.new), 1)
		out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(5))
		if out != nil || !errors.Is(err, ErrRows) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, %v", tt.reason, out, err)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The query is looked at before anything is asked.
func TestOpenRefusesAnotherQuery(t *testing.T) {
	for _, tt := range []struct{ reason, old, new, says string }{
		{"columns in another order", "AS fee,", "AS fees,", "expected trx_no, status"},
		{"a column that is not text prints as the server likes", "t.amt::text AS gross", "t.amt AS gross", "gross is not of type text"},
		{"two statements", "-- one per row", "; DROP TABLE TB_NOTE", "multiple commands"},
	} {
		o, err := open(t.Context(), needDatabase(t), replaced(t, tt.old, tt.new), testRates, 1)
		if o != nil || err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.reason, err)
		}
		if n := admin(t, ours); n != "0" {
			t.Errorf("%s: %s schemas left behind", tt.reason, n)
		}
	}
}

// What arrived is not what was sent: seen before the query is asked, with the right count or the wrong one.
func TestAnswerChecksWhatArrived(t *testing.T) {
	for _, tt := range []struct{ reason, trigger, says string }{
		{"a row is lost on the way", "RETURN NULL;", "rows arrived of"},
		{"an amount changes on the way", "NEW.amt := NEW.amt + 1; RETURN NEW;", "contents differ"},
	} {
		s := standIn
		s.schema += `CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ` + tt.trigger + ` END';
			CREATE TRIGGER harm BEFORE INSERT ON TB_TRX FOR EACH ROW WHEN (NEW.trx_no = 'case.000004') EXECUTE FUNCTION harm();`
		o := openTest(t, s, 1)
		out, err := o.Subject(source{}).Answer(t.Context(), shardsOf(5))
		if out != nil || err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, %v", tt.reason, out, err)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
