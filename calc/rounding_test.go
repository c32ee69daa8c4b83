package calc_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"settleproof/calc"
)

func dec(t testing.TB, s string) decimal.Decimal {
	t.Helper()
	d, err := calc.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRound holds each mode to its definition: DOWN toward zero, HALF_UP ties away from zero, HALF_EVEN ties to even, UP away from zero.
func TestRound(t *testing.T) {
	for _, row := range []struct {
		reason, value              string
		places                     int32
		down, halfUp, halfEven, up string
	}{
		{"nothing to lose", "7", 0, "7", "7", "7", "7"},
		{"nothing to lose but zeros", "7.00", 0, "7", "7", "7", "7"},
		{"zero", "0.000", 0, "0", "0", "0", "0"},
		{"below half", "7.49", 0, "7", "7", "7", "8"},
		{"tie above an odd digit", "7.5", 0, "7", "8", "8", "8"},
		{"tie above an even digit", "8.5", 0, "8", "9", "8", "9"},
		{"tie above zero", "0.5", 0, "0", "1", "0", "1"},
		{"just above the tie", "8.5000001", 0, "8", "9", "9", "9"},
		{"just below the tie", "7.4999999", 0, "7", "7", "7", "8"},
		{"the least there is", "0.00000001", 0, "0", "0", "0", "1"},
		{"carried over", "9.99", 0, "9", "10", "10", "10"},
		{"the sign is put back: below half", "-7.49", 0, "-7", "-7", "-7", "-8"},
		{"negative tie, odd", "-7.5", 0, "-7", "-8", "-8", "-8"},
		{"negative tie, even", "-8.5", 0, "-8", "-9", "-8", "-9"},
		{"negative, towards nothing", "-0.5", 0, "0", "-1", "0", "-1"},
		{"two decimals, tie", "1.005", 2, "1", "1.01", "1", "1.01"},
		{"two decimals, odd tie", "1.015", 2, "1.01", "1.02", "1.02", "1.02"},
		{"three decimals", "1.2345", 3, "1.234", "1.235", "1.234", "1.235"},
		{"beyond 64 bits, tie", "123456789012345678901234567890.5", 0, "123456789012345678901234567890", "123456789012345678901234567891", "123456789012345678901234567890", "123456789012345678901234567891"},
		{"beyond 64 bits, odd tie", "-99999999999999999999.5", 0, "-99999999999999999999", "-100000000000000000000", "-100000000000000000000", "-100000000000000000000"},
		{"the largest 64-bit number and a bit", "9223372036854775807.5", 0, "9223372036854775807", "9223372036854775808", "9223372036854775808", "9223372036854775808"},
		{"many decimals", "0.00000000000000000000000000000000000005", 37, "0", "0.0000000000000000000000000000000000001", "0", "0.0000000000000000000000000000000000001"},
	} {
		for mode, want := range map[calc.Mode]string{calc.Down: row.down, calc.HalfUp: row.halfUp, calc.HalfEven: row.halfEven, calc.Up: row.up} {
			if got := calc.Round(dec(t, row.value), row.places, mode); got.String() != want {
				t.Errorf("%s %s to %d: %s, want %s (%s)", row.value, mode, row.places, got, want, row.reason)
			}
		}
	}
}

// drawDecimal is an amount or rate of any size, small ones and neighbours of the 64-bit edge more often.
func drawDecimal(t *rapid.T, label string) decimal.Decimal {
	digits := rapid.SampledFrom([]string{`[0-9]{1,4}`, `[0-9]{5,9}`, `[0-9]{8,10}`, `[0-9]{17,20}`, `92233720368547758[0-9]{2}`, `[0-9]{25,35}`, `[1-9]0{0,20}`, `[0-9]{1,3}50{0,12}`}).Draw(t, label+" shape")
	n, ok := new(big.Int).SetString(rapid.StringMatching(digits).Draw(t, label+" digits"), 10)
	if !ok {
		t.Fatal("digits are no number")
	}
	if rapid.Bool().Draw(t, label+" negative") {
		n.Neg(n)
	}
	return decimal.NewFromBigInt(n, -rapid.Int32Range(-3, 12).Draw(t, label+" decimals"))
}

// expectRounded holds a rounded number to the definition of its mode, in fractions: at most so many decimals, less than one unit away, on the
// side and at the distance that the mode asks for.
func expectRounded(t *rapid.T, exact *big.Rat, got decimal.Decimal, places int32, mode calc.Mode) {
	unit := decimal.New(1, -places).Rat()
	units := new(big.Rat).Quo(got.Rat(), unit)
	if !units.IsInt() {
		t.Fatalf("%s has more than %d decimals", got, places)
	}
	size, away := new(big.Rat).Abs(exact), new(big.Rat).Abs(got.Rat())
	if got.Sign() != 0 && got.Sign() != exact.Sign() {
		t.Fatalf("%s of %s changes sign", got, exact)
	}
	lost := new(big.Rat).Sub(size, away) // positive when the cut went toward zero
	half := new(big.Rat).Quo(unit, big.NewRat(2, 1))
	distance := new(big.Rat).Abs(lost).Cmp(half)
	odd := units.Num().Bit(0) == 1
	var fine bool
	switch mode {
	case calc.Down:
		fine = lost.Sign() >= 0 && lost.Cmp(unit) < 0
	case calc.Up:
		fine = lost.Sign() <= 0 && new(big.Rat).Neg(lost).Cmp(unit) < 0
	case calc.HalfUp:
		fine = distance < 0 || distance == 0 && lost.Sign() < 0
	case calc.HalfEven:
		fine = distance < 0 || distance == 0 && !odd
	}
	if !fine {
		t.Fatalf("%s is not %s %s to %d decimals", got, exact.FloatString(int(places)+12), mode, places)
	}
}

func drawMode(t *rapid.T) calc.Mode {
	return rapid.SampledFrom([]calc.Mode{calc.Down, calc.HalfUp, calc.HalfEven, calc.Up}).Draw(t, "mode")
}

func TestRoundingAgainstFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDecimal(t, "a"), drawDecimal(t, "b")
		places, mode := rapid.Int32Range(0, 8).Draw(t, "places"), drawMode(t)
		expectRounded(t, a.Rat(), calc.Round(a, places, mode), places, mode)
		expectRounded(t, new(big.Rat).Mul(a.Rat(), b.Rat()), calc.Multiply(a, b, places, mode), places, mode)
		if b = b.Abs(); !b.IsZero() {
			expectRounded(t, new(big.Rat).Quo(a.Rat(), b.Rat()), calc.Divide(a, b, places, mode), places, mode)
		}
	})
}

// TestShortAndLongPath spells the same numbers with so many zeros behind the point that no machine word holds them: the value must not change.
func TestShortAndLongPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := decimal.New(rapid.Int64Range(-9_999_999_999, 9_999_999_999).Draw(t, "a"), -rapid.Int32Range(0, 4).Draw(t, "a decimals"))
		b := decimal.New(rapid.Int64Range(1, 99_999_999).Draw(t, "b"), -rapid.Int32Range(0, 8).Draw(t, "b decimals"))
		places, mode := rapid.Int32Range(0, 8).Draw(t, "places"), drawMode(t)
		long := func(d decimal.Decimal) decimal.Decimal {
			zeros := new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil)
			return decimal.NewFromBigInt(zeros.Mul(zeros, d.Coefficient()), d.Exponent()-30)
		}
		if short, slow := calc.Multiply(a, b, places, mode), calc.Multiply(long(a), long(b), places, mode); !short.Equal(slow) {
			t.Fatalf("%s x %s: %s short, %s long", a, b, short, slow)
		}
		if short, slow := calc.Divide(a, b, places, mode), calc.Divide(long(a), long(b), places, mode); !short.Equal(slow) {
			t.Fatalf("%s / %s: %s short, %s long", a, b, short, slow)
		}
		if short, slow := calc.Round(a, places, mode), calc.Round(long(a), places, mode); !short.Equal(slow) {
			t.Fatalf("%s: %s short, %s long", a, short, slow)
		}
	})
}

// TestAppendMoney holds the hand-written printer to the library's, and shows what it does with what is finer than the currency.
func TestAppendMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.Int32Range(0, 6).Draw(t, "places")
		d := calc.Round(drawDecimal(t, "d"), places, calc.Down)
		if got := string(calc.AppendMoney([]byte("x="), d, places)); got != "x="+d.StringFixed(places) {
			t.Fatalf("%s prints %s, want %s", d, got, d.StringFixed(places))
		}
	})
	for _, row := range []struct {
		reason, value string
		places        int32
		want          string
	}{
		{"nothing", "0", 0, "0"},
		{"nothing, of a dinar", "0", 3, "0.000"},
		{"nothing, with five decimals", "0", 5, "0.00000"},
		{"no minus of nothing", "-0.00", 2, "0.00"},
		{"a cent", "0.01", 2, "0.01"},
		{"minus a cent", "-0.01", 2, "-0.01"},
		{"decimals are filled up", "12", 2, "12.00"},
		{"zeros too many are dropped", "12.000", 0, "12"},
		{"16 digits", "1234567890123456", 0, "1234567890123456"},
		{"16 digits and decimals", "-1234567890123456.7", 2, "-1234567890123456.70"},
		{"finer than the currency is shown, not hidden", "12.345", 2, "12.345"},
	} {
		if got := string(calc.AppendMoney(nil, dec(t, row.value), row.places)); got != row.want {
			t.Errorf("%s with %d decimals prints %s, want %s (%s)", row.value, row.places, got, row.want, row.reason)
		}
	}
}

// TestDecimalDefaults: the decimal library has settings for the whole process. Nobody may touch them, or the same request could print two ways.
func TestDecimalDefaults(t *testing.T) {
	r := request(t, "currency=EUR settle_currency=USD amount=250"+overseas+early, posted)
	if _, _, err := calc.Explain(&r); err != nil {
		t.Fatal(err)
	}
	if decimal.DivisionPrecision != 16 || decimal.PowPrecisionNegativeExponent != 16 || decimal.MarshalJSONWithoutQuotes ||
		!decimal.TrimTrailingZeros || decimal.UseScientificNotation || decimal.ExpMaxIterations != 1000 || decimal.MaxDecodeExponent != 10000 || !decimal.Zero.IsZero() {
		t.Error("a setting of the decimal library is not at its default")
	}
}

// TestCurrencies holds the exponents to ISO 4217, and the reader to the code as it is written.
func TestCurrencies(t *testing.T) {
	for code, exponent := range map[string]int32{"KRW": 0, "JPY": 0, "VND": 0, "USD": 2, "EUR": 2, "CNY": 2, "KWD": 3, "CLF": 4} {
		if c, err := calc.ParseCurrency(code); err != nil || c.Code != code || c.Exponent != exponent {
			t.Errorf("%s: %+v, %v, want %d decimals", code, c, err, exponent)
		}
	}
	for _, bad := range []string{"", "krw", "WON", "US", "USDT", strings.Repeat("U", 100), "# ISO", "code"} {
		if c, err := calc.ParseCurrency(bad); err == nil {
			t.Errorf("%q read as %+v", bad, c)
		}
	}
}
