package calc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"settleproof/calc"
)

// sample is the design's example of a request: a card payment of a Sunday, paid three business days after the Monday. Every table below
// says only what it changes in it.
const sample = `{"transaction": {"id": "t1", "event": "PAY", "phase": "",
 "method": "CREDIT_CARD", "currency": "KRW", "amount": "64601", "original_amount": "", "tax_class": "TAXABLE",
 "tax_free_amount": "0", "instalment_months": 0, "interest_payer": "", "escrow": false,
 "approved_at": "2025-02-09T10:00:00+09:00", "captured_at": "", "event_at": ""},
 "contract": {"settle_currency": "KRW",
 "fee": {"rate": "0.034", "fixed": "0", "minimum": "0", "instalment_rate": "0", "escrow_rate": "0", "escrow_fixed": "0", "refund_fixed": "0", "on_cancel": "RETURN"},
 "vat": {"rate": "0.10", "mode": "ADDED"},
 "rounding": {"fee": "DOWN", "vat": "DOWN", "supply": "HALF_UP", "fx": "HALF_UP", "split": "HALF_UP", "reserve": "DOWN"},
 "cycle": {"kind": "D", "lag_days": 3}, "holiday_shift": "BEFORE", "reserve_rate": "0",
 "fx": {"date": "", "kind": "", "posting": "", "order": ""}},
 "rates": []}`

// Changes that many rows share.
const (
	cancelled = " event=CANCEL phase=AFTER_CAPTURE event_at=2025-02-12T10:00:00+09:00"
	partly    = " event=PARTIAL_CANCEL phase=AFTER_CAPTURE event_at=2025-02-12T10:00:00+09:00"
	overseas  = " method=OVERSEAS_CARD fee.rate=0.045 fx.date=APPROVAL fx.kind=BASE fx.posting=FIRST"
	early     = " fx.order=CONVERT_THEN_FEE"
	late      = " fx.order=FEE_THEN_CONVERT"
)

// posted are the rates of the rows that convert: date currency quote posting unit base ttb. 8 and 9 February are a weekend.
var posted = []string{
	"2025-02-07 USD KRW FIRST 1 1447.2 1432.8",
	"2025-02-07 USD KRW LAST 1 1450.5 1436.1",
	"2025-02-07 JPY KRW FIRST 100 950.25 940.75",
	"2025-02-07 JPY KRW LAST 100 952.5 942.9",
	"2025-02-07 EUR KRW FIRST 1 1500.00 1485.00",
	"2025-02-07 KWD KRW FIRST 1 4690.5 4643.6",
	"2025-02-10 USD KRW FIRST 1 1460 1445.4",
	"2025-02-13 USD KRW FIRST 1 1455.5 1441",
	"2025-02-17 USD KRW FIRST 1 1441.7 1427.3",
}

// editRequest returns the sample with changes: "amount=9900 fee.minimum=200", a name of the transaction or a path in the contract. A lone
// "-" stands for the empty string. Rates and holidays are lists of their own; nil holidays leave the built-in table.
func editRequest(t testing.TB, changes string, rates, holidays []string) []byte {
	t.Helper()
	var root map[string]any
	dec := json.NewDecoder(strings.NewReader(sample))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	for _, change := range strings.Fields(changes) {
		path, value, ok := strings.Cut(change, "=")
		if !ok {
			t.Fatalf("change %q is no path=value", change)
		}
		at := root["transaction"].(map[string]any)
		if _, ok := at[path]; !ok {
			at = root["contract"].(map[string]any)
		}
		for head, tail, nested := strings.Cut(path, "."); nested; head, tail, nested = strings.Cut(path, ".") {
			at, path = at[head].(map[string]any), tail
		}
		switch at[path].(type) {
		case string:
			if value == "-" {
				value = ""
			}
			at[path] = value
		case json.Number:
			at[path] = json.Number(value)
		case bool:
			at[path] = value == "true"
		default:
			t.Fatalf("change %q: the request has no such field", change)
		}
	}
	list := []any{}
	for _, line := range rates {
		f := strings.Fields(line)
		list = append(list, map[string]string{"date": f[0], "currency": f[1], "quote": f[2], "posting": f[3], "unit": f[4], "base": f[5], "ttb": f[6]})
	}
	root["rates"] = list
	if holidays != nil {
		root["holidays"] = holidays
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func korean(t testing.TB) *calc.Calendar {
	t.Helper()
	c, err := calc.KoreanCalendar()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// request decodes the changed sample, which has to be readable.
func request(t testing.TB, changes string, rates []string) calc.Request {
	t.Helper()
	r, _, err := calc.DecodeRequest(editRequest(t, changes, rates, nil), korean(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fieldsOf returns the printed fields of a result by name.
func fieldsOf(r *calc.Request, res *calc.Result) map[string]string {
	fields := make(map[string]string)
	for i, value := range strings.Split(string(res.AppendFields(nil, r, '\t')), "\t") {
		fields[calc.ResultFields[i]] = value
	}
	return fields
}

// expectFields compares the fields that want names, "fee=2196 net=62186"; "-" is a field that stays empty.
func expectFields(t *testing.T, reason, want string, got map[string]string) {
	t.Helper()
	for _, pair := range strings.Fields(want) {
		name, value, _ := strings.Cut(pair, "=")
		if value == "-" {
			value = ""
		}
		if g, ok := got[name]; !ok || g != value {
			t.Errorf("%s = %q, want %q (%s)", name, g, value, reason)
		}
	}
}

// row is a change of the sample and what the rules give for it, worked out by hand.
type row struct{ name, reason, change, want string }

// testRows settles each row and looks at the fields it names and at the identity of all of them.
func testRows(t *testing.T, rates []string, rows []row) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.reason == "" {
				t.Fatal("a row needs a reason")
			}
			r := request(t, row.change, rates)
			res, err := calc.Settle(&r)
			if err != nil {
				t.Fatalf("%v (%s)", err, row.reason)
			}
			expectFields(t, row.reason, row.want, fieldsOf(&r, &res))
			expectIdentity(t, &res)
		})
	}
}

func expectIdentity(t testing.TB, res *calc.Result) {
	t.Helper()
	if sum := res.Net.Add(res.Fee).Add(res.FeeVAT).Add(res.Reserve); !sum.Equal(res.Gross) {
		t.Errorf("net + fee + VAT + reserve = %s, gross = %s", sum, res.Gross)
	}
}

// refusalOf returns the refusal that an error has to be.
func refusalOf(t testing.TB, err error) *calc.Refusal {
	t.Helper()
	var refusal *calc.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is no refusal", err)
	}
	if refusal.Field == "" || refusal.Message == "" || !strings.Contains(refusal.Error(), refusal.Field+": "+refusal.Code) {
		t.Errorf("a refusal names field, code and reason: %q", refusal.Error())
	}
	return refusal
}

// day is a date that has to be one.
func day(t testing.TB, s string) calc.Date {
	t.Helper()
	d, err := calc.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func days(t testing.TB, list ...string) []calc.Date {
	t.Helper()
	var all []calc.Date
	for _, s := range list {
		all = append(all, day(t, s))
	}
	return all
}

// TestSampleRoundTrip reads the sample and writes its answer: every field of the result stands in the line, in order.
func TestSampleRoundTrip(t *testing.T) {
	r, id, err := calc.DecodeRequest([]byte(sample), korean(t))
	if err != nil || id != "t1" || r.Transaction.ID != "t1" {
		t.Fatalf("id %q, %v", id, err)
	}
	res, steps, err := calc.Explain(&r)
	if err != nil {
		t.Fatal(err)
	}
	for _, steps := range [][]calc.Step{nil, steps} {
		line, err := calc.AppendResult([]byte("before "), &r, &res, steps)
		if err != nil {
			t.Fatal(err)
		}
		text, ok := strings.CutPrefix(string(line), "before ")
		if !ok || !strings.HasSuffix(text, "}\n") || strings.Count(text, "\n") != 1 {
			t.Fatalf("not one line behind what was there: %q", line)
		}
		var got struct {
			ID    string      `json:"id"`
			Trace []calc.Step `json:"trace"`
		}
		var all map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal([]byte(text), &got), json.Unmarshal([]byte(text), &all)); err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, name := range calc.ResultFields {
			i := strings.Index(text, fmt.Sprintf(`,%q:`, name))
			if i <= at {
				t.Errorf("field %s at %d does not follow what stands before it, at %d", name, i, at)
			}
			at = i
			want := strconv.Quote(fieldsOf(&r, &res)[name])
			if string(all[name]) != want {
				t.Errorf("%s = %s, want %s", name, all[name], want)
			}
		}
		if got.ID != "t1" || len(got.Trace) != len(steps) || (steps == nil) != (all["trace"] == nil) {
			t.Errorf("id %q, %d steps of %d", got.ID, len(got.Trace), len(steps))
		}
	}
}

// TestAppendRefusal reads back what it writes, whatever stands in the id.
func TestAppendRefusal(t *testing.T) {
	id := "a \"quoted\"\n<id>"
	line, err := calc.AppendRefusal(nil, id, &calc.Refusal{Code: "AMOUNT_NOT_POSITIVE", Field: "transaction.amount", Message: "no \"-1\""})
	if err != nil || bytes.Count(line, []byte("\n")) != 1 {
		t.Fatalf("%q, %v", line, err)
	}
	var got struct {
		ID    string
		Error struct{ Code, Field, Message string }
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != id || got.Error.Code != "AMOUNT_NOT_POSITIVE" || got.Error.Field != "transaction.amount" || got.Error.Message != "no \"-1\"" {
		t.Errorf("read back %+v", got)
	}
}
