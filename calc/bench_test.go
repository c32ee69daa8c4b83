package calc_test

import (
	"testing"

	"settleproof/calc"
)

// benchmarkMix is what a day of settlements is made of: mostly plain payments, and of every costlier kind one.
var benchmarkMix = []struct{ name, change string }{
	{"payment", ""},
	{"partial_cancel", "amount=20000 original_amount=64601" + partly},
	{"convert_then_fee", "currency=USD amount=12.34" + overseas + early},
	{"fee_then_convert", "currency=USD amount=12.34" + overseas + late},
	{"cross_into_usd", "currency=EUR settle_currency=USD amount=250" + overseas + early},
}

// BenchmarkSettle settles each kind alone and all of them in turn; ns/op is the time of one case. The mix is to stay below 3 microseconds on one
// core, so that the committed cases take a fraction of a second.
func BenchmarkSettle(b *testing.B) {
	mix := make([]calc.Request, len(benchmarkMix))
	for i, kind := range benchmarkMix {
		mix[i] = request(b, kind.change, posted)
	}
	settle := func(b *testing.B, requests []calc.Request) {
		b.ReportAllocs()
		next := 0
		for b.Loop() {
			if _, err := calc.Settle(&requests[next]); err != nil {
				b.Fatal(err)
			}
			if next++; next == len(requests) {
				next = 0
			}
		}
	}
	b.Run("mix", func(b *testing.B) { settle(b, mix) })
	for i, kind := range benchmarkMix {
		b.Run(kind.name, func(b *testing.B) { settle(b, mix[i:i+1]) })
	}
}

// BenchmarkAnswer is the whole way of one request: read, settled, printed.
func BenchmarkAnswer(b *testing.B) {
	calendar, text := korean(b), editRequest(b, benchmarkMix[3].change, posted, nil)
	b.ReportAllocs()
	var line []byte
	for b.Loop() {
		r, _, err := calc.DecodeRequest(text, calendar)
		if err != nil {
			b.Fatal(err)
		}
		res, err := calc.Settle(&r)
		if err != nil {
			b.Fatal(err)
		}
		if line, err = calc.AppendResult(line[:0], &r, &res, nil); err != nil {
			b.Fatal(err)
		}
	}
}
