// Package calc computes what one settled transaction is worth. It is the calculator under test: pure, exact, and free
// of price lists, merchants and clocks. Its rules, in the order of Settle, are the settlement rules of docs/settlement-rules.md:
//
//  1. A request that cannot be is refused with its field (Check); never a figure from bad input.
//  2. A cancel before capture settles nothing: status VOID.
//  3. Dates: sold date, payout date by cycle, holidays and shift, release date of the reserve.
//  4. The rate: its day, posting and kind, direct or crossed.
//  5. Fee parts, each rounded on its own; VAT added to them or taken out of them; conversion before or after.
//  6. Cancels by what the fee does on a cancel: all back, by difference, kept, or kept with a refund fee.
//  7. Tax split of the amount; reserve; net is what is left: gross = net + fee + fee VAT + reserve.
//
// Amounts are shopspring decimals whose scale is the exponent of their currency. Nothing here is a float.
package calc

import (
	"errors"

	"github.com/shopspring/decimal"
)

// Status says whether a row settles.
type Status uint8

// The statuses of a result.
const (
	Settled Status = iota + 1
	Void
)

// String prints SETTLED or VOID.
func (s Status) String() string { return [...]string{"", "SETTLED", "VOID"}[s] }

// Result is one settled row. Amounts are in the settlement currency but for the tax split, which is in the transaction
// currency. Costs of the merchant are positive, on a cancel that returns them negative.
type Result struct {
	Status   Status
	SoldDate Date // the day the event counts for
	Gross    decimal.Decimal
	FXRate   decimal.Decimal // per one unit of the transaction currency; meaningful where FXDate is set
	FXDate   Date            // the day the rate was posted; none without conversion

	BaseFee, InstalmentFee, EscrowFee, RefundFee decimal.Decimal // before VAT handling
	Fee                                          decimal.Decimal // supply value of the whole fee
	FeeVAT                                       decimal.Decimal

	SupplyAmount, TaxAmount, TaxFreeAmount decimal.Decimal

	Reserve            decimal.Decimal // held back from this payout
	Net                decimal.Decimal // what the merchant is paid for this row; may be negative
	PayoutDate         Date
	ReserveReleaseDate Date // none when Reserve is 0
}

var one = decimal.New(1, 0)

// reserveDays is how long a reserve is held after the payout, in calendar days (settlement rules, part 8).
const reserveDays = 30

// escrowDays is the time the buyer has to confirm the purchase, in calendar days (settlement rules, part 7).
const escrowDays = 7

// Settle computes one row. In order:
//
//  1. The request is checked; what cannot be is refused with a *Refusal, and there is no result.
//  2. A cancel before capture is VOID: every amount is 0, the sold date is the cancel's day, nothing is paid or converted.
//  3. The sold date is the capture's day (the approval's where there is none), of a cancel the cancel's own; with escrow
//     seven days later. The payout date follows from it by cycle, holidays and shift.
//  4. With conversion, the rate of the approval's, the capture's or the payout's day is looked up.
//  5. A payment is gross, fee parts, fee, VAT and reserve of its amount (see payment).
//  6. A cancel returns what the payment of its amount was (CANCEL), or the difference between the payment of what stood
//     and the payment of what stays (PARTIAL_CANCEL); where the fee is kept only gross comes back, and a refund fee may be charged.
//  7. The amount's tax split; then the signs; then net = gross - fee - fee VAT - reserve.
//
// Settle does no input or output and reads no clock: equal requests give equal results. It does not change r.
func Settle(r *Request) (Result, error) { return settle(r, nil) }

func settle(r *Request, t *trace) (Result, error) {
	if err := Check(r); err != nil {
		return Result{}, err
	}
	if r.Transaction.Phase == BeforeCapture {
		t.note("status", "VOID", "cancelled before capture: nothing settles")
		return Result{Status: Void, SoldDate: r.Transaction.EventDay}, nil
	}
	res := Result{Status: Settled}
	if err := dates(r, t, &res); err != nil {
		return Result{}, err
	}
	rate, err := convertedAt(r, t, res.PayoutDate)
	if err != nil {
		return Result{}, err
	}
	if r.converts() {
		res.FXRate, res.FXDate = rate.rate, rate.day
	}
	amounts(r, t, rate.rate, &res)
	split(r, t, &res)
	if err := release(r, t, &res); err != nil {
		return Result{}, err
	}
	res.Net = minus(minus(minus(res.Gross, res.Fee), res.FeeVAT), res.Reserve)
	t.amount("net", res.Net, r.Contract.SettleCurrency, "gross - fee - fee VAT - reserve")
	return res, nil
}

// convertedAt finds the rate of the row; payout is the row's own payout date.
func convertedAt(r *Request, t *trace, payout Date) (found, error) {
	if !r.converts() {
		return found{}, nil
	}
	fx, tx := r.Contract.FX, &r.Transaction
	day := payout
	switch fx.Date {
	case OnApproval:
		day = tx.Approved
	case OnCapture:
		day = captured(tx)
	}
	rate, ok := r.Rates.find(tx.Currency.Code, r.Contract.SettleCurrency.Code, day, fx.Posting, fx.Kind)
	if !ok {
		return found{}, refuse("RATE_MISSING", "rates", "no %s %s rate of %s in %s for %s", fx.Posting, fx.Kind, tx.Currency.Code, r.Contract.SettleCurrency.Code, day)
	}
	if !rate.rate.IsPositive() {
		return found{}, refuse("RATE_TOO_SMALL", "rates", "%s crossed into %s is nothing at %d decimals", tx.Currency.Code, r.Contract.SettleCurrency.Code, crossDecimals)
	}
	t.rate(rate, fx, day, tx.Currency.Code, r.Contract.SettleCurrency.Code)
	return rate, nil
}

// captured is the day of the capture, the approval's where there is none of its own.
func captured(t *Transaction) Date {
	if t.Captured == 0 {
		return t.Approved
	}
	return t.Captured
}

// amounts fills gross, the fee parts, fee, VAT and reserve by event, with their signs.
func amounts(r *Request, t *trace, rate decimal.Decimal, res *Result) {
	tx, onCancel := &r.Transaction, r.Contract.Fee.OnCancel
	switch {
	case tx.Event == Pay:
		t.section("payment of", tx.Amount)
		payment(r, t, tx.Amount, rate).into(res)
	case onCancel == ReturnFee && tx.Event == Cancel:
		t.section("taken back: payment of", tx.Amount)
		back := payment(r, t, tx.Amount, rate)
		back.negate()
		back.into(res)
	case onCancel == ReturnFee:
		t.section("taken back: payment of what stood,", tx.Original)
		back := payment(r, t, tx.Original, rate)
		rest := minus(tx.Original, tx.Amount)
		t.section("less payment of what stays,", rest)
		stays := payment(r, t, rest, rate)
		stays.subtract(&back) // the other way round: the difference with its sign
		stays.into(res)
	default:
		t.section("the fee is kept, the amount taken back:", tx.Amount)
		back := convert(r, rate, tx.Amount)
		if tx.Event == PartialCancel {
			back = minus(convert(r, rate, tx.Original), convert(r, rate, minus(tx.Original, tx.Amount)))
		}
		res.Gross = negative(back)
		if onCancel == KeepFeePlusRefundFee {
			res.RefundFee = r.Contract.Fee.RefundFixed
			res.Fee, res.FeeVAT = feeVAT(r, t, res.RefundFee, r.Contract.SettleCurrency)
		}
	}
	t.amount("gross", res.Gross, r.Contract.SettleCurrency, "signed")
}

// convert brings an amount into the settlement currency, rounded on its own. Without conversion it is the amount itself.
func convert(r *Request, rate, amount decimal.Decimal) decimal.Decimal {
	if !r.converts() || amount.IsZero() {
		return amount
	}
	return Multiply(amount, rate, r.Contract.SettleCurrency.Exponent, r.Contract.Rounding.FX)
}

// figures is a payment worked out, on magnitudes.
type figures struct {
	gross, base, instalment, escrow, fee, vat, reserve decimal.Decimal
}

func (f figures) into(res *Result) {
	res.Gross, res.BaseFee, res.InstalmentFee, res.EscrowFee = f.gross, f.base, f.instalment, f.escrow
	res.Fee, res.FeeVAT, res.Reserve = f.fee, f.vat, f.reserve
}

// negate turns a payment into its cancel. The reserve stays with the payment: it is released on its own date.
func (f *figures) negate() {
	for _, d := range [...]*decimal.Decimal{&f.gross, &f.base, &f.instalment, &f.escrow, &f.fee, &f.vat} {
		*d = negative(*d)
	}
	f.reserve = decimal.Zero
}

func (f *figures) subtract(o *figures) {
	for _, d := range [...]struct{ a, b *decimal.Decimal }{
		{&f.gross, &o.gross}, {&f.base, &o.base}, {&f.instalment, &o.instalment}, {&f.escrow, &o.escrow}, {&f.fee, &o.fee}, {&f.vat, &o.vat},
	} {
		*d.a = minus(*d.a, *d.b)
	}
}

// payment works out the payment of an amount of the transaction currency. In order:
//
//  1. The fees are computed in the settlement currency on the converted amount (CONVERT_THEN_FEE, or no conversion), or in
//     the transaction currency (FEE_THEN_CONVERT).
//  2. base = amount x rate, rounded, + fixed fee; at least the minimum. A fixed fee is converted on its own.
//  3. instalment = amount x instalment rate, rounded, where the merchant bears the interest.
//  4. escrow = amount x escrow rate, rounded, + fixed amount.
//  5. total = base + instalment + escrow; VAT is added to it or taken out of it.
//  6. reserve = amount x reserve rate, rounded.
//  7. FEE_THEN_CONVERT: each of them is converted and rounded on its own.
func payment(r *Request, t *trace, amount, rate decimal.Decimal) figures {
	c, tx := &r.Contract, &r.Transaction
	in, fixed, gross := c.SettleCurrency, c.Fee.Fixed, amount
	late := c.FX.Order == FeeThenConvert
	if late {
		in = tx.Currency
	} else {
		gross = convert(r, rate, amount)
		fixed = convert(r, rate, fixed)
		t.converted("gross", amount, rate, gross, c)
	}
	f := figures{gross: gross}
	f.base = plus(share(gross, c.Fee.Rate, in, c.Rounding.Fee), fixed)
	t.share("base_fee", gross, c.Fee.Rate, fixed, f.base, in, c.Rounding.Fee)
	if !c.Fee.Minimum.IsZero() && f.base.LessThan(c.Fee.Minimum) {
		f.base = c.Fee.Minimum
		t.amount("base_fee", f.base, in, "raised to the minimum fee")
	}
	if tx.InterestPayer == ByMerchant && !c.Fee.InstalmentRate.IsZero() {
		f.instalment = share(gross, c.Fee.InstalmentRate, in, c.Rounding.Fee)
		t.share("instalment_fee", gross, c.Fee.InstalmentRate, decimal.Zero, f.instalment, in, c.Rounding.Fee)
	}
	if tx.Escrow {
		f.escrow = plus(share(gross, c.Fee.EscrowRate, in, c.Rounding.Fee), c.Fee.EscrowFixed)
		t.share("escrow_fee", gross, c.Fee.EscrowRate, c.Fee.EscrowFixed, f.escrow, in, c.Rounding.Fee)
	}
	f.fee, f.vat = feeVAT(r, t, plus(plus(f.base, f.instalment), f.escrow), in)
	if tx.Event == Pay && !c.ReserveRate.IsZero() {
		f.reserve = share(gross, c.ReserveRate, in, c.Rounding.Reserve)
		t.share("reserve", gross, c.ReserveRate, decimal.Zero, f.reserve, in, c.Rounding.Reserve)
	}
	if late {
		for _, d := range [...]struct {
			name string
			d    *decimal.Decimal
		}{
			{"gross", &f.gross}, {"base_fee", &f.base}, {"instalment_fee", &f.instalment}, {"escrow_fee", &f.escrow},
			{"fee", &f.fee}, {"fee_vat", &f.vat}, {"reserve", &f.reserve},
		} {
			before := *d.d
			*d.d = convert(r, rate, before)
			t.converted(d.name, before, rate, *d.d, c)
		}
	}
	return f
}

// share is amount x rate, rounded to the decimals of the currency.
func share(amount, rate decimal.Decimal, in Currency, mode Mode) decimal.Decimal {
	if rate.IsZero() {
		return decimal.Zero
	}
	return Multiply(amount, rate, in.Exponent, mode)
}

// feeVAT splits the total of the fee parts into supply value and VAT: ADDED puts the VAT on top, INCLUDED takes it out.
func feeVAT(r *Request, t *trace, total decimal.Decimal, in Currency) (fee, vat decimal.Decimal) {
	c := &r.Contract
	if c.VAT.Mode == VATAdded {
		fee, vat = total, share(total, c.VAT.Rate, in, c.Rounding.VAT)
	} else {
		fee = withoutTax(total, c.VAT.Rate, in.Exponent, c.Rounding.Supply)
		vat = minus(total, fee)
	}
	t.vat(total, fee, vat, in, c)
	return fee, vat
}

// split fills the tax split of the amount itself, in the transaction currency, with the sign of the event.
func split(r *Request, t *trace, res *Result) {
	tx, c := &r.Transaction, &r.Contract
	free := decimal.Zero
	switch {
	case tx.TaxClass == TaxFree:
		free = tx.Amount
	case tx.TaxClass == Mixed && tx.Event == PartialCancel:
		// Pro rata, one division, so that no intermediate quotient is rounded.
		free = Divide(tx.TaxFree.Mul(tx.Amount), tx.Original, tx.Currency.Exponent, Down)
	case tx.TaxClass == Mixed:
		free = tx.TaxFree
	}
	taxed := minus(tx.Amount, free)
	supply := decimal.Zero
	if !taxed.IsZero() {
		supply = withoutTax(taxed, c.VAT.Rate, tx.Currency.Exponent, c.Rounding.Split)
	}
	if tx.Event == Pay {
		res.SupplyAmount, res.TaxAmount, res.TaxFreeAmount = supply, minus(taxed, supply), free
	} else {
		res.SupplyAmount, res.TaxAmount, res.TaxFreeAmount = negative(supply), minus(supply, taxed), negative(free)
	}
	t.split(res, tx.Currency, c)
}

// dates fills sold date and payout date.
func dates(r *Request, t *trace, res *Result) error {
	tx := &r.Transaction
	sold := captured(tx)
	if tx.Event != Pay {
		sold = tx.EventDay
	}
	if tx.Escrow {
		sold += escrowDays
	}
	res.SoldDate = sold
	t.date("sold_date", sold, soldDateBasis(tx))
	payout, err := Payout(sold, r.Contract.Cycle, r.Contract.HolidayShift, r.Calendar)
	if err != nil {
		return outside(tx, err)
	}
	res.PayoutDate = payout
	t.payout(payout, &r.Contract)
	return nil
}

// Payout returns the business day on which a sold date is paid. In order:
//
//  1. D: the sold date moves to a business day if it is none, then counts the lag in business days.
//  2. WEEKLY closes on Sunday, TWICE_MONTHLY on the 15th and the last day, MONTHLY on the last day of the month; the lag
//     counts calendar days from there.
//  3. A date of 2 that is no business day moves by the holiday shift; never before the sold date: then it moves after.
func Payout(sold Date, cycle Cycle, shift HolidayShift, calendar *Calendar) (Date, error) {
	closing := sold
	switch cycle.Kind {
	case BusinessDays:
		return calendar.add(sold, cycle.LagDays)
	case Weekly:
		closing = sold + (7-Date(sold.Weekday()))%7
	case TwiceMonthly:
		if _, _, day := sold.Civil(); day <= 15 {
			closing = sold + Date(15-day)
		} else {
			closing = sold.endOfMonth()
		}
	case Monthly:
		closing = sold.endOfMonth()
	}
	nominal := closing + Date(cycle.LagDays)
	if shift == ShiftBefore {
		if d, err := calendar.previous(nominal); err != nil || d >= sold {
			return d, err
		}
	}
	return calendar.next(nominal)
}

// release fills the day on which the reserve is paid.
func release(r *Request, t *trace, res *Result) error {
	if res.Reserve.IsZero() {
		return nil
	}
	d, err := r.Calendar.next(res.PayoutDate + reserveDays)
	if err != nil {
		return outside(&r.Transaction, err)
	}
	res.ReserveReleaseDate = d
	t.date("reserve_release_date", d, "30 days after the payout, next business day")
	return nil
}

// outside turns a day beyond the holiday table into a refusal of the day that led there.
func outside(tx *Transaction, err error) error {
	var beyond outsideTable
	field := "transaction.approved_at"
	switch {
	case tx.Event != Pay:
		field = "transaction.event_at"
	case tx.Captured != 0:
		field = "transaction.captured_at"
	}
	if errors.As(err, &beyond) {
		return refuse("DATE_OUTSIDE_HOLIDAYS", field, "%s", beyond)
	}
	return refuse("NO_BUSINESS_DAY", "holidays", "%s", err)
}
