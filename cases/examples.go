package cases

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"settleproof/calc"
)

//go:embed examples/*.yaml
var exampleFiles embed.FS

// baseRequest is what an example changes: a card payment of a Monday without any fee, paid the same day. It is neutral, so that what an
// example shows comes from what the example says.
const baseRequest = `{"transaction": {"id": "", "event": "PAY", "phase": "", "method": "CREDIT_CARD", "currency": "KRW", "amount": "1000",
  "original_amount": "", "tax_class": "TAXABLE", "tax_free_amount": "0", "instalment_months": 0, "interest_payer": "", "escrow": false,
  "approved_at": "2025-02-10T10:00:00+09:00", "captured_at": "", "event_at": ""},
 "contract": {"settle_currency": "KRW",
  "fee": {"rate": "0", "fixed": "0", "minimum": "0", "instalment_rate": "0", "escrow_rate": "0", "escrow_fixed": "0", "refund_fixed": "0",
   "on_cancel": "RETURN"},
  "vat": {"rate": "0.10", "mode": "ADDED"},
  "rounding": {"fee": "DOWN", "vat": "DOWN", "supply": "HALF_UP", "fx": "HALF_UP", "split": "HALF_UP", "reserve": "DOWN"},
  "cycle": {"kind": "D", "lag_days": 0}, "holiday_shift": "AFTER", "reserve_rate": "0",
  "fx": {"date": "", "kind": "", "posting": "", "order": ""}},
 "rates": []}`

// feeWithVAT is the one name an example may want beside the fields of a result: fee + fee_vat, for sources that print only the sum.
const feeWithVAT = "fee_with_vat"

// Example is a request and what comes out of it: published by somebody else, or worked out by hand from the settlement rules.
type Example struct {
	ID, Source, Kind string // Source is an address, of a worked example a part of the settlement rules
	About, Note      string // what it shows; how it had to be read
	Group            string // of a worked example: what the group it stands in is about
	Pos              string // file:line:column of its id
	Want             []FieldWant
	Inferred         []string // paths of the request and wanted fields that the source does not state
	request          calc.Request
	unread           *calc.Refusal // of a worked example: why the request cannot be read
}

// Worked reports whether the example is worked out by hand and not published.
func (e *Example) Worked() bool { return e.Kind == workedKind }

// FieldWant is a value of the result as the source gives it, in the currency's decimals and with the signs of the settlement rules.
type FieldWant struct {
	Field, Value string
	Inferred     bool // follows from the source, but does not stand there
}

// NotExpressible is a published example, or a part of one, that no single request can ask.
type NotExpressible struct{ ID, Source, About, Reason, Pos string }

// ExampleResult is one wanted field beside what the calculator says. OK is false with Err, which means that there is no answer at all.
type ExampleResult struct {
	ID, Field, Want, Got string
	Worked, Inferred, OK bool
	Err                  error
}

// Check asks the calculator. In order:
//
//  1. Every wanted field has one result, in the order of the file.
//  2. Texts are compared, so 23.6 is not 23.60.
//  3. A refusal is an answer. It is never the wanted one of a field of the result, and without one err and err_field are never right.
//     Any other error leaves all fields without an answer.
func (e *Example) Check() []ExampleResult {
	fields, err := e.settle()
	results := make([]ExampleResult, len(e.Want))
	for i, want := range e.Want {
		got := fields[want.Field]
		results[i] = ExampleResult{
			ID: e.ID, Field: want.Field, Want: want.Value, Got: got,
			Worked: e.Worked(), Inferred: want.Inferred, OK: err == nil && got == want.Value, Err: err,
		}
	}
	return results
}

// settle returns the answer by field.
func (e *Example) settle() (map[string]string, error) {
	if e.unread != nil {
		return refused(e.unread), nil
	}
	res, err := calc.Settle(&e.request)
	var refusal *calc.Refusal
	switch {
	case errors.As(err, &refusal):
		return refused(refusal), nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", e.Pos, err)
	}
	fields := map[string]string{errCode: "no refusal", errField: "no refusal"}
	values := strings.Split(string(res.AppendFields(nil, &e.request, '\t')), "\t")
	for i, name := range calc.ResultFields {
		fields[name] = values[i]
	}
	fields[feeWithVAT] = string(calc.AppendMoney(nil, res.Fee.Add(res.FeeVAT), e.request.Contract.SettleCurrency.Exponent))
	return fields, nil
}

// refused is the answer of a request that is refused: every field of a result says so.
func refused(refusal *calc.Refusal) map[string]string {
	fields := map[string]string{errCode: refusal.Code, errField: refusal.Field}
	for _, name := range append([]string{feeWithVAT}, calc.ResultFields...) {
		fields[name] = "err=" + refusal.Code
	}
	return fields
}
