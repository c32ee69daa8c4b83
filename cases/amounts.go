package cases

import (
	"errors"
	"fmt"
	"math/bits"

	"settleproof/calc"
)

// The amounts of a case are made from its contract, not picked: a class says what the amount has to do (end the fee on a tie, meet
// the minimum), and integer arithmetic finds the smallest amount from the typical one upwards that does it. Nothing here asks the
// calculator: a defect there must not move the cases that are to find it.

// fraction is num/den in lowest terms, both positive. A fee rate, or units of the settlement currency per unit of the transaction currency.
type fraction struct{ num, den int64 }

func newFraction(num, den int64) fraction {
	g := gcd(num, den)
	return fraction{num / g, den / g}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// tie returns the smallest a >= start for which a x f ends on exactly one half after an even (or odd) whole number. There is none
// where the denominator is odd: a whole number of such parts is never a half.
func (f fraction) tie(start int64, odd bool) (a int64, ok bool) {
	if f.den%2 != 0 {
		return 0, false
	}
	// a x num = den/2 (mod den), and num has an inverse because the fraction is in lowest terms.
	residue := mulmod(f.den/2, inverse(f.num%f.den, f.den), f.den)
	a = start + mod(residue-start, f.den)
	if whole := floorTimes(a, f); (whole%2 != 0) != odd {
		a += f.den // num is odd, so the next tie has the other parity
	}
	return a, true
}

// floorTimes is a x f cut to a whole number, through 128 bits.
func floorTimes(a int64, f fraction) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(f.num))
	q, _ := bits.Div64(hi, lo, uint64(f.den))
	return int64(q)
}

// halfUpTimes is a x f rounded to the nearest whole number, ties up.
func halfUpTimes(a int64, f fraction) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(f.num))
	q, r := bits.Div64(hi, lo, uint64(f.den))
	if r >= uint64(f.den)-r {
		q++
	}
	return int64(q)
}

func mulmod(a, b, m int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	_, r := bits.Div64(hi%uint64(m), lo, uint64(m))
	return int64(r)
}

func mod(a, m int64) int64 {
	if a %= m; a < 0 {
		a += m
	}
	return a
}

// inverse returns x with a x = 1 (mod m), for a and m without a common factor.
func inverse(a, m int64) int64 {
	x, y, r := int64(1), int64(0), m
	for n := a; r != 0; {
		q := n / r
		n, r = r, n-q*r
		x, y = y, x-q*y
	}
	return mod(x, m)
}

// convertedTieTries bounds the search for an amount that converts to a given one: a step of the coarsest currency here (one cent
// of a EUR) is some 16 KRW, so one target in 16 is met; a thousand misses mean that there is none.
const convertedTieTries = 1000

// convertedTie returns an amount from start upwards that converts, rounded half up, into one whose fee is a tie.
func convertedTie(start int64, rate, fee fraction, odd bool) (a int64, ok bool) {
	target := halfUpTimes(start, rate)
	for range convertedTieTries {
		if target, ok = fee.tie(target+1, odd); !ok {
			return 0, false
		}
		// The amount next to target / rate.
		a = floorTimes(target, fraction{rate.den, rate.num})
		for ; halfUpTimes(a, rate) <= target; a++ {
			if halfUpTimes(a, rate) == target {
				return a, true
			}
		}
	}
	return 0, false
}

// sizes are the amounts of a currency that are simply chosen, in its smallest unit: an uneven one, a round one whose fees
// need no rounding, and two large ones.
type sizes struct{ typical, round, large, max int64 }

var sizesOf = map[string]sizes{
	"KRW": {64_601, 300_000, 12_340_000, 9_999_900_000},
	"USD": {123_45, 100_00, 98_765_43, 99_999_999_99},
	"EUR": {123_45, 100_00, 98_765_43, 99_999_999_99},
	"CNY": {888_88, 500_00, 98_765_43, 99_999_999_99},
	"JPY": {12_345, 20_000, 9_876_543, 9_999_999_999},
	"VND": {1_234_567, 2_000_000, 987_654_321, 999_999_999_999},
	"KWD": {41_237, 50_000, 32_109_876, 9_999_999_999},
}

// instalmentMinimum is the smallest amount that can be split, in KRW.
const instalmentMinimum = 50_000

// amountOf makes the paid amount of a case in the smallest unit of its currency.
func (b *Book) amountOf(c *bound) (int64, error) {
	size := c.size
	switch class := c.token(b.axis.amount); class {
	case "typical":
		return size.typical, nil
	case "round":
		return size.round, nil
	case "large":
		return size.large, nil
	case "max":
		return size.max, nil
	case "one_unit":
		return 1, nil
	case "instalment_min":
		return instalmentMinimum, nil
	case "below_min_fee", "at_min_fee", "above_min_fee":
		rate, minimum := fractionOf(c.fee.Rate), c.fee.Minimum.IntPart()
		at := (minimum*rate.den + rate.num - 1) / rate.num // smallest amount whose fee is not below the minimum
		return at + map[string]int64{"below_min_fee": -1, "at_min_fee": 0, "above_min_fee": 1}[class], nil
	case "tie", "tie_odd":
		rate := fractionOf(c.fee.Rate)
		odd := class == "tie_odd"
		if !c.converts || c.request.Contract.FX.Order == calc.FeeThenConvert {
			return found(rate.tie(size.typical, odd))
		}
		fx, err := b.conversion(c)
		if err != nil {
			return 0, err
		}
		return found(convertedTie(size.typical, fx, rate, odd))
	case "fx_tie":
		fx, err := b.conversion(c)
		if err != nil {
			return 0, err
		}
		return found(fx.tie(size.typical, false))
	default:
		return 0, fmt.Errorf("axes.yaml: amount class %q has no construction", class)
	}
}

func found(amount int64, ok bool) (int64, error) {
	if !ok {
		return 0, errors.New("no amount ends on a tie: the rates leave no half")
	}
	return amount, nil
}
