package cases

import (
	"fmt"

	"github.com/shopspring/decimal"

	"settleproof/calc"
	"settleproof/calc/terms"
)

// quotes answers, for the making of amounts, which rate a day has: an own look-up in the posted rates, so that a defect in the
// calculator's does not move the cases.
type quotes struct {
	first  calc.Date
	series map[quoteKey][]int64 // by day from first on: 1/100 KRW per quoting unit; 0 before the first posting
	unit   map[string]int64
}

type quoteKey struct {
	currency string
	kind     calc.RateKind
	posting  calc.Posting
}

// newQuotes lays the postings out by day. A day without postings shows the previous day that has one.
func newQuotes(postings []terms.Posting) (*quotes, error) {
	q := &quotes{series: map[quoteKey][]int64{}, unit: map[string]int64{}}
	if len(postings) == 0 {
		return nil, fmt.Errorf("posted_rates.csv: no postings")
	}
	q.first = postings[0].Date
	last := q.first
	for _, p := range postings {
		q.first, last = min(q.first, p.Date), max(last, p.Date)
	}
	rounds := map[quoteKey][]int{} // the round that stands in the series
	for _, p := range postings {
		if unit, known := q.unit[p.Currency]; known && unit != p.Unit.IntPart() {
			return nil, fmt.Errorf("posted_rates.csv: %s is quoted per %d and per %s", p.Currency, unit, p.Unit)
		}
		q.unit[p.Currency] = p.Unit.IntPart()
		for _, kind := range []calc.RateKind{calc.BaseRate, calc.TTBRate} {
			rate := p.Base
			if kind == calc.TTBRate {
				rate = p.TTB
			}
			cents := rate.Shift(2)
			if !cents.IsInteger() {
				return nil, fmt.Errorf("posted_rates.csv: %s of %s has more than two decimals: %s", p.Currency, p.Date, rate)
			}
			for _, posting := range []calc.Posting{calc.FirstPosting, calc.LastPosting} {
				key := quoteKey{p.Currency, kind, posting}
				if q.series[key] == nil {
					q.series[key], rounds[key] = make([]int64, last-q.first+1), make([]int, last-q.first+1)
				}
				day, seen := p.Date-q.first, &rounds[key][p.Date-q.first]
				if *seen == 0 || posting == calc.FirstPosting && p.Round < *seen || posting == calc.LastPosting && p.Round > *seen {
					*seen, q.series[key][day] = p.Round, cents.IntPart()
				}
			}
		}
	}
	for _, series := range q.series { // each series on its own: the order does not matter
		for i := 1; i < len(series); i++ {
			if series[i] == 0 {
				series[i] = series[i-1]
			}
		}
	}
	return q, nil
}

// at returns the rate of a day in 1/100 KRW per quoting unit.
func (q *quotes) at(currency string, fx calc.FX, day calc.Date) (int64, error) {
	series := q.series[quoteKey{currency, fx.Kind, fx.Posting}]
	if i := min(int(day-q.first), len(series)-1); i >= 0 && series[i] != 0 {
		return series[i], nil
	}
	return 0, fmt.Errorf("posted_rates.csv: no rate of %s up to %s", currency, day)
}

// crossScale is the precision of a crossed rate: 8 decimals (settlement rules, part 3).
const crossScale = 100_000_000

// conversion returns what one smallest unit of the transaction currency is worth in smallest units of the settlement currency, at
// the rate of the approval's or the capture's day.
func (b *Book) conversion(c *bound) (fraction, error) {
	tx, contract := &c.request.Transaction, &c.request.Contract
	day := tx.Approved
	if contract.FX.Date == calc.OnCapture && tx.Captured != 0 {
		day = tx.Captured
	}
	cents, err := b.quotes.at(tx.Currency.Code, contract.FX, day)
	if err != nil {
		return fraction{}, err
	}
	unit := b.quotes.unit[tx.Currency.Code]
	num, den := cents, 100*unit
	if settle := contract.SettleCurrency.Code; settle != "KRW" {
		by, err := b.quotes.at(settle, contract.FX, day)
		if err != nil {
			return fraction{}, err
		}
		crossed := newFraction(cents*b.quotes.unit[settle], unit*by)
		num, den = halfUpTimes(crossScale, crossed), crossScale
	}
	for range contract.SettleCurrency.Exponent {
		num *= 10
	}
	for range tx.Currency.Exponent {
		den *= 10
	}
	return newFraction(num, den), nil
}

// fractionOf writes a rate as a fraction.
func fractionOf(rate decimal.Decimal) fraction {
	num, den := rate.CoefficientInt64(), int64(1)
	for range -rate.Exponent() {
		den *= 10
	}
	return newFraction(num, den)
}
