package calc_test

import (
	"testing"

	"settleproof/calc"
)

// sample is the request of the design's example with changes applied to its text.
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

func korean(t testing.TB) *calc.Calendar {
	t.Helper()
	c, err := calc.KoreanCalendar()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func BenchmarkSettle(b *testing.B) {
	r, _, err := calc.DecodeRequest([]byte(sample), korean(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := calc.Settle(&r); err != nil {
			b.Fatal(err)
		}
	}
}
