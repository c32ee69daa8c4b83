package calc

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Step is one line of how a result came about.
type Step struct {
	Name  string `json:"step"`
	Value string `json:"value"`
	How   string `json:"how"`
}

// Explain is Settle with the trace: every figure with the inputs, the rate and the rounding that made it.
func Explain(r *Request) (Result, []Step, error) {
	t := &trace{}
	res, err := settle(r, t)
	return res, t.steps, err
}

// trace collects the steps. A nil trace collects nothing and costs nothing: no text is built for it.
type trace struct{ steps []Step }

func (t *trace) note(name, value, how string) {
	if t != nil {
		t.steps = append(t.steps, Step{name, value, how})
	}
}

func (t *trace) section(how string, amount decimal.Decimal) {
	if t != nil {
		t.note("", "", how+" "+amount.String())
	}
}

func (t *trace) date(name string, d Date, how string) {
	if t != nil {
		t.note(name, d.String(), how)
	}
}

func (t *trace) amount(name string, d decimal.Decimal, in Currency, how string) {
	if t != nil {
		t.note(name, d.StringFixed(in.Exponent)+" "+in.Code, how)
	}
}

func (t *trace) share(name string, amount, rate, fixed, value decimal.Decimal, in Currency, mode Mode) {
	if t == nil {
		return
	}
	how := fmt.Sprintf("%s x %s = %s, %s to %d decimals", amount, rate, amount.Mul(rate), mode, in.Exponent)
	if !fixed.IsZero() {
		how += ", + " + fixed.String()
	}
	t.amount(name, value, in, how)
}

func (t *trace) converted(name string, amount, rate, value decimal.Decimal, c *Contract) {
	if t != nil && c.FX.Order != 0 && !amount.IsZero() {
		t.amount(name, value, c.SettleCurrency, fmt.Sprintf("%s x %s = %s, %s", amount, rate, amount.Mul(rate), c.Rounding.FX))
	}
}

func (t *trace) rate(f found, fx FX, day Date, from, to string) {
	if t == nil {
		return
	}
	how := fmt.Sprintf("%s %s of %s in %s for %s (%s), posted %s", fx.Posting, fx.Kind, from, to, day, fx.Date, f.day)
	if f.via != "" {
		how += fmt.Sprintf(", %s / %s %s, HALF_UP to %d decimals", f.a, f.b, f.via, crossDecimals)
	}
	t.note("fx_rate", f.rate.String(), how)
}

func (t *trace) vat(total, fee, vat decimal.Decimal, in Currency, c *Contract) {
	if t == nil {
		return
	}
	how := fmt.Sprintf("total %s, VAT %s added, %s", total, c.VAT.Rate, c.Rounding.VAT)
	if c.VAT.Mode == VATIncluded {
		how = fmt.Sprintf("total %s contains VAT %s: / %s, %s", total, c.VAT.Rate, one.Add(c.VAT.Rate), c.Rounding.Supply)
	}
	t.amount("fee", fee, in, how)
	t.amount("fee_vat", vat, in, c.VAT.Mode.String())
}

func (t *trace) split(res *Result, in Currency, c *Contract) {
	if t == nil {
		return
	}
	t.amount("supply_amount", res.SupplyAmount, in, fmt.Sprintf("taxed part / %s, %s", one.Add(c.VAT.Rate), c.Rounding.Split))
	t.amount("tax_amount", res.TaxAmount, in, "the rest of the taxed part")
	t.amount("tax_free_amount", res.TaxFreeAmount, in, "tax-free share")
}

func (t *trace) payout(d Date, c *Contract) {
	if t == nil {
		return
	}
	how := fmt.Sprintf("%s, %d days after the closing day, %s a holiday", c.Cycle.Kind, c.Cycle.LagDays, c.HolidayShift)
	if c.Cycle.Kind == BusinessDays {
		how = fmt.Sprintf("%d business days after the sold date", c.Cycle.LagDays)
	}
	t.note("payout_date", d.String(), how)
}

// soldDateBasis says in words where the sold date comes from.
func soldDateBasis(t *Transaction) string {
	basis := "the capture's day"
	switch {
	case t.Event != Pay:
		basis = "the cancel's day"
	case t.Captured == 0:
		basis = "the approval's day"
	}
	if t.Escrow {
		basis += fmt.Sprintf(" + %d days of escrow", escrowDays)
	}
	return basis
}
