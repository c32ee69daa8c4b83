package cases

import (
	"fmt"

	"github.com/shopspring/decimal"

	"settleproof/calc"
	"settleproof/generator"
)

// point is what a calendar value stands for: the days of a case.
type point struct {
	approvedAt, capturedAt, cancelledAt, lateAt string // 2025-02-13T23:59:59, Asia/Seoul
	approved, captured, cancelled, late         calc.Date
}

// instalment is what an instalment value stands for.
type instalment struct {
	months int
	payer  calc.InterestPayer
}

// cycle is what a cycle value stands for.
type cycle struct {
	code  string // as a legacy contract spells it
	terms calc.Cycle
	shift calc.HolidayShift
}

// happening is what an event value stands for.
type happening struct {
	event calc.Event
	phase calc.Phase
}

// The meaning of every value of the axes. A value without one is an error when the axes are opened, and so is a meaning without a value.
var (
	methodOf = map[string]calc.Method{
		"credit_card": calc.CreditCard, "check_card": calc.CheckCard, "easypay_card": calc.EasypayCard, "easypay_money": calc.EasypayMoney,
		"overseas_card": calc.OverseasCard, "bank_transfer": calc.BankTransfer, "virtual_account": calc.VirtualAccount,
		"mobile_goods": calc.MobileGoods, "mobile_content": calc.MobileContent, "gift_cert": calc.GiftCert, "paypal": calc.Paypal,
	}
	instalmentOf = map[string]instalment{
		"lump_sum": {}, "m3-merchant": {3, calc.ByMerchant}, "m6-merchant": {6, calc.ByMerchant}, "m12-merchant": {12, calc.ByMerchant},
		"m6-buyer": {6, calc.ByBuyer}, "m12-card_company": {12, calc.ByCardCompany},
	}
	escrowOf = map[string]bool{"no_escrow": false, "escrow": true}
	// A contract always has a grade; where it does not matter it is GENERAL.
	gradeOf = map[string]string{"any": "GENERAL", "micro": "MICRO", "sme1": "SME1", "sme2": "SME2", "sme3": "SME3", "general": "GENERAL"}
	// The settlement currency, and whether the transaction currency is taken from the currency axis.
	conversionOf = map[string]struct {
		settle  string
		foreign bool
	}{"krw": {"KRW", false}, "usd_kept": {"USD", true}, "to_krw": {"KRW", true}, "to_usd": {"USD", true}}
	rateDateOf = map[string]calc.RateDate{"at_approval": calc.OnApproval, "at_capture": calc.OnCapture, "at_payout": calc.OnSettlement}
	rateKindOf = map[string]calc.RateKind{"base": calc.BaseRate, "ttb": calc.TTBRate}
	postingOf  = map[string]calc.Posting{"first": calc.FirstPosting, "last": calc.LastPosting}
	orderOf    = map[string]calc.ConversionOrder{"convert_fee": calc.ConvertThenFee, "fee_convert": calc.FeeThenConvert}
	vatOf      = map[string]calc.VATMode{"included": calc.VATIncluded, "added": calc.VATAdded}
	roundingOf = map[string]calc.Mode{"down": calc.Down, "half_up": calc.HalfUp, "half_even": calc.HalfEven, "up": calc.Up}
	// The lags of the calendar cycles are those of the settlement rules, part 7. D cycles never shift; their contracts say AFTER.
	cycleOf = map[string]cycle{
		"d1":               {"D1", calc.Cycle{Kind: calc.BusinessDays, LagDays: 1}, calc.ShiftAfter},
		"d3":               {"D3", calc.Cycle{Kind: calc.BusinessDays, LagDays: 3}, calc.ShiftAfter},
		"d5":               {"D5", calc.Cycle{Kind: calc.BusinessDays, LagDays: 5}, calc.ShiftAfter},
		"weekly-before":    {"WEEKLY", calc.Cycle{Kind: calc.Weekly, LagDays: 4}, calc.ShiftBefore},
		"weekly-after":     {"WEEKLY", calc.Cycle{Kind: calc.Weekly, LagDays: 4}, calc.ShiftAfter},
		"halfmonth-before": {"TWICE_MONTHLY", calc.Cycle{Kind: calc.TwiceMonthly, LagDays: 5}, calc.ShiftBefore},
		"halfmonth-after":  {"TWICE_MONTHLY", calc.Cycle{Kind: calc.TwiceMonthly, LagDays: 5}, calc.ShiftAfter},
		"monthly-before":   {"MONTHLY", calc.Cycle{Kind: calc.Monthly, LagDays: 10}, calc.ShiftBefore},
		"monthly-after":    {"MONTHLY", calc.Cycle{Kind: calc.Monthly, LagDays: 10}, calc.ShiftAfter},
	}
	eventOf = map[string]happening{
		"pay": {calc.Pay, 0}, "cancel_early": {calc.Cancel, calc.BeforeCapture}, "cancel": {calc.Cancel, calc.AfterCapture}, "cancel_late": {calc.Cancel, calc.AfterPayout},
		"part_early": {calc.PartialCancel, calc.BeforeCapture}, "part": {calc.PartialCancel, calc.AfterCapture}, "part_late": {calc.PartialCancel, calc.AfterPayout},
	}
	currencyOf = map[string]string{"usd": "USD", "eur": "EUR", "jpy": "JPY", "cny": "CNY", "vnd": "VND", "kwd": "KWD"}
	// How much of the amount a partial cancel takes, in the smallest unit.
	cutOf = map[string]func(amount int64) int64{
		"cut_half": func(a int64) int64 { return a / 2 }, "cut_third": func(a int64) int64 { return a / 3 },
		"cut_unit": func(int64) int64 { return 1 }, "cut_to_unit": func(a int64) int64 { return a - 1 },
	}
	reserveOf = map[string]decimal.Decimal{"r0": decimal.Zero, "r10": decimal.New(10, -2)}
	taxOf     = map[string]calc.TaxClass{"taxable": calc.Taxable, "tax_free": calc.TaxFree, "mixed": calc.Mixed}
	// The amounts are made by amountOf.
	amountClasses = map[string]bool{
		"typical": true, "round": true, "tie": true, "tie_odd": true, "fx_tie": true, "below_min_fee": true, "at_min_fee": true, "above_min_fee": true,
		"instalment_min": true, "one_unit": true, "large": true, "max": true,
	}
)

// meaning is an axis with what its values stand for, by value.
type meaning[T any] struct {
	axis int
	of   []T
}

// meaningOf pairs an axis with its meanings; both must have the same values.
func meaningOf[T any](m *generator.Model, name string, meanings map[string]T) (meaning[T], error) {
	i, ok := m.Axis(name)
	if !ok {
		return meaning[T]{}, fmt.Errorf("axes.yaml: there is no axis %s", name)
	}
	values := m.Axes[i].Values
	of := make([]T, len(values))
	for v, token := range values {
		if of[v], ok = meanings[token]; !ok {
			return meaning[T]{}, fmt.Errorf("axes.yaml: value %s of axis %s has no meaning in package cases (bind.go)", token, name)
		}
	}
	if len(values) < len(meanings) {
		return meaning[T]{}, fmt.Errorf("axes.yaml: axis %s has %d values, package cases gives meaning to %d", name, len(values), len(meanings))
	}
	return meaning[T]{i, of}, nil
}

func (m meaning[T]) at(row generator.Row) T { return m.of[row[m.axis]] }

// axes holds every axis with its meanings.
type axes struct {
	method     meaning[calc.Method]
	instalment meaning[instalment]
	escrow     meaning[bool]
	grade      meaning[string]
	conversion meaning[struct {
		settle  string
		foreign bool
	}]
	rateDate meaning[calc.RateDate]
	rateKind meaning[calc.RateKind]
	posting  meaning[calc.Posting]
	order    meaning[calc.ConversionOrder]
	vat      meaning[calc.VATMode]
	rounding meaning[calc.Mode]
	cycle    meaning[cycle]
	event    meaning[happening]
	currency meaning[string]
	calendar meaning[point]
	cut      meaning[func(int64) int64]
	reserve  meaning[decimal.Decimal]
	tax      meaning[calc.TaxClass]
	amount   int
}

func bindAxes(m *generator.Model, points map[string]point) (a axes, err error) {
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	var e error
	a.method, e = meaningOf(m, "method", methodOf)
	keep(e)
	a.instalment, e = meaningOf(m, "instalment", instalmentOf)
	keep(e)
	a.escrow, e = meaningOf(m, "escrow", escrowOf)
	keep(e)
	a.grade, e = meaningOf(m, "grade", gradeOf)
	keep(e)
	a.conversion, e = meaningOf(m, "conversion", conversionOf)
	keep(e)
	a.rateDate, e = meaningOf(m, "rate_date", rateDateOf)
	keep(e)
	a.rateKind, e = meaningOf(m, "rate_kind", rateKindOf)
	keep(e)
	a.posting, e = meaningOf(m, "posting", postingOf)
	keep(e)
	a.order, e = meaningOf(m, "order", orderOf)
	keep(e)
	a.vat, e = meaningOf(m, "vat", vatOf)
	keep(e)
	a.rounding, e = meaningOf(m, "rounding", roundingOf)
	keep(e)
	a.cycle, e = meaningOf(m, "cycle", cycleOf)
	keep(e)
	a.event, e = meaningOf(m, "event", eventOf)
	keep(e)
	a.currency, e = meaningOf(m, "currency", currencyOf)
	keep(e)
	a.calendar, e = meaningOf(m, "calendar", points)
	keep(e)
	a.cut, e = meaningOf(m, "cut", cutOf)
	keep(e)
	a.reserve, e = meaningOf(m, "reserve", reserveOf)
	keep(e)
	a.tax, e = meaningOf(m, "tax", taxOf)
	keep(e)
	amount, e := meaningOf(m, "amount", amountClasses)
	keep(e)
	a.amount = amount.axis
	const bound = 19 // the axes above
	if err == nil && len(m.Axes) != bound {
		err = fmt.Errorf("axes.yaml: %d axes, package cases gives meaning to %d (bind.go)", len(m.Axes), bound)
	}
	return a, err
}

// bound is one case with its looked-up terms.
type bound struct {
	request calc.Request
	grade   string
	cycle   string // as a legacy contract spells it
	point   *point
	eventAt string

	model    *generator.Model
	row      generator.Row
	fee      *calc.Fee
	size     sizes
	converts bool
}

// bind makes the case of a row: codes, days, terms, then the amounts that the terms lead to. out is overwritten.
func (b *Book) bind(row generator.Row, out *bound) error {
	conversion, event, part := b.axis.conversion.at(row), b.axis.event.at(row), b.axis.instalment.at(row)
	currency := "KRW"
	if conversion.foreign {
		currency = b.axis.currency.at(row)
	}
	paid := b.axis.cycle.at(row)
	point := &b.axis.calendar.of[row[b.axis.calendar.axis]]
	*out = bound{
		model: b.model, row: row, point: point, grade: b.axis.grade.at(row), cycle: paid.code, size: sizesOf[currency],
		converts: currency != conversion.settle,
		request: calc.Request{
			Transaction: calc.Transaction{
				Event: event.event, Phase: event.phase, Method: b.axis.method.at(row), Currency: b.currencies[currency], TaxClass: b.axis.tax.at(row),
				InstalmentMonth: part.months, InterestPayer: part.payer, Escrow: b.axis.escrow.at(row), Approved: point.approved,
			},
			Contract: calc.Contract{
				SettleCurrency: b.currencies[conversion.settle],
				VAT:            calc.VAT{Rate: vatRate, Mode: b.axis.vat.at(row)},
				Rounding:       calc.Rounding{Fee: b.axis.rounding.at(row), VAT: calc.Down, Supply: calc.HalfUp, FX: calc.HalfUp, Split: calc.HalfUp, Reserve: calc.Down},
				Cycle:          paid.terms, HolidayShift: paid.shift, ReserveRate: b.axis.reserve.at(row),
			},
			Rates: b.rates, Calendar: b.calendar,
		},
	}
	tx, contract := &out.request.Transaction, &out.request.Contract
	if out.converts {
		contract.FX = calc.FX{Date: b.axis.rateDate.at(row), Kind: b.axis.rateKind.at(row), Posting: b.axis.posting.at(row), Order: b.axis.order.at(row)}
	}
	b.bindDays(out)
	fee, err := b.prices.Fee(tx.Method, out.grade, currency, part.months, tx.Approved)
	if err != nil {
		return err
	}
	contract.Fee = fee
	out.fee = &contract.Fee
	return b.bindAmounts(out)
}

// vatRate is Korea's value added tax.
var vatRate = decimal.New(10, -2)

// bindDays puts in the capture and the cancel. A cancel before capture happens in the first second of the day of the capture that
// then never came; where capture is approval, in the last second of that day.
func (b *Book) bindDays(c *bound) {
	tx, p := &c.request.Transaction, c.point
	captures := tx.Method != calc.BankTransfer && tx.Method != calc.VirtualAccount && tx.Method != calc.GiftCert
	if captures && tx.Phase != calc.BeforeCapture {
		tx.Captured = p.captured
	}
	switch tx.Phase {
	case calc.BeforeCapture:
		tx.EventDay, c.eventAt = p.approved, p.approvedAt[:len("2025-02-13")]+"T23:59:59"
		if captures {
			tx.EventDay, c.eventAt = p.captured, p.capturedAt[:len("2025-02-13")]+"T00:00:00"
		}
	case calc.AfterCapture:
		tx.EventDay, c.eventAt = p.cancelled, p.cancelledAt
	case calc.AfterPayout:
		tx.EventDay, c.eventAt = p.late, p.lateAt
	}
}

// bindAmounts puts in the amounts: the paid one by its class, what is cancelled of it, and the tax-free share.
func (b *Book) bindAmounts(c *bound) error {
	tx := &c.request.Transaction
	paid, err := b.amountOf(c)
	if err != nil {
		return err
	}
	scale := -tx.Currency.Exponent
	tx.Amount = decimal.New(paid, scale)
	if tx.Event != calc.Pay {
		tx.Original, tx.HasOriginal = tx.Amount, true
	}
	if tx.Event == calc.PartialCancel {
		tx.Amount = decimal.New(b.axis.cut.at(c.row)(paid), scale)
	}
	if tx.TaxClass == calc.Mixed {
		tx.TaxFree = decimal.New(paid*37/100, scale) // a good third that divides nothing evenly
	}
	return nil
}

func (c *bound) token(axis int) string { return c.model.Axes[axis].Values[c.row[axis]] }

// facts tells the case without the looked-up terms.
func (c *bound) facts(id string) Facts {
	tx, contract := &c.request.Transaction, &c.request.Contract
	f := Facts{
		ID: id, Event: tx.Event.String(), Phase: tx.Phase.String(), Method: tx.Method.String(), Currency: tx.Currency.Code,
		Amount: tx.Amount, Original: tx.Original, TaxClass: tx.TaxClass.String(), TaxFree: tx.TaxFree,
		InstalmentMonths: tx.InstalmentMonth, InterestPayer: tx.InterestPayer.String(), Escrow: tx.Escrow,
		ApprovedAt: c.point.approvedAt, EventAt: c.eventAt,
		Contract: Contract{
			Grade: c.grade, VATMode: contract.VAT.Mode.String(), Rounding: contract.Rounding.Fee.String(), Cycle: c.cycle, HolidayShift: contract.HolidayShift.String(),
			SettleCurrency: contract.SettleCurrency.Code, ReserveRate: contract.ReserveRate,
			FXDate: contract.FX.Date.String(), FXKind: contract.FX.Kind.String(), FXPosting: contract.FX.Posting.String(), FXOrder: contract.FX.Order.String(),
		},
	}
	if tx.Captured != 0 {
		f.CapturedAt = c.point.capturedAt
	}
	return f
}
