package calc_test

import (
	"testing"

	"settleproof/calc"
)

// refusedRow is a change that makes a request impossible, and the refusal it has to meet.
type refusedRow struct{ reason, change, code, field string }

// refusedRows are requests that read well and cannot be settled: parts 1, 3, 8 and 9 of the rules.
var refusedRows = []refusedRow{
	{"a payment has no phase", "phase=AFTER_CAPTURE", "PHASE_NOT_EXPECTED", "transaction.phase"},
	{"a cancel has one", "original_amount=64601" + cancelled + " phase=-", "PHASE_MISSING", "transaction.phase"},

	{"zero", "amount=0", "AMOUNT_NOT_POSITIVE", "transaction.amount"},
	{"zero with decimals", "amount=0.00", "AMOUNT_NOT_POSITIVE", "transaction.amount"},
	{"the event says the direction", "amount=-1", "AMOUNT_NOT_POSITIVE", "transaction.amount"},
	{"a cancel's too", "amount=-1 original_amount=100" + cancelled, "AMOUNT_NOT_POSITIVE", "transaction.amount"},
	{"a won has no decimals", "amount=100.5", "AMOUNT_TOO_FINE", "transaction.amount"},
	{"a dollar has two", "currency=USD amount=1.005" + overseas + early, "AMOUNT_TOO_FINE", "transaction.amount"},
	{"a dinar has three", "currency=KWD amount=1.0005" + overseas + early, "AMOUNT_TOO_FINE", "transaction.amount"},
	{"what stood, too", "amount=100 original_amount=100.5" + partly, "AMOUNT_TOO_FINE", "transaction.original_amount"},
	{"the tax-free share, too", "tax_class=MIXED tax_free_amount=0.5", "AMOUNT_TOO_FINE", "transaction.tax_free_amount"},
	{"a fixed fee is in the transaction currency", "currency=USD amount=1 fee.fixed=0.305" + overseas + early, "AMOUNT_TOO_FINE", "contract.fee.fixed"},
	{"a minimum is in the settlement currency", "currency=USD amount=1 fee.minimum=0.5" + overseas + early, "AMOUNT_TOO_FINE", "contract.fee.minimum"},
	{"so is an escrow fee", "fee.escrow_fixed=0.5", "AMOUNT_TOO_FINE", "contract.fee.escrow_fixed"},
	{"so is a refund fee", "fee.refund_fixed=0.5", "AMOUNT_TOO_FINE", "contract.fee.refund_fixed"},

	{"only a cancel has an original amount", "original_amount=64601", "ORIGINAL_NOT_EXPECTED", "transaction.original_amount"},
	{"even zero is one", "original_amount=0", "ORIGINAL_NOT_EXPECTED", "transaction.original_amount"},
	{"of what is it a cancel", cancelled, "ORIGINAL_MISSING", "transaction.original_amount"},
	{"more than stood", "amount=101 original_amount=100" + cancelled, "CANCEL_ABOVE_ORIGINAL", "transaction.amount"},
	{"more than stood, in part", "amount=101 original_amount=100" + partly, "CANCEL_ABOVE_ORIGINAL", "transaction.amount"},
	{"nothing stood", "amount=1 original_amount=0" + cancelled, "CANCEL_ABOVE_ORIGINAL", "transaction.amount"},
	{"what is void is checked all the same", "amount=101 original_amount=100" + cancelled + " phase=BEFORE_CAPTURE", "CANCEL_ABOVE_ORIGINAL", "transaction.amount"},
	{"what is void has terms of conversion", "currency=USD amount=1 original_amount=1" + overseas + cancelled + " phase=BEFORE_CAPTURE", "FX_TERMS_MISSING", "contract.fx.order"},
	{"all of it is no part", "amount=100 original_amount=100" + partly, "PARTIAL_CANCEL_NOT_BELOW_ORIGINAL", "transaction.amount"},
	{"a part is not all of it", "amount=99 original_amount=100" + cancelled, "CANCEL_BELOW_ORIGINAL", "transaction.amount"},

	{"mobile knows no part", "method=MOBILE_GOODS amount=1 original_amount=100" + partly, "PARTIAL_CANCEL_NOT_OFFERED", "transaction.event"},
	{"mobile content neither", "method=MOBILE_CONTENT amount=1 original_amount=100" + partly, "PARTIAL_CANCEL_NOT_OFFERED", "transaction.event"},
	{"a gift certificate is one piece", "method=GIFT_CERT amount=1 original_amount=100" + partly + " phase=AFTER_PAYOUT", "PARTIAL_CANCEL_NOT_OFFERED", "transaction.event"},
	{"mobile is not cancelled after the payout", "method=MOBILE_GOODS original_amount=64601" + cancelled + " phase=AFTER_PAYOUT", "PHASE_NOT_OFFERED", "transaction.phase"},
	{"mobile content neither", "method=MOBILE_CONTENT original_amount=64601" + cancelled + " phase=AFTER_PAYOUT", "PHASE_NOT_OFFERED", "transaction.phase"},
	{"a transfer is not captured by itself", "method=BANK_TRANSFER original_amount=64601" + cancelled, "PHASE_NOT_OFFERED", "transaction.phase"},
	{"a gift certificate neither", "method=GIFT_CERT original_amount=64601" + cancelled, "PHASE_NOT_OFFERED", "transaction.phase"},
	{"a virtual account neither", "method=VIRTUAL_ACCOUNT original_amount=64601" + cancelled, "PHASE_NOT_OFFERED", "transaction.phase"},
	{"money in an account is captured", "method=VIRTUAL_ACCOUNT original_amount=64601 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-09T11:00:00+09:00", "PHASE_NOT_OFFERED", "transaction.phase"},
	{"a transfer only on its own day", "method=BANK_TRANSFER original_amount=64601" + cancelled + " phase=BEFORE_CAPTURE", "PHASE_NOT_OFFERED", "transaction.phase"},
	{"a gift certificate, too", "method=GIFT_CERT original_amount=64601" + cancelled + " phase=BEFORE_CAPTURE", "PHASE_NOT_OFFERED", "transaction.phase"},
	{"no escrow of easy pay", "method=EASYPAY_CARD escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow of easy-pay money", "method=EASYPAY_MONEY escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow overseas", "method=OVERSEAS_CARD escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow of mobile goods", "method=MOBILE_GOODS escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow of mobile content", "method=MOBILE_CONTENT escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow of gift certificates", "method=GIFT_CERT escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},
	{"no escrow of PayPal", "method=PAYPAL escrow=true", "ESCROW_NOT_OFFERED", "transaction.escrow"},

	{"interest of nothing", "interest_payer=BUYER", "INTEREST_PAYER_NOT_EXPECTED", "transaction.interest_payer"},
	{"one month is no instalment", "instalment_months=1 interest_payer=BUYER", "INSTALMENT_MONTHS_INVALID", "transaction.instalment_months"},
	{"nor is less than none", "instalment_months=-3 interest_payer=BUYER", "INSTALMENT_MONTHS_INVALID", "transaction.instalment_months"},
	{"nobody gives five years and a month", "instalment_months=61 interest_payer=BUYER", "INSTALMENT_MONTHS_INVALID", "transaction.instalment_months"},
	{"somebody bears the interest", "instalment_months=3", "INTEREST_PAYER_MISSING", "transaction.interest_payer"},
	{"a check card pays at once", "method=CHECK_CARD instalment_months=3 interest_payer=BUYER", "INSTALMENT_NOT_OFFERED", "transaction.instalment_months"},
	{"an overseas card, too", "method=OVERSEAS_CARD instalment_months=3 interest_payer=BUYER", "INSTALMENT_NOT_OFFERED", "transaction.instalment_months"},
	{"easy-pay money, too", "method=EASYPAY_MONEY instalment_months=3 interest_payer=BUYER", "INSTALMENT_NOT_OFFERED", "transaction.instalment_months"},
	{"not with escrow", "instalment_months=3 interest_payer=BUYER escrow=true", "INSTALMENT_WITH_ESCROW", "transaction.instalment_months"},
	{"below 50000 won", "amount=49999 instalment_months=3 interest_payer=BUYER", "INSTALMENT_BELOW_MINIMUM", "transaction.amount"},

	{"less than nothing is tax-free", "tax_class=MIXED tax_free_amount=-1", "TAX_FREE_AMOUNT_NEGATIVE", "transaction.tax_free_amount"},
	{"more than all is tax-free", "tax_class=MIXED tax_free_amount=64602", "TAX_FREE_AMOUNT_ABOVE_AMOUNT", "transaction.tax_free_amount"},
	{"more than what stood", "amount=10 original_amount=100 tax_class=MIXED tax_free_amount=101" + partly, "TAX_FREE_AMOUNT_ABOVE_AMOUNT", "transaction.tax_free_amount"},
	{"taxable as a whole", "tax_free_amount=1", "TAX_FREE_AMOUNT_NOT_EXPECTED", "transaction.tax_free_amount"},
	{"tax-free as a whole", "tax_class=TAX_FREE tax_free_amount=1", "TAX_FREE_AMOUNT_NOT_EXPECTED", "transaction.tax_free_amount"},
	{"foreign currency is taxable", "currency=USD amount=1 tax_class=TAX_FREE" + overseas + early, "TAX_CLASS_NOT_OFFERED", "transaction.tax_class"},
	{"and not mixed", "currency=USD amount=1 tax_class=MIXED" + overseas + early, "TAX_CLASS_NOT_OFFERED", "transaction.tax_class"},

	{"a fee is no gift", "fee.rate=-0.01", "RATE_NEGATIVE", "contract.fee.rate"},
	{"an instalment's neither", "fee.instalment_rate=-0.01", "RATE_NEGATIVE", "contract.fee.instalment_rate"},
	{"an escrow's neither", "fee.escrow_rate=-0.01", "RATE_NEGATIVE", "contract.fee.escrow_rate"},
	{"VAT neither", "vat.rate=-0.1", "RATE_NEGATIVE", "contract.vat.rate"},
	{"a reserve neither", "reserve_rate=-0.1", "RATE_NEGATIVE", "contract.reserve_rate"},
	{"no more than all is held back", "reserve_rate=1.01", "RESERVE_RATE_ABOVE_ONE", "contract.reserve_rate"},
	{"a fixed fee", "fee.fixed=-1", "FEE_NEGATIVE", "contract.fee.fixed"},
	{"a minimum", "fee.minimum=-1", "FEE_NEGATIVE", "contract.fee.minimum"},
	{"a fixed escrow fee", "fee.escrow_fixed=-1", "FEE_NEGATIVE", "contract.fee.escrow_fixed"},
	{"a refund fee", "fee.refund_fixed=-1", "FEE_NEGATIVE", "contract.fee.refund_fixed"},
	{"paid before it was sold", "cycle.lag_days=-1", "LAG_DAYS_INVALID", "contract.cycle.lag_days"},
	{"paid after more than a year", "cycle.lag_days=367", "LAG_DAYS_INVALID", "contract.cycle.lag_days"},

	{"conversion without its day", "currency=USD amount=1" + overseas + early + " fx.date=-", "FX_TERMS_MISSING", "contract.fx.date"},
	{"without its kind", "currency=USD amount=1" + overseas + early + " fx.kind=-", "FX_TERMS_MISSING", "contract.fx.kind"},
	{"without its posting", "currency=USD amount=1" + overseas + early + " fx.posting=-", "FX_TERMS_MISSING", "contract.fx.posting"},
	{"without its order", "currency=USD amount=1" + overseas + early + " fx.order=-", "FX_TERMS_MISSING", "contract.fx.order"},
	{"no conversion, but a day", "fx.date=CAPTURE", "FX_TERMS_NOT_EXPECTED", "contract.fx.date"},
	{"but a kind", "fx.kind=TTB", "FX_TERMS_NOT_EXPECTED", "contract.fx.kind"},
	{"but a posting", "fx.posting=LAST", "FX_TERMS_NOT_EXPECTED", "contract.fx.posting"},
	{"but an order", "fx.order=FEE_THEN_CONVERT", "FX_TERMS_NOT_EXPECTED", "contract.fx.order"},
	{"a domestic card is not converted", "currency=USD amount=1" + overseas + early + " method=CREDIT_CARD", "FX_NOT_OFFERED", "transaction.method"},
	{"easy pay neither", "currency=USD amount=1" + overseas + late + " method=EASYPAY_CARD", "FX_NOT_OFFERED", "transaction.method"},
	{"a minimum in won meets no fee in dollars", "currency=USD amount=1 fee.minimum=200" + overseas + late, "FEE_NOT_CONVERTIBLE", "contract.fee.minimum"},
	{"nor an escrow fee", "currency=USD amount=1 fee.escrow_fixed=200" + overseas + late, "FEE_NOT_CONVERTIBLE", "contract.fee.escrow_fixed"},
	{"nor a refund fee", "currency=USD amount=1 fee.refund_fixed=200" + overseas + late, "FEE_NOT_CONVERTIBLE", "contract.fee.refund_fixed"},
	{"no rate is no rate of 1", "currency=USD amount=1" + overseas + early, "RATE_MISSING", "rates"},

	{"captured before it was approved", "captured_at=2025-02-08T10:00:00+09:00", "DATE_ORDER", "transaction.captured_at"},
	{"cancelled before it was approved", "original_amount=64601" + cancelled + " event_at=2025-02-08T10:00:00+09:00", "DATE_ORDER", "transaction.event_at"},
	{"a transfer has no capture", "method=BANK_TRANSFER captured_at=2025-02-10T10:00:00+09:00", "CAPTURE_NOT_OFFERED", "transaction.captured_at"},
	{"nor a virtual account", "method=VIRTUAL_ACCOUNT captured_at=2025-02-10T10:00:00+09:00", "CAPTURE_NOT_OFFERED", "transaction.captured_at"},
	{"nor a gift certificate", "method=GIFT_CERT captured_at=2025-02-10T10:00:00+09:00", "CAPTURE_NOT_OFFERED", "transaction.captured_at"},
	{"a cancel has a day", "original_amount=64601" + cancelled + " event_at=-", "DATE_MISSING", "transaction.event_at"},
	{"before the table", "approved_at=2017-12-31T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"before the table in Seoul's time", "approved_at=2017-12-31T14:59:59Z", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"approved before it, captured in it", "approved_at=2017-12-31T10:00:00+09:00 captured_at=2018-01-03T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"void, and behind it", "original_amount=64601" + cancelled + " phase=BEFORE_CAPTURE event_at=2028-01-01T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.event_at"},
	{"behind the table", "captured_at=2028-01-01T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.captured_at"},
	{"a cancel behind the table", "original_amount=64601" + cancelled + " event_at=2028-01-01T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.event_at"},
	{"paid behind the table", "approved_at=2027-12-31T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"captured in it, paid behind it", "captured_at=2027-12-31T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.captured_at"},
	{"cancelled in it, deducted behind it", "original_amount=64601" + cancelled + " event_at=2027-12-31T10:00:00+09:00", "DATE_OUTSIDE_HOLIDAYS", "transaction.event_at"},
	{"a month's end behind it", "approved_at=2027-12-20T10:00:00+09:00 cycle.kind=MONTHLY cycle.lag_days=10", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"moved on behind it", "approved_at=2027-12-20T10:00:00+09:00 cycle.kind=MONTHLY cycle.lag_days=1 holiday_shift=AFTER", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
	{"released behind it", "approved_at=2027-12-01T10:00:00+09:00 reserve_rate=0.1", "DATE_OUTSIDE_HOLIDAYS", "transaction.approved_at"},
}

// TestRefused settles each row: the refusal with its field, and nothing of a result.
func TestRefused(t *testing.T) {
	for _, row := range refusedRows {
		r := request(t, row.change, nil)
		res, err := calc.Settle(&r)
		expectRefusal(t, row, err)
		explained, _, again := calc.Explain(&r)
		if res != (calc.Result{}) || explained != (calc.Result{}) {
			t.Errorf("%s: a refusal with a result %+v (%s)", row.change, res, row.reason)
		}
		if again == nil || again.Error() != err.Error() {
			t.Errorf("%s: Settle said %v, Explain %v", row.change, err, again)
		}
	}
}

func expectRefusal(t *testing.T, row refusedRow, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: not refused, want %s of %s (%s)", row.change, row.code, row.field, row.reason)
		return
	}
	if refusal := refusalOf(t, err); refusal.Code != row.code || refusal.Field != row.field {
		t.Errorf("%s: %s, want %s of %s (%s)", row.change, refusal, row.code, row.field, row.reason)
	}
}

// TestNotRefused are neighbours of the rows above: what the rules leave to the contract, or to the other side of an edge.
func TestNotRefused(t *testing.T) {
	for _, row := range []struct{ reason, change string }{
		{"an instalment of what stands below 50000", "amount=10 original_amount=49999 instalment_months=3 interest_payer=BUYER" + partly},
		{"36 months", "instalment_months=36 interest_payer=CARD_COMPANY"},
		{"two months", "instalment_months=2 interest_payer=BUYER"},
		{"60 months", "instalment_months=60 interest_payer=BUYER"},
		{"PayPal in another currency and cycle is the contract's affair", "method=PAYPAL currency=GBP settle_currency=GBP cycle.lag_days=1"},
		{"mobile with another lag, too", "method=MOBILE_GOODS cycle.lag_days=1"},
		{"easy-pay card by instalments", "method=EASYPAY_CARD instalment_months=3 interest_payer=BUYER"},
		{"escrow of a check card", "method=CHECK_CARD escrow=true"},
		{"escrow of a transfer", "method=BANK_TRANSFER escrow=true"},
		{"escrow of a virtual account", "method=VIRTUAL_ACCOUNT escrow=true"},
		{"captured on the day of its approval", "method=BANK_TRANSFER captured_at=2025-02-09T23:00:00+09:00"},
		{"mobile before capture", "method=MOBILE_GOODS original_amount=64601" + cancelled + " phase=BEFORE_CAPTURE"},
		{"a whole cancel of mobile", "method=MOBILE_CONTENT original_amount=64601" + cancelled},
		{"a gift certificate after the payout", "method=GIFT_CERT original_amount=64601" + cancelled + " phase=AFTER_PAYOUT"},
		{"a gift certificate on its own day", "method=GIFT_CERT original_amount=64601 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-09T12:00:00+09:00"},
		{"a phase is not held against the days", "original_amount=64601 event=CANCEL phase=AFTER_PAYOUT event_at=2025-02-09T23:00:00+09:00"},
		{"nor a cancel against the capture", "original_amount=64601 captured_at=2025-02-13T10:00:00+09:00" + cancelled},
		{"no lag", "cycle.lag_days=0"},
		{"no fee", "fee.rate=0"},
		{"no VAT", "vat.rate=0"},
		{"a fixed fee in dollars meets a fee in dollars", "currency=USD amount=1 fee.fixed=0.30" + overseas + late},
		{"a minimum in won meets a fee in won", "currency=USD amount=1 fee.minimum=200" + overseas + early},
		{"the released day is the table's last Friday", "approved_at=2027-11-26T10:00:00+09:00 cycle.lag_days=1 reserve_rate=0.1"},
	} {
		r := request(t, row.change, posted)
		if _, err := calc.Settle(&r); err != nil {
			t.Errorf("%s: %v (%s)", row.change, err, row.reason)
		}
	}
}

// TestRefusedInCode are requests that only a program can build.
func TestRefusedInCode(t *testing.T) {
	for _, row := range []struct {
		code, field string
		change      func(*calc.Request)
	}{
		{"HOLIDAYS_MISSING", "holidays", func(r *calc.Request) { r.Calendar = nil }},
		{"DATE_MISSING", "transaction.approved_at", func(r *calc.Request) { r.Transaction.Approved = 0 }},
		{"UNKNOWN_CODE", "transaction.event", func(r *calc.Request) { r.Transaction.Event = 0 }},
		{"UNKNOWN_CODE", "transaction.method", func(r *calc.Request) { r.Transaction.Method = 0 }},
		{"UNKNOWN_CODE", "transaction.currency", func(r *calc.Request) { r.Transaction.Currency = calc.Currency{} }},
		{"UNKNOWN_CODE", "transaction.tax_class", func(r *calc.Request) { r.Transaction.TaxClass = 0 }},
		{"UNKNOWN_CODE", "contract.settle_currency", func(r *calc.Request) { r.Contract.SettleCurrency = calc.Currency{} }},
		{"UNKNOWN_CODE", "contract.fee.on_cancel", func(r *calc.Request) { r.Contract.Fee.OnCancel = 0 }},
		{"UNKNOWN_CODE", "contract.vat.mode", func(r *calc.Request) { r.Contract.VAT.Mode = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.fee", func(r *calc.Request) { r.Contract.Rounding.Fee = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.vat", func(r *calc.Request) { r.Contract.Rounding.VAT = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.supply", func(r *calc.Request) { r.Contract.Rounding.Supply = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.fx", func(r *calc.Request) { r.Contract.Rounding.FX = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.split", func(r *calc.Request) { r.Contract.Rounding.Split = 0 }},
		{"UNKNOWN_CODE", "contract.rounding.reserve", func(r *calc.Request) { r.Contract.Rounding.Reserve = 0 }},
		{"UNKNOWN_CODE", "contract.cycle.kind", func(r *calc.Request) { r.Contract.Cycle.Kind = 0 }},
		{"UNKNOWN_CODE", "contract.holiday_shift", func(r *calc.Request) { r.Contract.HolidayShift = 0 }},
		{"NO_BUSINESS_DAY", "holidays", func(r *calc.Request) {
			var closed []calc.Date
			for d := r.Transaction.Approved; d < r.Transaction.Approved+400; d++ {
				closed = append(closed, d)
			}
			r.Calendar = calc.NewCalendar(closed)
		}},
	} {
		r := request(t, "", nil)
		row.change(&r)
		res, err := calc.Settle(&r)
		expectRefusal(t, refusedRow{code: row.code, field: row.field}, err)
		if res != (calc.Result{}) {
			t.Errorf("%s of %s: a result %+v", row.code, row.field, res)
		}
	}
	if _, _, err := calc.DecodeRequest([]byte(sample), nil); err != nil {
		t.Errorf("a request without holidays reads well without a calendar: %v", err)
	}
}
