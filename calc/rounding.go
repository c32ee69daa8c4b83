package calc

import (
	"math/big"

	"github.com/shopspring/decimal"
)

// Mode says how an amount is cut to the decimals of its currency. Every mode works on the magnitude: -1.5 rounds like
// 1.5 with the sign put back.
type Mode uint8

// The rounding modes of the settlement rules.
const (
	Down     Mode = iota + 1 // toward zero
	HalfUp                   // to the nearest, ties away from zero
	HalfEven                 // to the nearest, ties to the even neighbour
	Up                       // away from zero
)

// digitsMax is how many decimal digits certainly fit an int64.
const digitsMax = 18

var pow10 = func() (p [digitsMax + 1]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// Round cuts d to the given number of decimals.
func Round(d decimal.Decimal, places int32, mode Mode) decimal.Decimal {
	if -d.Exponent() <= places {
		return d // no decimals to lose
	}
	return Divide(d, one, places, mode)
}

// Multiply returns a x b cut to the given number of decimals, in one rounding.
func Multiply(a, b decimal.Decimal, places int32, mode Mode) decimal.Decimal {
	// Nearly all amounts and rates are short: their product is one machine word, and no big integer is needed.
	if a.NumDigits()+b.NumDigits() <= digitsMax {
		drop := -(a.Exponent() + b.Exponent()) - places
		if 0 <= drop && drop <= digitsMax {
			return decimal.New(quotient(a.CoefficientInt64()*b.CoefficientInt64(), pow10[drop], mode), -places)
		}
	}
	return Round(a.Mul(b), places, mode)
}

// plus returns a + b.
func plus(a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() { // most fee parts are nothing
		return a
	}
	if n, m, exponent, ok := align(a, b); ok {
		return decimal.New(n+m, exponent)
	}
	return a.Add(b)
}

// minus returns a - b.
func minus(a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() {
		return a
	}
	if n, m, exponent, ok := align(a, b); ok {
		return decimal.New(n-m, exponent)
	}
	return a.Sub(b)
}

// negative is -a.
func negative(a decimal.Decimal) decimal.Decimal {
	if a.IsZero() {
		return decimal.Zero
	}
	return a.Neg()
}

// withoutTax takes the tax of the given rate out of an amount that contains it: a / (1 + rate), rounded once.
func withoutTax(a, rate decimal.Decimal, places int32, mode Mode) decimal.Decimal {
	decimals, drop := -rate.Exponent(), -a.Exponent()-places
	if 0 <= decimals && rate.NumDigits() < digitsMax/2 && decimals < digitsMax/2 && 0 <= decimals-drop && a.NumDigits()+int(decimals-drop) <= digitsMax {
		// Both as integers, so that no decimal is made for 1 + rate.
		return decimal.New(quotient(a.CoefficientInt64()*pow10[decimals-drop], pow10[decimals]+rate.CoefficientInt64(), mode), -places)
	}
	return Divide(a, plus(one, rate), places, mode)
}

// align writes a and b as integers of one exponent; ok says whether their sum and difference fit a machine word too.
func align(a, b decimal.Decimal) (n, m int64, exponent int32, ok bool) {
	exponent = min(a.Exponent(), b.Exponent())
	up, vp := a.Exponent()-exponent, b.Exponent()-exponent
	if a.NumDigits()+int(up) >= digitsMax || b.NumDigits()+int(vp) >= digitsMax {
		return 0, 0, 0, false
	}
	return a.CoefficientInt64() * pow10[up], b.CoefficientInt64() * pow10[vp], exponent, true
}

// Divide returns a / b cut to the given number of decimals. The quotient is never rounded twice: the remainder decides.
// b must be positive.
func Divide(a, b decimal.Decimal, places int32, mode Mode) decimal.Decimal {
	// a = n x 10^ea, b = m x 10^eb: the result counts (n x 10^(ea-eb+places)) / m units of the last decimal.
	shift := a.Exponent() - b.Exponent() + places
	if shift >= 0 {
		if a.NumDigits()+int(shift) <= digitsMax && b.NumDigits() <= digitsMax {
			return decimal.New(quotient(a.CoefficientInt64()*pow10[shift], b.CoefficientInt64(), mode), -places)
		}
	} else if a.NumDigits() <= digitsMax && b.NumDigits()+int(-shift) <= digitsMax {
		return decimal.New(quotient(a.CoefficientInt64(), b.CoefficientInt64()*pow10[-shift], mode), -places)
	}
	n, m := a.Coefficient(), b.Coefficient()
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		n.Mul(n, scale)
	} else {
		m.Mul(m, scale)
	}
	return decimal.NewFromBigInt(bigQuotient(n, m, mode), -places)
}

// quotient returns n / m as an integer, m > 0.
func quotient(n, m int64, mode Mode) int64 {
	q, r := n/m, n%m // cut toward zero
	if r == 0 {
		return q
	}
	step := int64(1)
	if n < 0 {
		step, r = -1, -r
	}
	half := 0 // of the remainder against half a unit; without doubling, which could overflow
	switch rest := m - r; {
	case r > rest:
		half = 1
	case r < rest:
		half = -1
	}
	if away(mode, half, q&1 == 1) {
		return q + step
	}
	return q
}

// bigQuotient is quotient for numbers of any size.
func bigQuotient(n, m *big.Int, mode Mode) *big.Int {
	q, r := new(big.Int).QuoRem(n, m, new(big.Int))
	if r.Sign() == 0 {
		return q
	}
	half := new(big.Int).Abs(r)
	if away(mode, half.Lsh(half, 1).Cmp(m), q.Bit(0) == 1) {
		q.Add(q, big.NewInt(int64(n.Sign())))
	}
	return q
}

// away reports whether a cut that loses something goes away from zero. half compares what is lost with half a unit, odd
// says whether the digit that stays is odd. It is the only place that knows what a mode means.
func away(mode Mode, half int, odd bool) bool {
	switch mode {
	case Up:
		return true
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	default:
		return false
	}
}
