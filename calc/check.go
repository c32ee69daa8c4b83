package calc

import "github.com/shopspring/decimal"

// instalmentMinimum is the smallest payment that can be split, in KRW (settlement rules, part 9).
var instalmentMinimum = decimal.New(50_000, 0)

// instalmentMonthsMax is far above what any issuer offers (36), so that a slip of the pen does not become a plan.
const instalmentMonthsMax = 60

// Check refuses what cannot be settled, naming the first field that stands in the way. In order: codes, amounts, what
// the method does not do, tax, terms of the contract, terms of conversion, days.
func Check(r *Request) error {
	for _, check := range [...]func(*Request) *Refusal{
		checkCodes, checkAmounts, checkMethod, checkInstalment, checkTax, checkFee, checkTerms, checkConversion, checkDays,
	} {
		if refusal := check(r); refusal != nil {
			return refusal
		}
	}
	return nil
}

func checkCodes(r *Request) *Refusal {
	t, c := &r.Transaction, &r.Contract
	switch {
	case t.Event == 0:
		return missingCode("transaction.event")
	case t.Method == 0:
		return missingCode("transaction.method")
	case t.Currency.Code == "":
		return missingCode("transaction.currency")
	case t.TaxClass == 0:
		return missingCode("transaction.tax_class")
	case c.SettleCurrency.Code == "":
		return missingCode("contract.settle_currency")
	case c.Fee.OnCancel == 0:
		return missingCode("contract.fee.on_cancel")
	case c.VAT.Mode == 0:
		return missingCode("contract.vat.mode")
	case c.Rounding.Fee == 0:
		return missingCode("contract.rounding.fee")
	case c.Rounding.VAT == 0:
		return missingCode("contract.rounding.vat")
	case c.Rounding.Supply == 0:
		return missingCode("contract.rounding.supply")
	case c.Rounding.FX == 0:
		return missingCode("contract.rounding.fx")
	case c.Rounding.Split == 0:
		return missingCode("contract.rounding.split")
	case c.Rounding.Reserve == 0:
		return missingCode("contract.rounding.reserve")
	case c.Cycle.Kind == 0:
		return missingCode("contract.cycle.kind")
	case c.HolidayShift == 0:
		return missingCode("contract.holiday_shift")
	case r.Calendar == nil:
		return refuse("HOLIDAYS_MISSING", "holidays", "no calendar of business days")
	case t.Event == Pay && t.Phase != 0:
		return refuse("PHASE_NOT_EXPECTED", "transaction.phase", "a payment has no phase, not %s", t.Phase)
	case t.Event != Pay && t.Phase == 0:
		return refuse("PHASE_MISSING", "transaction.phase", "a cancel is BEFORE_CAPTURE, AFTER_CAPTURE or AFTER_PAYOUT")
	}
	return nil
}

func missingCode(field string) *Refusal {
	return refuse("UNKNOWN_CODE", field, "a code is missing or unknown")
}

func checkAmounts(r *Request) *Refusal {
	t := &r.Transaction
	if !t.Amount.IsPositive() {
		return refuse("AMOUNT_NOT_POSITIVE", "transaction.amount", "%s is not above zero; the event says the direction", t.Amount)
	}
	if tooFine(t.Amount, t.Currency) {
		return refuse("AMOUNT_TOO_FINE", "transaction.amount", "%s has more decimals than the %d of %s", t.Amount, t.Currency.Exponent, t.Currency.Code)
	}
	if t.Event == Pay {
		if t.HasOriginal {
			return refuse("ORIGINAL_NOT_EXPECTED", "transaction.original_amount", "only a cancel has an original amount")
		}
		return nil
	}
	if !t.HasOriginal {
		return refuse("ORIGINAL_MISSING", "transaction.original_amount", "a cancel needs the amount that stood before it")
	}
	if tooFine(t.Original, t.Currency) {
		return refuse("AMOUNT_TOO_FINE", "transaction.original_amount", "%s has more decimals than the %d of %s", t.Original, t.Currency.Exponent, t.Currency.Code)
	}
	switch over := t.Amount.Cmp(t.Original); {
	case over > 0:
		return refuse("CANCEL_ABOVE_ORIGINAL", "transaction.amount", "%s is more than the %s that stand", t.Amount, t.Original)
	case over == 0 && t.Event == PartialCancel:
		return refuse("PARTIAL_CANCEL_NOT_BELOW_ORIGINAL", "transaction.amount", "a partial cancel leaves something of the %s; use CANCEL for all of it", t.Original)
	case over < 0 && t.Event == Cancel:
		return refuse("CANCEL_BELOW_ORIGINAL", "transaction.amount", "a whole cancel is for all of the %s; use PARTIAL_CANCEL for %s", t.Original, t.Amount)
	}
	return nil
}

// tooFine reports whether the value, not its spelling, has more decimals than the currency: 1000.00 KRW is fine.
func tooFine(d decimal.Decimal, c Currency) bool {
	return -d.Exponent() > c.Exponent && !d.Equal(d.Truncate(c.Exponent))
}

// checkMethod refuses the events that a method does not know (settlement rules, part 9).
func checkMethod(r *Request) *Refusal {
	t := &r.Transaction
	mobile := t.Method == MobileGoods || t.Method == MobileContent
	switch {
	case t.Event == PartialCancel && (mobile || t.Method == GiftCert):
		return refuse("PARTIAL_CANCEL_NOT_OFFERED", "transaction.event", "%s knows no partial cancel", t.Method)
	case t.Phase == AfterPayout && mobile:
		return refuse("PHASE_NOT_OFFERED", "transaction.phase", "%s knows no cancel after the payout", t.Method)
	case t.Phase == AfterCapture && !t.Method.hasCapture():
		return refuse("PHASE_NOT_OFFERED", "transaction.phase", "%s has no capture of its own: a cancel is BEFORE_CAPTURE on the day of the approval, or AFTER_PAYOUT", t.Method)
	case t.Phase == BeforeCapture && t.Method == VirtualAccount:
		return refuse("PHASE_NOT_OFFERED", "transaction.phase", "%s is captured with its approval: a cancel is AFTER_PAYOUT", t.Method)
	case t.Escrow && t.Method != CreditCard && t.Method != CheckCard && t.Method != BankTransfer && t.Method != VirtualAccount:
		return refuse("ESCROW_NOT_OFFERED", "transaction.escrow", "%s knows no escrow", t.Method)
	}
	return nil
}

func checkInstalment(r *Request) *Refusal {
	t := &r.Transaction
	switch {
	case t.InstalmentMonth == 0 && t.InterestPayer != 0:
		return refuse("INTEREST_PAYER_NOT_EXPECTED", "transaction.interest_payer", "nobody bears interest without an instalment")
	case t.InstalmentMonth == 0:
		return nil
	case t.InstalmentMonth < 2 || t.InstalmentMonth > instalmentMonthsMax:
		return refuse("INSTALMENT_MONTHS_INVALID", "transaction.instalment_months", "%d is not 0 or 2 to %d", t.InstalmentMonth, instalmentMonthsMax)
	case t.InterestPayer == 0:
		return refuse("INTEREST_PAYER_MISSING", "transaction.interest_payer", "an instalment needs BUYER, CARD_COMPANY or MERCHANT")
	case t.Method != CreditCard && t.Method != EasypayCard:
		return refuse("INSTALMENT_NOT_OFFERED", "transaction.instalment_months", "%s knows no instalment", t.Method)
	case t.Escrow:
		return refuse("INSTALMENT_WITH_ESCROW", "transaction.instalment_months", "an instalment cannot be held in escrow")
	case t.Event == Pay && t.Currency.Code == "KRW" && t.Amount.LessThan(instalmentMinimum):
		// What stands before a cancel may have fallen below it by earlier partial cancels.
		return refuse("INSTALMENT_BELOW_MINIMUM", "transaction.amount", "an instalment starts at %s KRW, not %s", instalmentMinimum, t.Amount)
	}
	return nil
}

func checkTax(r *Request) *Refusal {
	t := &r.Transaction
	stood := t.Amount
	if t.Event != Pay {
		stood = t.Original
	}
	switch {
	case t.TaxFree.IsNegative():
		return refuse("TAX_FREE_AMOUNT_NEGATIVE", "transaction.tax_free_amount", "%s is below zero", t.TaxFree)
	case t.TaxFree.GreaterThan(stood):
		return refuse("TAX_FREE_AMOUNT_ABOVE_AMOUNT", "transaction.tax_free_amount", "%s is more than the amount of %s", t.TaxFree, stood)
	case tooFine(t.TaxFree, t.Currency):
		return refuse("AMOUNT_TOO_FINE", "transaction.tax_free_amount", "%s has more decimals than the %d of %s", t.TaxFree, t.Currency.Exponent, t.Currency.Code)
	case t.TaxClass == Taxable && !t.TaxFree.IsZero():
		return refuse("TAX_FREE_AMOUNT_NOT_EXPECTED", "transaction.tax_free_amount", "a TAXABLE amount has no tax-free share; use MIXED")
	case t.TaxClass == TaxFree && !t.TaxFree.IsZero() && !t.TaxFree.Equal(stood):
		return refuse("TAX_FREE_AMOUNT_NOT_EXPECTED", "transaction.tax_free_amount", "a TAX_FREE amount is tax-free as a whole; use MIXED")
	case t.TaxClass != Taxable && t.Currency.Code != "KRW":
		return refuse("TAX_CLASS_NOT_OFFERED", "transaction.tax_class", "an amount in %s is TAXABLE, not %s", t.Currency.Code, t.TaxClass)
	}
	return nil
}

func checkFee(r *Request) *Refusal {
	f, transaction, settle := &r.Contract.Fee, &r.Transaction.Currency, &r.Contract.SettleCurrency
	for _, rate := range [...]struct {
		field string
		value *decimal.Decimal
	}{
		{"contract.fee.rate", &f.Rate}, {"contract.fee.instalment_rate", &f.InstalmentRate}, {"contract.fee.escrow_rate", &f.EscrowRate},
		{"contract.vat.rate", &r.Contract.VAT.Rate}, {"contract.reserve_rate", &r.Contract.ReserveRate},
	} {
		if rate.value.IsNegative() {
			return refuse("RATE_NEGATIVE", rate.field, "%s is below zero", rate.value)
		}
	}
	if !r.Contract.ReserveRate.IsZero() && r.Contract.ReserveRate.GreaterThan(one) {
		return refuse("RESERVE_RATE_ABOVE_ONE", "contract.reserve_rate", "%s holds back more than the amount", r.Contract.ReserveRate)
	}
	for _, fixed := range [...]struct {
		field string
		value *decimal.Decimal
		in    *Currency
	}{
		{"contract.fee.fixed", &f.Fixed, transaction}, {"contract.fee.minimum", &f.Minimum, settle},
		{"contract.fee.escrow_fixed", &f.EscrowFixed, settle}, {"contract.fee.refund_fixed", &f.RefundFixed, settle},
	} {
		if fixed.value.IsNegative() {
			return refuse("FEE_NEGATIVE", fixed.field, "%s is below zero", fixed.value)
		}
		if tooFine(*fixed.value, *fixed.in) {
			return refuse("AMOUNT_TOO_FINE", fixed.field, "%s has more decimals than the %d of %s", fixed.value, fixed.in.Exponent, fixed.in.Code)
		}
	}
	return nil
}

// lagDaysMax is a year: a longer lag is a slip of the pen.
const lagDaysMax = 366

func checkTerms(r *Request) *Refusal {
	if lag := r.Contract.Cycle.LagDays; lag < 0 || lag > lagDaysMax {
		return refuse("LAG_DAYS_INVALID", "contract.cycle.lag_days", "%d is not 0 to %d", lag, lagDaysMax)
	}
	return nil
}

func checkConversion(r *Request) *Refusal {
	t, fx := &r.Transaction, r.Contract.FX
	for _, term := range [...]struct {
		field string
		none  bool
	}{
		{"contract.fx.date", fx.Date == 0}, {"contract.fx.kind", fx.Kind == 0},
		{"contract.fx.posting", fx.Posting == 0}, {"contract.fx.order", fx.Order == 0},
	} {
		switch {
		case r.converts() && term.none:
			return refuse("FX_TERMS_MISSING", term.field, "%s to %s needs it", t.Currency.Code, r.Contract.SettleCurrency.Code)
		case !r.converts() && !term.none:
			return refuse("FX_TERMS_NOT_EXPECTED", term.field, "%s is settled in %s: nothing is converted", t.Currency.Code, r.Contract.SettleCurrency.Code)
		}
	}
	if !r.converts() {
		return nil
	}
	if t.Method != OverseasCard && t.Method != Paypal {
		return refuse("FX_NOT_OFFERED", "transaction.method", "%s is not converted; only OVERSEAS_CARD and PAYPAL are", t.Method)
	}
	if fx.Order == FeeThenConvert {
		// They are quoted in the settlement currency and cannot meet a fee that is still in the transaction currency.
		f := &r.Contract.Fee
		for _, fixed := range [...]struct {
			field string
			value decimal.Decimal
		}{{"contract.fee.minimum", f.Minimum}, {"contract.fee.escrow_fixed", f.EscrowFixed}, {"contract.fee.refund_fixed", f.RefundFixed}} {
			if !fixed.value.IsZero() {
				return refuse("FEE_NOT_CONVERTIBLE", fixed.field, "it is quoted in %s, the fee is computed in %s: use CONVERT_THEN_FEE", r.Contract.SettleCurrency.Code, t.Currency.Code)
			}
		}
	}
	return nil
}

func checkDays(r *Request) *Refusal {
	t := &r.Transaction
	switch {
	case t.Approved == 0:
		return refuse("DATE_MISSING", "transaction.approved_at", "every transaction was approved on a day")
	case t.Captured != 0 && t.Captured < t.Approved:
		return refuse("DATE_ORDER", "transaction.captured_at", "%s lies before the approval on %s", t.Captured, t.Approved)
	case t.Captured != 0 && t.Captured != t.Approved && !t.Method.hasCapture():
		return refuse("CAPTURE_NOT_OFFERED", "transaction.captured_at", "%s is captured with its approval on %s", t.Method, t.Approved)
	case t.Event != Pay && t.EventDay == 0:
		return refuse("DATE_MISSING", "transaction.event_at", "a cancel happened on a day of its own")
	case t.Event != Pay && t.EventDay < t.Approved:
		return refuse("DATE_ORDER", "transaction.event_at", "%s lies before the approval on %s", t.EventDay, t.Approved)
	case t.Phase == BeforeCapture && !t.Method.hasCapture() && t.EventDay != t.Approved:
		return refuse("PHASE_NOT_OFFERED", "transaction.phase", "%s is cancelled before capture only on the day of its approval, %s", t.Method, t.Approved)
	}
	for _, d := range [...]struct {
		field string
		day   Date
	}{{"transaction.approved_at", t.Approved}, {"transaction.captured_at", t.Captured}, {"transaction.event_at", t.EventDay}} {
		if d.field == "transaction.event_at" && t.Event == Pay {
			continue // a payment has no day of its own but the approval's and the capture's
		}
		if d.day != 0 && !r.Calendar.Knows(d.day) {
			return refuse("DATE_OUTSIDE_HOLIDAYS", d.field, "the holiday table does not reach %s", d.day)
		}
	}
	return nil
}
