package calc

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// ResultFields names the fields of a result in the order in which AppendFields prints them.
var ResultFields = []string{
	"status", "sold_date", "gross", "fx_rate", "fx_date", "base_fee", "instalment_fee", "escrow_fee", "refund_fee", "fee", "fee_vat",
	"supply_amount", "tax_amount", "tax_free_amount", "reserve", "net", "payout_date", "reserve_release_date",
}

// AppendFields appends the fields of the result of r, with sep between them: amounts with the decimals of their currency, dates as
// 2025-02-14, the rate without trailing zeros, and nothing at all for what does not exist.
func (res *Result) AppendFields(dst []byte, r *Request, sep byte) []byte {
	settle, transaction := r.Contract.SettleCurrency.Exponent, r.Transaction.Currency.Exponent
	dst = append(append(dst, res.Status.String()...), sep)
	dst = append(res.SoldDate.Append(dst), sep)
	dst = append(AppendMoney(dst, res.Gross, settle), sep)
	if res.FXDate != 0 {
		dst = append(dst, res.FXRate.String()...)
	}
	dst = append(res.FXDate.Append(append(dst, sep)), sep)
	for _, d := range [...]*decimal.Decimal{&res.BaseFee, &res.InstalmentFee, &res.EscrowFee, &res.RefundFee, &res.Fee, &res.FeeVAT} {
		dst = append(AppendMoney(dst, *d, settle), sep)
	}
	for _, d := range [...]*decimal.Decimal{&res.SupplyAmount, &res.TaxAmount, &res.TaxFreeAmount} {
		dst = append(AppendMoney(dst, *d, transaction), sep)
	}
	dst = append(AppendMoney(dst, res.Reserve, settle), sep)
	dst = append(AppendMoney(dst, res.Net, settle), sep)
	dst = append(res.PayoutDate.Append(dst), sep)
	return res.ReserveReleaseDate.Append(dst)
}

// zeros are the spellings of nothing by number of decimals.
var zeros = [...]string{"0", "0.0", "0.00", "0.000", "0.0000"}

// AppendMoney appends an amount with exactly the given decimals. It is the only place in which money is printed. It does not
// round: an amount with more decimals than that is printed with all of them, so that a slip is seen and not hidden.
func AppendMoney(dst []byte, d decimal.Decimal, places int32) []byte {
	if d.IsZero() && int(places) < len(zeros) {
		return append(dst, zeros[places]...)
	}
	exponent := -d.Exponent()
	if d.NumDigits() > 15 || exponent < 0 || exponent > places || places-exponent > 3 {
		if tooFine(d, Currency{Exponent: places}) {
			return append(dst, d.String()...)
		}
		return append(dst, d.StringFixed(places)...)
	}
	// The common case by hand: the coefficient as an integer with a point put in.
	n := d.CoefficientInt64()
	for ; exponent < places; exponent++ {
		n *= 10
	}
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	if places == 0 {
		return strconv.AppendInt(dst, n, 10)
	}
	scale := int64(1)
	for range places {
		scale *= 10
	}
	dst = append(strconv.AppendInt(dst, n/scale, 10), '.')
	fraction := n % scale
	for scale /= 10; scale > 0; scale /= 10 {
		dst = append(dst, byte('0'+fraction/scale%10))
	}
	return dst
}
