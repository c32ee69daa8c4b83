package calc_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"settleproof/calc"
)

// drawTerms draws what a payment and its cancels share: the changes of the sample but for event and amounts, and the decimals of an amount.
// The rate is never that of the payout's day, so that all rows of a payment are converted alike.
func drawTerms(t *rapid.T) (terms string, decimals int32) {
	pick := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	rate := func(label string) string {
		return decimal.New(int64(rapid.IntRange(0, 2000).Draw(t, label)), -4).String()
	}
	terms = "approved_at=2025-02-07T10:00:00+09:00 vat.mode=" + pick("VAT", "ADDED", "INCLUDED") + " vat.rate=" + pick("VAT rate", "0.10", "0", "0.19") +
		" fee.rate=" + rate("rate") + " reserve_rate=" + rate("reserve rate") +
		" cycle.kind=" + pick("cycle", "D", "WEEKLY", "TWICE_MONTHLY", "MONTHLY") + fmt.Sprint(" cycle.lag_days=", rapid.IntRange(0, 20).Draw(t, "lag")) +
		" holiday_shift=" + pick("shift", "BEFORE", "AFTER")
	for _, kind := range []string{"fee", "vat", "supply", "fx", "split", "reserve"} {
		terms += " rounding." + kind + "=" + pick("rounding of "+kind, "DOWN", "HALF_UP", "HALF_EVEN", "UP")
	}
	if pick("at home", "yes", "no") == "yes" {
		terms += fmt.Sprint(" fee.fixed=", rapid.IntRange(0, 500).Draw(t, "fixed"), " fee.minimum=", rapid.IntRange(0, 500).Draw(t, "minimum"))
		switch pick("extra", "none", "instalment", "escrow") {
		case "instalment":
			terms += " instalment_months=3 interest_payer=" + pick("payer", "BUYER", "MERCHANT") + " fee.instalment_rate=" + rate("instalment rate")
		case "escrow":
			terms += " escrow=true fee.escrow_rate=" + rate("escrow rate") + fmt.Sprint(" fee.escrow_fixed=", rapid.IntRange(0, 300).Draw(t, "escrow fixed"))
		}
		return terms, 0
	}
	currency := pick("currency", "USD", "JPY", "EUR", "KWD")
	decimals = map[string]int32{"USD": 2, "JPY": 0, "EUR": 2, "KWD": 3}[currency]
	terms += " method=OVERSEAS_CARD currency=" + currency + " fx.posting=FIRST fx.date=" + pick("rate date", "APPROVAL", "CAPTURE") +
		" fx.kind=" + pick("rate kind", "BASE", "TTB") + " fx.order=" + pick("order", "CONVERT_THEN_FEE", "FEE_THEN_CONVERT") +
		" fee.fixed=" + decimal.New(int64(rapid.IntRange(0, 99).Draw(t, "fixed")), -decimals).String()
	if currency != "USD" {
		terms += " settle_currency=" + pick("settled in", "KRW", "USD")
	}
	return terms, decimals
}

// drawAmounts draws what was paid and the part of it that is cancelled first, as numbers of the smallest unit. The paid amount can be split.
func drawAmounts(t *rapid.T, decimals int32) (paid, part decimal.Decimal) {
	n := rapid.OneOf(rapid.Int64Range(50_000, 60_000), rapid.Int64Range(50_000, 1_000_000_000), rapid.Int64Range(1e15, 1e18)).Draw(t, "paid")
	return decimal.New(n, -decimals), decimal.New(rapid.OneOf(rapid.Int64Range(1, n-1), rapid.Just(int64(1)), rapid.Just(n-1)).Draw(t, "part"), -decimals)
}

// event settles one event of a payment and looks at what holds for every row.
func event(t *rapid.T, tb testing.TB, terms, event string, amount, original decimal.Decimal) calc.Result {
	change := terms + " event=" + event + " amount=" + amount.String()
	if event != "PAY" {
		change += " phase=AFTER_CAPTURE event_at=2025-02-12T10:00:00+09:00 original_amount=" + original.String()
	}
	r := request(tb, change, posted)
	res, err := calc.Settle(&r)
	if err != nil {
		t.Fatalf("%s: %v", change, err)
	}
	if !res.Gross.Equal(res.Net.Add(res.Fee).Add(res.FeeVAT).Add(res.Reserve)) {
		t.Fatalf("%s: gross %s is not net %s + fee %s + VAT %s + reserve %s", change, res.Gross, res.Net, res.Fee, res.FeeVAT, res.Reserve)
	}
	if split := res.SupplyAmount.Add(res.TaxAmount).Add(res.TaxFreeAmount); !split.Abs().Equal(amount) || split.IsPositive() != (event == "PAY") {
		t.Fatalf("%s: the tax split adds up to %s", change, split)
	}
	if res.PayoutDate < res.SoldDate || (res.ReserveReleaseDate != 0) != !res.Reserve.IsZero() || res.ReserveReleaseDate != 0 && res.ReserveReleaseDate < res.PayoutDate+30 {
		t.Fatalf("%s: sold %s, paid %s, released %s", change, res.SoldDate, res.PayoutDate, res.ReserveReleaseDate)
	}
	if event != "PAY" && (!res.Reserve.IsZero() || res.Gross.IsPositive()) {
		t.Fatalf("%s: a cancel with gross %s, reserve %s", change, res.Gross, res.Reserve)
	}
	explained, steps, err := calc.Explain(&r)
	if a, b := string(res.AppendFields(nil, &r, ' ')), string(explained.AppendFields(nil, &r, ' ')); err != nil || a != b || len(steps) == 0 {
		t.Fatalf("%s: settled   %s\nexplained %s, %v", change, a, b, err)
	}
	return res
}

// figuresOf are the amounts that a cancel takes back.
func figuresOf(r calc.Result) [6]decimal.Decimal {
	return [6]decimal.Decimal{r.Gross, r.BaseFee, r.InstalmentFee, r.EscrowFee, r.Fee, r.FeeVAT}
}

// TestPaymentAndCancels: a payment and its whole cancel are nothing; a payment and a partial cancel are the payment of the rest; a payment, a
// partial cancel and the cancel of the rest are nothing (rules, part 6).
func TestPaymentAndCancels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		terms, decimals := drawTerms(rt)
		paid, part := drawAmounts(rt, decimals)
		rest := paid.Sub(part)
		payment := event(rt, t, terms, "PAY", paid, decimal.Zero)
		whole := event(rt, t, terms, "CANCEL", paid, paid)
		first := event(rt, t, terms, "PARTIAL_CANCEL", part, paid)
		second := event(rt, t, terms, "CANCEL", rest, rest)
		for i, p := range figuresOf(payment) {
			if sum := p.Add(figuresOf(whole)[i]); !sum.IsZero() {
				rt.Fatalf("%s: figure %d of payment and cancel adds up to %s", terms, i, sum)
			}
			if sum := p.Add(figuresOf(first)[i]).Add(figuresOf(second)[i]); !sum.IsZero() {
				rt.Fatalf("%s: figure %d of payment, partial cancel and the rest adds up to %s", terms, i, sum)
			}
		}
		if decimals != 0 || rest.GreaterThanOrEqual(decimal.New(50_000, 0)) { // what stays could be paid by instalments too
			alone := event(rt, t, terms, "PAY", rest, decimal.Zero)
			for i, p := range figuresOf(payment) {
				if sum := p.Add(figuresOf(first)[i]); !sum.Equal(figuresOf(alone)[i]) {
					rt.Fatalf("%s: figure %d of payment and partial cancel is %s, of a payment of the rest %s", terms, i, sum, figuresOf(alone)[i])
				}
			}
		}
	})
}

// TestKeptFee: whatever the terms, a cancel that keeps the fee returns the converted amount alone, and the parts of it add up to the whole.
func TestKeptFee(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		terms, decimals := drawTerms(rt)
		paid, part := drawAmounts(rt, decimals)
		terms += " fee.on_cancel=KEEP"
		sum := event(rt, t, terms, "PAY", paid, decimal.Zero).Gross
		for _, c := range []calc.Result{event(rt, t, terms, "PARTIAL_CANCEL", part, paid), event(rt, t, terms, "CANCEL", paid.Sub(part), paid.Sub(part))} {
			if !c.Net.Equal(c.Gross) || !c.Fee.IsZero() || !c.FeeVAT.IsZero() {
				rt.Fatalf("%s: kept fee, but %+v", terms, c)
			}
			sum = sum.Add(c.Gross)
		}
		if !sum.IsZero() {
			rt.Fatalf("%s: payment and cancels add up to %s", terms, sum)
		}
	})
}

// TestExplainNamesTheFigures: the last step of each name is the printed field of the result.
func TestExplainNamesTheFigures(t *testing.T) {
	for _, change := range []string{
		"reserve_rate=0.1", "currency=USD amount=12.34 reserve_rate=0.1" + overseas + early, "currency=USD amount=12.34 reserve_rate=0.1" + overseas + late,
		"amount=50025 escrow=true fee.escrow_rate=0.002", "original_amount=64601 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-12T10:00:00+09:00",
	} {
		r := request(t, change, posted)
		res, steps, err := calc.Explain(&r)
		if err != nil {
			t.Fatal(err)
		}
		last := make(map[string]string)
		for _, s := range steps {
			if s.How == "" {
				t.Errorf("%s: step %s does not say how", change, s.Name)
			}
			last[s.Name] = s.Value
		}
		delete(last, "") // headings
		for name, value := range last {
			want, ok := fieldsOf(&r, &res)[name]
			if !ok || value != want && value != want+" KRW" && value != want+" USD" {
				t.Errorf("%s: step %s ends at %q, the result has %q", change, name, value, want)
			}
		}
	}
}
