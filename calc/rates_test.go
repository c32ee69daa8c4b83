package calc_test

import (
	"testing"

	"settleproof/calc"
)

// TestRateLookup follows part 3 of the rules: which posting of which day converts.
func TestRateLookup(t *testing.T) {
	usd := []string{
		"2025-02-06 USD KRW FIRST 1 1440 1430", "2025-02-06 USD KRW LAST 1 1441 1431",
		"2025-02-07 USD KRW FIRST 1 1450 1440", "2025-02-10 USD KRW FIRST 1 1460 1450",
	}
	cross := []string{
		"2025-02-06 EUR KRW FIRST 1 1490 1480", "2025-02-06 USD KRW FIRST 1 1430 1420",
		"2025-02-07 EUR KRW FIRST 1 1500 1490",
	}
	base := "currency=USD amount=100" + overseas + early
	toUSD := "currency=EUR settle_currency=USD amount=100" + overseas + early
	for _, row := range []struct {
		reason, change string
		rates          []string
		want           string // of the fields, or the refusal's code
	}{
		{"the posting of the day", base + " approved_at=2025-02-10T10:00:00+09:00", usd, "fx_rate=1460 fx_date=2025-02-10"},
		{"a Sunday takes Friday's", base, usd, "fx_rate=1450 fx_date=2025-02-07"},
		{"the order of the list does not matter", base, []string{usd[3], usd[2], usd[1], usd[0]}, "fx_rate=1450 fx_date=2025-02-07"},
		{"a later day is not a previous one", base + " approved_at=2025-02-05T10:00:00+09:00", usd, "RATE_MISSING"},
		{"a day with another posting only has no rate", base + " fx.posting=LAST", usd, "RATE_MISSING"},
		{"the last posting of a day that has it", base + " fx.posting=LAST approved_at=2025-02-06T10:00:00+09:00", usd, "fx_rate=1441"},
		{"another currency's rates are none", base, posted[2:6], "RATE_MISSING"},
		{"no rates at all", base, nil, "RATE_MISSING"},
		{"per 100: 950.25 / 100", "currency=JPY amount=100" + overseas + early, posted, "fx_rate=9.5025 gross=950"},
		{"per 1000", base, []string{"2025-02-07 USD KRW FIRST 1000 1447200 1432800"}, "fx_rate=1447.2"},
		{"trailing zeros are not printed", base, []string{"2025-02-07 USD KRW FIRST 1 1447.2000 1432.8"}, "fx_rate=1447.2"},
		{"crossed: 1490 / 1430 = 1.0419580..., and of the last day on which both were posted", toUSD, cross, "fx_rate=1.04195804 fx_date=2025-02-06 gross=104.20"},
		{"crossed on a tie: 1100.000005 / 1000 goes up", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 1100.000005 1", "2025-02-07 USD KRW FIRST 1 1000 1"}, "fx_rate=1.10000001"},
		{"crossed on a tie, whatever the mode of converted amounts", toUSD + " rounding.fx=DOWN", []string{"2025-02-07 EUR KRW FIRST 1 1100.000005 1", "2025-02-07 USD KRW FIRST 1 1000 1"}, "fx_rate=1.10000001"},
		{"crossed into nothing is no rate of 0", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 1 1", "2025-02-07 USD KRW FIRST 1 1000000000 1"}, "RATE_TOO_SMALL"},
		{"the smallest crossed rate", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 5 1", "2025-02-07 USD KRW FIRST 1 1000000000 1"}, "fx_rate=0.00000001"},
		{"crossed just below the tie", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 1100.000004999 1", "2025-02-07 USD KRW FIRST 1 1000 1"}, "fx_rate=1.1"},
		{"crossed TTB: 1485 / 1432.8", toUSD + " fx.kind=TTB", posted, "fx_rate=1.03643216"},
		{"crossed per 100: 9.5025 / 1447.2", "currency=JPY settle_currency=USD amount=10000" + overseas + early, posted, "fx_rate=0.00656613 gross=65.66"},
		{"crossed needs the same posting of both", toUSD + " fx.posting=LAST", append([]string{"2025-02-07 EUR KRW LAST 1 1500 1490"}, cross[1], "2025-02-07 USD KRW FIRST 1 1430 1420"), "RATE_MISSING"},
		{"crossed needs a common quote", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 1500 1490", "2025-02-07 USD JPY FIRST 1 150 149"}, "RATE_MISSING"},
		{"crossed needs a common day", toUSD, []string{"2025-02-07 EUR KRW FIRST 1 1500 1490", "2025-02-06 USD KRW FIRST 1 1430 1420"}, "RATE_MISSING"},
		{"a posted pair comes before a crossed one", toUSD, append([]string{"2025-02-05 EUR USD FIRST 1 1.05 1.04"}, cross...), "fx_rate=1.05 fx_date=2025-02-05"},
		{"of two common quotes the first by code", toUSD, append([]string{"2025-02-05 EUR JPY FIRST 1 160 159", "2025-02-05 USD JPY FIRST 1 150 149"}, cross...), "fx_rate=1.06666667 fx_date=2025-02-05"},
		{"the first common quote without a common day is passed over", toUSD, append([]string{"2025-02-05 EUR JPY FIRST 1 160 159", "2025-02-06 USD JPY FIRST 1 150 149"}, cross...), "fx_rate=1.04195804"},
		{"a pair is not turned round", "currency=KRW settle_currency=USD amount=1000" + overseas + early, usd, "RATE_MISSING"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			r := request(t, row.change, row.rates)
			res, err := calc.Settle(&r)
			if err != nil {
				if refusal := refusalOf(t, err); refusal.Code != row.want || refusal.Field != "rates" {
					t.Fatalf("%s, want %s", refusal, row.want)
				}
				return
			}
			expectFields(t, row.reason, row.want, fieldsOf(&r, &res))
		})
	}
}

// TestRateTable refuses a table that cannot be, naming the entry.
func TestRateTable(t *testing.T) {
	first := "2025-02-07 USD KRW FIRST 1 1447.2 1432.8"
	for _, row := range []struct {
		reason string
		rates  []string
		field  string
	}{
		{"the price of one unit would have no end", []string{"2025-02-07 USD KRW FIRST 3 1447.2 1432.8"}, "rates[0].unit"},
		{"a unit is not 20", []string{"2025-02-07 USD KRW FIRST 20 1447.2 1432.8"}, "rates[0].unit"},
		{"a unit is not 0", []string{"2025-02-07 USD KRW FIRST 0 1447.2 1432.8"}, "rates[0].unit"},
		{"a unit is not below 0", []string{"2025-02-07 USD KRW FIRST -100 1447.2 1432.8"}, "rates[0].unit"},
		{"a unit is not a part", []string{"2025-02-07 USD KRW FIRST 0.1 1447.2 1432.8"}, "rates[0].unit"},
		{"nothing is free", []string{first, "2025-02-10 USD KRW FIRST 1 0 1432.8"}, "rates[1].base"},
		{"nothing costs less", []string{first, "2025-02-10 USD KRW FIRST 1 1447.2 -1"}, "rates[1].ttb"},
		{"a won is a won", []string{"2025-02-07 KRW KRW FIRST 1 1 1"}, "rates[0].quote"},
		{"two answers to one question", []string{first, "2025-02-07 USD KRW FIRST 1 1447.3 1432.8"}, "rates[1].posting"},
		{"two answers, not side by side", []string{first, "2025-02-10 USD KRW FIRST 1 1460 1445", "2025-02-07 EUR KRW FIRST 1 1500 1490", first}, "rates[3].posting"},
		{"the later of the list is named, whatever the days", []string{"2025-02-10 USD KRW FIRST 1 1460 1445", first, "2025-02-10 USD KRW FIRST 1 1460 1445"}, "rates[2].posting"},
	} {
		_, id, err := calc.DecodeRequest(editRequest(t, "", row.rates, nil), korean(t))
		if refusal := refusalOf(t, err); refusal.Code != "BAD_RATE" || refusal.Field != row.field || id != "t1" {
			t.Errorf("%s of %q, want %s (%s)", refusal, id, row.field, row.reason)
		}
	}
	if _, _, err := calc.DecodeRequest(editRequest(t, "", []string{first, "2025-02-07 USD KRW LAST 1 1447.2 1432.8", "2025-02-07 USD JPY FIRST 1 150 149"}, nil), korean(t)); err != nil {
		t.Errorf("another posting, another quote: %v", err)
	}
}
