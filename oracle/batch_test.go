package oracle

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"settleproof/cases"
)

// payment is a domestic card payment; the tests change what they are about.
func payment(id string) cases.Facts {
	return cases.Facts{
		ID: id, Event: "PAY", Method: "CREDIT_CARD", Currency: "KRW", Amount: decimal.NewFromInt(10_000), TaxClass: "TAXABLE",
		ApprovedAt: "2025-02-13T23:59:59", CapturedAt: "2025-02-14T00:00:00",
		Contract: cases.Contract{
			Grade: "GENERAL", VATMode: "ADDED", Rounding: "DOWN", Cycle: "D3", HolidayShift: "AFTER", SettleCurrency: "KRW",
		},
	}
}

// partialCancel is a cancel of a part of a conversion, with everything set that a row can have.
func partialCancel(id string) cases.Facts {
	f := payment(id)
	f.Event, f.Phase, f.Method, f.Currency = "PARTIAL_CANCEL", "AFTER_PAYOUT", "PAYPAL", "USD"
	f.Amount, f.Original = decimal.RequireFromString("12.30"), decimal.RequireFromString("100.00")
	f.CapturedAt, f.EventAt = "", "2025-03-01T09:30:00"
	f.Escrow, f.InstalmentMonths, f.InterestPayer = true, 3, "MERCHANT"
	f.Contract.FXDate, f.Contract.FXKind, f.Contract.FXPosting, f.Contract.FXOrder = "CAPTURE", "TTB", "LAST", "FEE_THEN_CONVERT"
	f.Contract.ReserveRate = decimal.RequireFromString("0.10")
	return f
}

func TestBatchRows(t *testing.T) {
	b := newBatch(2)
	for i, f := range []cases.Facts{payment("card"), partialCancel("paypal"), payment("card.other")} {
		if err := b.add(i, f); err != nil {
			t.Fatal(err)
		}
	}
	trx := strings.ReplaceAll(string(b.trx), "\t", "|")
	card, paypal := mustMID(t, b, payment("")), mustMID(t, b, partialCancel(""))
	want := "card|" + card + "|PAY||CREDIT_CARD|KRW|10000|\\N|TAXABLE|0|0||N|2025-02-13 23:59:59|2025-02-14 00:00:00|\\N\n" +
		"paypal|" + paypal + "|PARTIAL_CANCEL|AFTER_PAYOUT|PAYPAL|USD|12.3|100|TAXABLE|0|3|MERCHANT|Y|2025-02-13 23:59:59|\\N|2025-03-01 09:30:00\n" +
		"card.other|" + card + "|PAY||CREDIT_CARD|KRW|10000|\\N|TAXABLE|0|0||N|2025-02-13 23:59:59|2025-02-14 00:00:00|\\N\n"
	if trx != want {
		t.Errorf("transactions:\n%s\nwant\n%s", trx, want)
	}
	ctrt := strings.ReplaceAll(string(b.ctrt), "\t", "|")
	want = card + "|2000-01-01|2025-02-12|MICRO|INCLUDED|HALF_UP|D5|BEFORE|KRW|APPROVAL|BASE|FIRST|CONVERT_THEN_FEE|0.50\n" +
		card + "|2025-02-13|2025-02-13|GENERAL|ADDED|DOWN|D3|AFTER|KRW|||||0\n" +
		card + "|2025-02-14|9999-12-31|SME1|INCLUDED|HALF_EVEN|WEEKLY|BEFORE|KRW|CAPTURE|TTB|LAST|FEE_THEN_CONVERT|0.50\n"
	if !strings.HasPrefix(ctrt, want) || strings.Count(ctrt, "\n") != 6 {
		t.Errorf("contracts:\n%s\nwant first\n%s\nand three of the other merchant", ctrt, want)
	}
}

func mustMID(t *testing.T, b *batch, f cases.Facts) string {
	t.Helper()
	mid, versions, err := b.merchants.add(contract{terms: termsOf(f.Contract), day: f.ApprovedAt[:10]})
	if err != nil || versions != nil {
		t.Fatalf("merchant %q, new with %v, %v", mid, versions, err)
	}
	return mid
}

// A case that cannot be loaded is refused alone and leaves no row behind: the rest of the call stands.
func TestBatchRefuses(t *testing.T) {
	for _, tt := range []struct {
		reason string
		change func(*cases.Facts)
		says   string
	}{
		{"no id: its row could not be found again", func(f *cases.Facts) { f.ID = "" }, "without id"},
		{"the same id twice", func(f *cases.Facts) { f.ID = "first" }, "asked twice"},
		{"no approval time", func(f *cases.Facts) { f.ApprovedAt = "" }, `approved_at ""`},
		{"a zone, which the database would drop silently", func(f *cases.Facts) { f.CapturedAt = "2025-02-13T23:59:59+09:00" }, "captured_at"},
		{"fractions of a second, which would come back otherwise", func(f *cases.Facts) { f.EventAt = "2025-02-13T23:59:59.500" }, "event_at"},
		{"a day that is none", func(f *cases.Facts) { f.ApprovedAt = "2025-02-29T00:00:00" }, "approved_at"},
		{"before the contract's first day", func(f *cases.Facts) { f.ApprovedAt = "1999-12-31T00:00:00" }, "approval day 1999-12-31"},
	} {
		b := newBatch(1)
		if err := b.add(0, payment("first")); err != nil {
			t.Fatal(err)
		}
		trx, ctrt := len(b.trx), len(b.ctrt)
		f := payment("second")
		tt.change(&f)
		err := b.add(1, f)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.says)
		}
		if len(b.trx) != trx || len(b.ctrt) != ctrt || len(b.at) != 1 {
			t.Errorf("%s: something was added", tt.reason)
		}
	}
}

func TestRatesText(t *testing.T) {
	got := string(ratesText([]cases.Rate{{Date: "2025-02-07", Currency: "JPY", Round: 2, Unit: "100", Base: "950.11", TTB: "940.7"}}))
	if want := "2025-02-07\tJPY\t2\t100\t950.11\t940.7\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each text counts, and so does which text a line is in.
func TestScriptDigest(t *testing.T) {
	is := script{"a", "b", "c"}.digest()
	for _, s := range []script{{"ab", "", "c"}, {"a", "bc", ""}, {"a", "b", "d"}, {"b", "a", "c"}} {
		if s.digest() == is {
			t.Errorf("%+v has the digest of another", s)
		}
	}
	if d := Digest(); d.Name != "legacy" || len(d.Value) != 64 {
		t.Errorf("%+v", d)
	}
}
