package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Rate is one posting of a bank: what Unit units of Currency cost in Quote on a day.
type Rate struct {
	Date            Date
	Currency, Quote string // ISO 4217
	Posting         Posting
	Unit            decimal.Decimal // 1, or 100 for JPY and VND
	Base, TTB       decimal.Decimal
}

// Rates is a table of posted rates, ready for look-up.
type Rates struct {
	pairs  map[pair][]posted   // ascending days
	quotes map[string][]string // what a currency is quoted in, ascending
}

type pair struct{ currency, quote string }

// posted holds a day's rates per one unit of the currency, by posting and kind.
type posted struct {
	day   Date
	rates [LastPosting + 1][TTBRate + 1]decimal.Decimal
	given [LastPosting + 1]bool
}

// crossDecimals is the precision of a crossed rate (settlement rules, part 3).
const crossDecimals = 8

// NewRates builds the table. It refuses, naming the entry, a rate or unit that is not positive, a unit that is no power
// of ten (its price per one unit would have no end), a currency quoted in itself, and a posting given twice.
func NewRates(list []Rate) (*Rates, error) {
	t := &Rates{pairs: make(map[pair][]posted)}
	sorted := make([]int, len(list))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Compare(list[a].Date, list[b].Date) })
	for _, i := range sorted {
		r := list[i]
		at := func(field, what string) error {
			return &Refusal{Code: "BAD_RATE", Field: fmt.Sprintf("rates[%d].%s", i, field), Message: what}
		}
		shift, ok := powerOfTen(r.Unit)
		switch {
		case !ok:
			return nil, at("unit", "the unit of a rate is 1, 10, 100, ...")
		case !r.Base.IsPositive():
			return nil, at("base", "a rate is positive")
		case !r.TTB.IsPositive():
			return nil, at("ttb", "a rate is positive")
		case r.Currency == r.Quote:
			return nil, at("quote", "a currency is not quoted in itself")
		}
		p := pair{r.Currency, r.Quote}
		days := t.pairs[p]
		if len(days) == 0 || days[len(days)-1].day != r.Date {
			days = append(days, posted{day: r.Date})
		}
		d := &days[len(days)-1]
		if d.given[r.Posting] {
			return nil, at("posting", "this posting of the day is given twice")
		}
		d.given[r.Posting] = true
		d.rates[r.Posting][BaseRate] = r.Base.Shift(-shift)
		d.rates[r.Posting][TTBRate] = r.TTB.Shift(-shift)
		t.pairs[p] = days
	}
	t.quotes = make(map[string][]string)
	for p := range t.pairs {
		t.quotes[p.currency] = append(t.quotes[p.currency], p.quote)
	}
	for _, list := range t.quotes {
		slices.Sort(list)
	}
	return t, nil
}

// powerOfTen returns n of a unit 10^n.
func powerOfTen(unit decimal.Decimal) (n int32, ok bool) {
	digits := unit.String()
	if !strings.HasPrefix(digits, "1") || strings.Trim(digits[1:], "0") != "" {
		return 0, false
	}
	return int32(len(digits) - 1), true
}

// found is a rate and where it came from.
type found struct {
	rate decimal.Decimal // per one unit of the transaction currency
	day  Date            // on which it was posted
	via  string          // quote currency of a crossed rate, "" for a direct one
	a, b decimal.Decimal // the two rates of a crossed one
}

// find returns the rate of a pair for a day. In order:
//
//  1. A day without postings takes the previous day that has one.
//  2. The pair itself is taken where the table has it up to that day.
//  3. Else both currencies' rates into a common quote, of the same day and posting, are divided, HALF_UP at 8 decimals.
//     Of several common quotes the first by code is taken.
//  4. A day that has postings but not the one asked for has no rate: an older one would be a guess.
func (t *Rates) find(currency, settle string, day Date, posting Posting, kind RateKind) (found, bool) {
	if t == nil {
		return found{}, false
	}
	if days := t.pairs[pair{currency, settle}]; len(days) > 0 {
		if i := lastUpTo(days, day); i >= 0 {
			return found{rate: days[i].rates[posting][kind], day: days[i].day}, days[i].given[posting]
		}
	}
	for _, quote := range t.quotes[currency] {
		as, bs := t.pairs[pair{currency, quote}], t.pairs[pair{settle, quote}]
		i, j := lastUpTo(as, day), lastUpTo(bs, day)
		for i >= 0 && j >= 0 && as[i].day != bs[j].day { // the last day on which both were posted
			if as[i].day > bs[j].day {
				i--
			} else {
				j--
			}
		}
		if i < 0 || j < 0 {
			continue
		}
		if !as[i].given[posting] || !bs[j].given[posting] {
			return found{}, false
		}
		a, b := as[i].rates[posting][kind], bs[j].rates[posting][kind]
		return found{rate: Divide(a, b, crossDecimals, HalfUp), day: as[i].day, via: quote, a: a, b: b}, true
	}
	return found{}, false
}

// lastUpTo returns the index of the last day up to d, -1 when there is none.
func lastUpTo(days []posted, d Date) int {
	i, same := slices.BinarySearchFunc(days, d, func(p posted, d Date) int { return cmp.Compare(p.day, d) })
	if same {
		return i
	}
	return i - 1
}
