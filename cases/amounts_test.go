package cases

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// exact is a x f without rounding.
func exact(a int64, f fraction) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).SetInt64(a), big.NewRat(f.num, f.den))
}

// isTie reports whether a x f ends on one half after a whole number of the given parity.
func isTie(a int64, f fraction, odd bool) bool {
	twice := exact(a, f)
	twice.Mul(twice, big.NewRat(2, 1))
	if !twice.IsInt() || twice.Num().Bit(0) == 0 {
		return false
	}
	whole := new(big.Int).Rsh(twice.Num(), 1)
	return (whole.Bit(0) == 1) == odd
}

func TestTie(t *testing.T) {
	for _, row := range []struct {
		reason    string
		rate      fraction
		start     int64
		odd       bool
		want      int64
		wantFound bool
	}{
		{"3.4 % of 65,250 is 2,218.5", newFraction(34, 1000), 64_601, false, 65_250, true},
		{"3.4 % of 64,750 is 2,201.5", newFraction(34, 1000), 64_601, true, 64_750, true},
		{"0.15 % of 67,000 is 100.5: a tie comes every 2,000", newFraction(15, 10000), 64_601, false, 67_000, true},
		{"a tie at the start itself counts", newFraction(34, 1000), 65_250, false, 65_250, true},
		{"4 % is 1/25: no whole number of 25ths is a half", newFraction(4, 100), 1, false, 0, false},
		{"a rate above one works as well: 50.00 at 1,447.21 is 72,360.5", newFraction(144_721, 100*100), 4_999, false, 5_000, true},
	} {
		got, found := row.rate.tie(row.start, row.odd)
		if got != row.want || found != row.wantFound {
			t.Errorf("%s: tie of %v from %d = %d, %t; want %d, %t", row.reason, row.rate, row.start, got, found, row.want, row.wantFound)
		}
	}
}

func TestTieProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFraction(rapid.Int64Range(1, 1_000_000).Draw(t, "num"), rapid.Int64Range(1, 1_000_000).Draw(t, "den"))
		start := rapid.Int64Range(1, 1_000_000_000).Draw(t, "start")
		odd := rapid.Bool().Draw(t, "odd")
		a, found := f.tie(start, odd)
		if found != (f.den%2 == 0) {
			t.Fatalf("a tie is found exactly where the denominator is even: %v, %t", f, found)
		}
		if !found {
			return
		}
		if a < start || a >= start+2*f.den || !isTie(a, f, odd) {
			t.Fatalf("tie of %v from %d (odd %t) = %d: not the next one", f, start, odd, a)
		}
		for b := max(start, a-1000); b < a; b++ { // none is passed over
			if isTie(b, f, odd) {
				t.Fatalf("tie of %v from %d (odd %t) = %d passes over %d", f, start, odd, a, b)
			}
		}
	})
}

func TestConvertedTie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := newFraction(rapid.Int64Range(1, 500_000).Draw(t, "rate"), rapid.SampledFrom([]int64{100, 1_000, 10_000, 100_000}).Draw(t, "scale"))
		fee := newFraction(rapid.SampledFrom([]int64{45, 340, 15, 90}).Draw(t, "fee"), 1000)
		odd := rapid.Bool().Draw(t, "odd")
		start := rapid.Int64Range(100, 10_000_000).Draw(t, "start")
		a, found := convertedTie(start, rate, fee, odd)
		if !found {
			t.Skip("no amount converts into a tie")
		}
		converted := exact(a, rate)
		converted.Add(converted, big.NewRat(1, 2))
		rounded := new(big.Int).Quo(converted.Num(), converted.Denom()).Int64()
		if !isTie(rounded, fee, odd) {
			t.Fatalf("%d at %v converts into %d, whose fee at %v is no tie (odd %t)", a, rate, rounded, fee, odd)
		}
	})
}

func TestRoundedTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFraction(rapid.Int64Range(1, 1_000_000_000).Draw(t, "num"), rapid.Int64Range(1, 1_000_000_000).Draw(t, "den"))
		a := rapid.Int64Range(0, 1_000_000_000).Draw(t, "a")
		product := exact(a, f)
		if got, want := floorTimes(a, f), new(big.Int).Quo(product.Num(), product.Denom()).Int64(); got != want {
			t.Fatalf("floorTimes(%d, %v) = %d, want %d", a, f, got, want)
		}
		product.Add(product, big.NewRat(1, 2))
		if got, want := halfUpTimes(a, f), new(big.Int).Quo(product.Num(), product.Denom()).Int64(); got != want {
			t.Fatalf("halfUpTimes(%d, %v) = %d, want %d", a, f, got, want)
		}
	})
}
