package calc_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"settleproof/calc"
)

// unreadableRows are texts that are no request: old replaced by new in the sample.
var unreadableRows = []struct{ reason, old, new, code, field string }{
	{"a field of the root that nobody reads", `"rates": []`, `"rates": [], "currency": "KRW"`, "UNKNOWN_FIELD", "currency"},
	{"of the transaction", `"id": "t1"`, `"id": "t1", "mid": "m1"`, "UNKNOWN_FIELD", "transaction.mid"},
	{"of the contract", `"reserve_rate": "0"`, `"reserve_rate": "0", "reserve": "0"`, "UNKNOWN_FIELD", "contract.reserve"},
	{"of the fee", `"rate": "0.034"`, `"rate": "0.034", "max": "1"`, "UNKNOWN_FIELD", "contract.fee.max"},
	{"of the rounding", `"split": "HALF_UP"`, `"split": "HALF_UP", "net": "UP"`, "UNKNOWN_FIELD", "contract.rounding.net"},
	{"another case is another field", `"id": "t1"`, `"id": "t1", "Amount": "1"`, "UNKNOWN_FIELD", "transaction.Amount"},
	{"the first of several is named", `"id": "t1"`, `"zz": 1, "id": "t1", "aa": 1`, "UNKNOWN_FIELD", "transaction.zz"},
	{"twice in the root", `"rates": []`, `"rates": [], "rates": []`, "FIELD_TWICE", "rates"},
	{"twice in the transaction", `"escrow": false`, `"escrow": false, "escrow": true`, "FIELD_TWICE", "transaction.escrow"},
	{"twice, written differently", `"escrow": false`, `"escrow": false, "\u0065scrow": true`, "FIELD_TWICE", "transaction.escrow"},
	{"twice in the fee", `"rate": "0.034"`, `"rate": "0.034", "rate": "0.034"`, "FIELD_TWICE", "contract.fee.rate"},
	{"money is no float", `"amount": "64601"`, `"amount": 64601`, "NOT_A_STRING", "transaction.amount"},
	{"a rate is no float", `"rate": "0.034"`, `"rate": 0.034`, "NOT_A_STRING", "contract.fee.rate"},
	{"null is no string", `"amount": "64601"`, `"amount": null`, "NOT_A_STRING", "transaction.amount"},
	{"null is no code", `"phase": ""`, `"phase": null`, "NOT_A_STRING", "transaction.phase"},
	{"an object is no string", `"id": "t1"`, `"id": {"a": 1}`, "NOT_A_STRING", "transaction.id"},
	{"null is no transaction", sample[len(`{"transaction": `):strings.Index(sample, ` "contract"`)], "null,\n", "BAD_JSON", "transaction"},
	{"a list is no fee", `"vat": {"rate": "0.10", "mode": "ADDED"}`, `"vat": []`, "BAD_JSON", "contract.vat"},
	{"null is no list", `"rates": []`, `"rates": null`, "BAD_JSON", "rates"},
	{"an object is no list", `"rates": []`, `"rates": {}`, "BAD_JSON", "rates"},
	{"a string is no rate", `"rates": []`, `"rates": ["1447.2"]`, "BAD_JSON", "rates[0]"},
	{"null holidays are not absent ones", `"rates": []`, `"rates": [], "holidays": null`, "BAD_JSON", "holidays"},
	{"a number is no holiday", `"rates": []`, `"rates": [], "holidays": [20250127]`, "BAD_JSON", "holidays[0]"},
	{"null is no holiday", `"rates": []`, `"rates": [], "holidays": ["2025-01-27", null]`, "BAD_JSON", "holidays[1]"},
	{"no such holiday", `"rates": []`, `"rates": [], "holidays": ["2025-02-29"]`, "BAD_DATE", "holidays[0]"},
	{"an empty amount", `"amount": "64601"`, `"amount": ""`, "BAD_DECIMAL", "transaction.amount"},
	{"an exponent", `"amount": "64601"`, `"amount": "6e4"`, "BAD_DECIMAL", "transaction.amount"},
	{"a group separator", `"amount": "64601"`, `"amount": "64,601"`, "BAD_DECIMAL", "transaction.amount"},
	{"a bad original amount", `"original_amount": ""`, `"original_amount": "x"`, "BAD_DECIMAL", "transaction.original_amount"},
	{"an empty rate is not 0", `"reserve_rate": "0"`, `"reserve_rate": ""`, "BAD_DECIMAL", "contract.reserve_rate"},
	{"a part of a month", `"instalment_months": 0`, `"instalment_months": 1.5`, "BAD_NUMBER", "transaction.instalment_months"},
	{"a count is a number", `"instalment_months": 0`, `"instalment_months": "0"`, "BAD_NUMBER", "transaction.instalment_months"},
	{"null is no number", `"lag_days": 3`, `"lag_days": null`, "BAD_NUMBER", "contract.cycle.lag_days"},
	{"beyond a number", `"lag_days": 3`, `"lag_days": 99999999999999999999`, "BAD_NUMBER", "contract.cycle.lag_days"},
	{"a word is no truth", `"escrow": false`, `"escrow": "false"`, "BAD_BOOLEAN", "transaction.escrow"},
	{"null is neither", `"escrow": false`, `"escrow": null`, "BAD_BOOLEAN", "transaction.escrow"},
	{"no such day", `"2025-02-09T10:00:00+09:00"`, `"2025-02-29T10:00:00+09:00"`, "BAD_DATE", "transaction.approved_at"},
	{"a time without a zone is nobody's", `"2025-02-09T10:00:00+09:00"`, `"2025-02-09T10:00:00"`, "BAD_DATE", "transaction.approved_at"},
	{"every transaction was approved", `"2025-02-09T10:00:00+09:00"`, `""`, "BAD_DATE", "transaction.approved_at"},
	{"a bad capture", `"captured_at": ""`, `"captured_at": "yesterday"`, "BAD_DATE", "transaction.captured_at"},
	{"a bad event", `"event": "PAY"`, `"event": "REFUND"`, "UNKNOWN_CODE", "transaction.event"},
	{"an event is no matter of case", `"event": "PAY"`, `"event": "pay"`, "UNKNOWN_CODE", "transaction.event"},
	{"an event has to be", `"event": "PAY"`, `"event": ""`, "UNKNOWN_CODE", "transaction.event"},
	{"a bad phase", `"phase": ""`, `"phase": "LATER"`, "UNKNOWN_CODE", "transaction.phase"},
	{"a bad method", `"CREDIT_CARD"`, `"CARD"`, "UNKNOWN_CODE", "transaction.method"},
	{"a bad currency", `"currency": "KRW"`, `"currency": "WON"`, "UNKNOWN_CODE", "transaction.currency"},
	{"a bad settlement currency", `"settle_currency": "KRW"`, `"settle_currency": ""`, "UNKNOWN_CODE", "contract.settle_currency"},
	{"a bad tax class", `"TAXABLE"`, `"ZERO_RATED"`, "UNKNOWN_CODE", "transaction.tax_class"},
	{"a bad payer", `"interest_payer": ""`, `"interest_payer": "SELLER"`, "UNKNOWN_CODE", "transaction.interest_payer"},
	{"a bad cancel rule", `"RETURN"`, `"REFUND"`, "UNKNOWN_CODE", "contract.fee.on_cancel"},
	{"a bad VAT mode", `"ADDED"`, `"ON_TOP"`, "UNKNOWN_CODE", "contract.vat.mode"},
	{"a bad rounding", `"vat": "DOWN"`, `"vat": "HALF_DOWN"`, "UNKNOWN_CODE", "contract.rounding.vat"},
	{"a bad cycle", `"kind": "D"`, `"kind": "DAILY"`, "UNKNOWN_CODE", "contract.cycle.kind"},
	{"a bad shift", `"BEFORE"`, `"NONE"`, "UNKNOWN_CODE", "contract.holiday_shift"},
	{"a bad rate date", `"fx": {"date": ""`, `"fx": {"date": "TODAY"`, "UNKNOWN_CODE", "contract.fx.date"},
	{"a missing field", `"escrow": false,`, ``, "MISSING_FIELD", "transaction.escrow"},
}

// TestUnreadable reads each row: the refusal names the field, the id is returned where it can be read.
func TestUnreadable(t *testing.T) {
	for _, row := range unreadableRows {
		text := strings.Replace(sample, row.old, row.new, 1)
		if text == sample {
			t.Errorf("%s: the sample has no %s", row.reason, row.old)
		}
		r, _, err := calc.DecodeRequest([]byte(text), korean(t))
		expectRefusal(t, refusedRow{row.reason, row.new, row.code, row.field}, err)
		if r.Calendar != nil || r.Transaction != (calc.Transaction{}) || r.Contract != (calc.Contract{}) {
			t.Errorf("%s: a refusal with a request", row.reason)
		}
	}
	_, id, err := calc.DecodeRequest([]byte(strings.Replace(sample, `"PAY"`, `"REFUND"`, 1)), korean(t))
	if err == nil || id != "t1" {
		t.Errorf("the refusal is of %q, want t1: %v", id, err)
	}
}

// TestMissingFields takes every field of the sample and of a rate out, one by one: it is missed by name. Holidays alone may be absent.
func TestMissingFields(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(editRequest(t, "", posted[:2], nil), &root); err != nil {
		t.Fatal(err)
	}
	without := func(path string) {
		text, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = calc.DecodeRequest(text, korean(t))
		expectRefusal(t, refusedRow{"without it", path, "MISSING_FIELD", path}, err)
	}
	missed := 0
	var walk func(prefix string, o map[string]any)
	walk = func(prefix string, o map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(o)) {
			value := o[name]
			delete(o, name)
			without(prefix + name)
			o[name] = value
			missed++
			if inner, ok := value.(map[string]any); ok {
				walk(prefix+name+".", inner)
			}
		}
	}
	walk("", root)
	walk("rates[1].", root["rates"].([]any)[1].(map[string]any))
	if want := 3 + 15 + 8 + 8 + 2 + 6 + 2 + 4 + 7; missed != want { // root, transaction, contract, fee, vat, rounding, cycle, fx, one rate
		t.Errorf("%d fields were taken out, the request has %d", missed, want)
	}
}

// TestNoRequest reads texts that are no JSON object: an error, but no refusal, for there is no field to name.
func TestNoRequest(t *testing.T) {
	for _, row := range []struct{ reason, text string }{
		{"nothing", ""},
		{"no JSON", "hello"},
		{"a list", "[" + sample + "]"},
		{"null", "null"},
		{"a string", `"request"`},
		{"cut off", sample[:len(sample)-1]},
		{"cut off in a name", `{"transac`},
		{"cut off behind a name", `{"transaction"`},
		{"a comma too many", `{"transaction": {},}`},
		{"a second object", sample + sample},
		{"text behind it", sample + " x"},
		{"a brace behind it", sample + "}"},
		{"a field without a value", `{"transaction": }`},
	} {
		_, _, err := calc.DecodeRequest([]byte(row.text), korean(t))
		var refusal *calc.Refusal
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("%s: %v, want an error that is no refusal", row.reason, err)
		}
	}
	if _, _, err := calc.DecodeRequest([]byte(" \n"+sample+" \n"), korean(t)); err != nil {
		t.Errorf("white space around it is nothing: %v", err)
	}
}

// plainDecimal is what ParseDecimal takes.
var plainDecimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func TestParseDecimal(t *testing.T) {
	for _, s := range []string{"0", "-0", "1", "-12.30", "007", "0.000001", strings.Repeat("9", 40), "-" + strings.Repeat("9", 39), "0." + strings.Repeat("3", 38)} {
		checkDecimal(t, s)
		if _, err := calc.ParseDecimal(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "-", ".", "1.", ".5", "+1", "--1", "1.2.3", "1e3", "1E3", "0x1", "NaN", "Inf", " 1", "1 ", "1_000", "1,5", "١", "1\x00", strings.Repeat("9", 41)} {
		checkDecimal(t, s)
		if d, err := calc.ParseDecimal(s); err == nil {
			t.Errorf("%q read as %s", s, d)
		}
	}
}

// checkDecimal holds ParseDecimal to the plain notation, and its value to that of big.Rat.
func checkDecimal(t *testing.T, s string) {
	t.Helper()
	d, err := calc.ParseDecimal(s)
	plain := plainDecimal.MatchString(s) && len(s) <= 40
	if (err == nil) != plain {
		t.Fatalf("%q: %v; plain notation: %v", s, err, plain)
	}
	if err != nil {
		if !d.IsZero() {
			t.Fatalf("%q: an error with the value %s", s, d)
		}
		return
	}
	if want, ok := new(big.Rat).SetString(s); !ok || d.Rat().Cmp(want) != 0 {
		t.Fatalf("%q read as %s", s, d)
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-12.30", "1e3", ".5", "5.", "+1", "0000.0000", strings.Repeat("1", 41)} {
		f.Add(s)
	}
	f.Fuzz(checkDecimal)
}

// FuzzDecodeRequest: whatever the text, there is a request or an error, never both, and what was read settles or is refused; the answer is
// one line of JSON and the same each time.
func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(sample))
	f.Add(editRequest(f, "currency=USD amount=5.00 original_amount=12.34"+overseas+late+partly, posted, []string{"2025-02-11"}))
	f.Add(editRequest(f, "currency=EUR settle_currency=USD amount=250"+overseas+early, posted, nil))
	for _, row := range unreadableRows {
		f.Add([]byte(strings.Replace(sample, row.old, row.new, 1)))
	}
	calendar := korean(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		answer := func() string {
			r, id, err := calc.DecodeRequest(text, calendar)
			var res calc.Result
			var steps []calc.Step
			if err == nil {
				res, steps, err = calc.Explain(&r)
			} else if r.Calendar != nil || r.Rates != nil {
				t.Fatalf("an error with a request: %v", err)
			}
			var refusal *calc.Refusal
			var line []byte
			switch {
			case err == nil:
				expectIdentity(t, &res)
				line, err = calc.AppendResult(nil, &r, &res, steps)
			case errors.As(err, &refusal):
				if res != (calc.Result{}) {
					t.Fatalf("a refusal with a result: %v", err)
				}
				line, err = calc.AppendRefusal(nil, id, refusal)
			default:
				return ""
			}
			if err != nil || !json.Valid(line) || strings.Count(string(line), "\n") != 1 {
				t.Fatalf("no line of JSON: %q, %v", line, err)
			}
			return string(line)
		}
		if first, second := answer(), answer(); first != second {
			t.Fatalf("first %s\nthen  %s", first, second)
		}
	})
}
