package oracle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"settleproof/cases"
	"settleproof/harness"
)

// dailyRates posts every foreign currency twice on every working day of three years, a little different each time.
func dailyRates() []cases.Rate {
	var rates []cases.Rate
	for day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		for _, c := range []struct {
			currency, unit string
			hundredths     int64
		}{{"USD", "1", 144720}, {"EUR", "1", 150310}, {"CNY", "1", 19855}, {"JPY", "100", 95011}, {"VND", "100", 570}, {"KWD", "1", 469150}} {
			for round := 1; round <= 2; round++ {
				base := decimal.New(c.hundredths+int64(day.YearDay()*10+round), -2)
				rates = append(rates, cases.Rate{
					Date: day.Format(time.DateOnly), Currency: c.currency, Round: round, Unit: c.unit,
					Base: base.String(), TTB: base.Mul(decimal.RequireFromString("0.99")).Round(2).String(),
				})
			}
		}
	}
	return rates
}

// The rows of the real query, worked out by hand from the settlement rules: one for each thing that the way in could get wrong.
func TestLegacyQuery(t *testing.T) {
	rates := []cases.Rate{
		{Date: "2025-02-13", Currency: "USD", Round: 1, Unit: "1", Base: "1400", TTB: "1390"},
		{Date: "2025-02-13", Currency: "USD", Round: 2, Unit: "1", Base: "1410", TTB: "1395.5"},
		{Date: "2025-02-14", Currency: "USD", Round: 1, Unit: "1", Base: "1500", TTB: "1490"},
	}
	o, err := open(t.Context(), needDatabase(t), legacyScript(), rates, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}()

	oldPrice := payment("a")
	oldPrice.Contract.Grade, oldPrice.Contract.ReserveRate = "SME3", decimal.RequireFromString("0.1")
	newPrice := oldPrice
	newPrice.ApprovedAt = "2025-02-14T00:00:00"
	instalments := payment("a")
	instalments.Amount, instalments.InstalmentMonths, instalments.InterestPayer = decimal.NewFromInt(50_000), 3, "MERCHANT"
	overseas := payment("a")
	overseas.Method, overseas.Currency, overseas.Amount = "OVERSEAS_CARD", "USD", decimal.RequireFromString("10.50")
	overseas.Contract.FXDate, overseas.Contract.FXKind, overseas.Contract.FXPosting, overseas.Contract.FXOrder = "APPROVAL", "TTB", "LAST", "CONVERT_THEN_FEE"
	void := payment("a")
	void.Event, void.Phase, void.CapturedAt, void.Original, void.EventAt = "CANCEL", "BEFORE_CAPTURE", "", void.Amount, "2025-02-13T23:59:59"
	partial := payment("a")
	partial.Event, partial.Phase, partial.Original, partial.EventAt = "PARTIAL_CANCEL", "AFTER_CAPTURE", decimal.NewFromInt(30_000), "2025-02-17T09:00:00"

	for _, tt := range []struct {
		reason string
		facts  cases.Facts
		want   string
	}{
		{"the terms of the approval day, the price before the change, D3 from the captured day", oldPrice,
			"SETTLED|2025-02-14|10000|||150|0|0|0|150|15|9091|909|0|1000|8835|2025-02-19|2025-03-21"},
		{"the price from the change on", newPrice,
			"SETTLED|2025-02-14|10000|||145|0|0|0|145|14|9091|909|0|1000|8841|2025-02-19|2025-03-21"},
		{"instalment months and who pays for them", instalments,
			"SETTLED|2025-02-14|50000|||1700|1000|0|0|2700|270|45455|4545|0|0|47030|2025-02-19|"},
		{"the last posting of the approval day, TTB", overseas,
			"SETTLED|2025-02-14|14653|1395.5|2025-02-13|659|0|0|0|659|65|9.55|0.95|0.00|0|13929|2025-02-19|"},
		{"a cancel before capture", void,
			"VOID|2025-02-13|0|||0|0|0|0|0|0|0|0|0|0|0||"},
		{"a partial cancel: 1020 - 680 and 102 - 68 come back", partial,
			"SETTLED|2025-02-17|-10000|||-340|0|0|0|-340|-34|-9091|-909|0|0|-9626|2025-02-20|"},
	} {
		row, err := o.Row(t.Context(), tt.facts)
		if got := strings.ReplaceAll(row, "\t", "|"); err != nil || got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s\n%v", tt.reason, got, tt.want, err)
		}
	}
}

// mixed is a source of every method, event and contract, for the tests that need many and do not care which.
type mixed struct{}

func (mixed) FactsOf(shard harness.Shard, i int) (cases.Facts, error) {
	n := shard.First + i
	pick := func(codes []string, every int) string { return codes[n/every%len(codes)] }
	f := payment(shard.IDs[i])
	f.Method = pick([]string{"CREDIT_CARD", "CHECK_CARD", "EASYPAY_CARD", "EASYPAY_MONEY", "OVERSEAS_CARD", "BANK_TRANSFER",
		"VIRTUAL_ACCOUNT", "MOBILE_GOODS", "MOBILE_CONTENT", "GIFT_CERT", "PAYPAL", "OVERSEAS_CARD"}, 1)
	f.Contract.Grade = pick(gradeCodes, 3)
	f.Contract.VATMode = pick(vatCodes, 7)
	f.Contract.Rounding = pick(roundingCodes, 5)
	f.Contract.Cycle = pick(cycleCodes, 11)
	f.Contract.HolidayShift = pick(shiftCodes, 13)
	f.Amount = decimal.NewFromInt(int64(1000 + n*37%900_000))
	day := time.Date(2025, 1, 1+n%300, 10, 0, 0, 0, time.UTC)
	f.ApprovedAt, f.CapturedAt = day.Format(factsTime), day.AddDate(0, 0, 1).Format(factsTime)
	if f.Method == "OVERSEAS_CARD" || f.Method == "PAYPAL" {
		f.Currency = pick([]string{"USD", "EUR", "JPY"}, 2)
		f.Contract.FXDate, f.Contract.FXKind = pick(fxDateCodes, 3), pick(fxKindCodes, 5)
		f.Contract.FXPosting, f.Contract.FXOrder = pick(fxPostCodes, 2), pick(fxOrderCodes, 7)
	} else if n%10 == 0 {
		f.Contract.ReserveRate = decimal.RequireFromString("0.1")
	}
	if n/17%3 == 1 {
		f.Event, f.Phase = "PARTIAL_CANCEL", "AFTER_PAYOUT"
		f.Original = f.Amount.Mul(decimal.NewFromInt(3))
		f.EventAt = day.AddDate(0, 0, 9).Format(factsTime)
	}
	return f, nil
}

// One connection or two: the same answers, case by case.
func TestLegacyQueryOnHalves(t *testing.T) {
	shards := shardsOf(splitMin + 3)
	var first [][]harness.Outcome
	for _, lanes := range []int{1, 2} {
		o, err := open(t.Context(), needDatabase(t), legacyScript(), dailyRates(), lanes)
		if err != nil {
			t.Fatal(err)
		}
		out, err := o.Subject(mixed{}).Answer(t.Context(), shards)
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out
		}
		for k, s := range shards {
			for i, id := range s.IDs {
				if got := out[k][i]; got.Unknown != nil || got != first[k][i] {
					t.Fatalf("%d connections: %s: %q %v, with one %q", lanes, id, got.Result, got.Unknown, first[k][i].Result)
				}
			}
		}
	}
}

// benchmarkCases is about the size of the committed set.
const benchmarkCases = 62_000

// The whole call: load, check, query, rows, on one connection and on two.
//
//	go test ./oracle -run '^$' -bench Legacy -benchtime 5x
func BenchmarkLegacyCall(b *testing.B) {
	for _, lanes := range []int{1, 2} {
		b.Run(fmt.Sprintf("connections=%d", lanes), func(b *testing.B) {
			o := openBenchmark(b, lanes)
			for b.Loop() {
				if _, err := o.Subject(mixed{}).Answer(b.Context(), shardsOf(benchmarkCases)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What we add to the time of the database: our run of the query against psql's, in turn, over the same loaded tables.
// The metric ours/psql compares the best of each; it should stay below 1.5.
func BenchmarkLegacyQuery(b *testing.B) {
	shards := shardsOf(benchmarkCases)
	o := openBenchmark(b, 1)
	if _, err := o.Subject(mixed{}).Answer(b.Context(), shards); err != nil {
		b.Fatal(err)
	}
	at := map[string]int{}
	for _, s := range shards {
		for i, id := range s.IDs {
			at[id] = s.First + i
		}
	}
	const never = time.Hour
	ours, psql := never, never
	for b.Loop() {
		start := time.Now()
		got := newAnswers(at, benchmarkCases)
		rows, err := o.lanes[0].copyOut(b.Context(), "legacy query", o.lanes[0].query, got.line)
		if err == nil {
			err = got.check(rows)
		}
		if err != nil {
			b.Fatal(err)
		}
		ours = min(ours, time.Since(start))
		start = time.Now()
		askPsql(b, o.lanes[0].schema, o.lanes[0].query)
		psql = min(psql, time.Since(start))
	}
	b.ReportMetric(ours.Seconds(), "ours-s")
	b.ReportMetric(psql.Seconds(), "psql-s")
	b.ReportMetric(ours.Seconds()/psql.Seconds(), "ours/psql")
}

func openBenchmark(b *testing.B, lanes int) *Oracle {
	b.Helper()
	o, err := open(b.Context(), needDatabase(b), legacyScript(), dailyRates(), lanes)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := o.Close(); err != nil {
			b.Error(err)
		}
	})
	return o
}

// The whole way, as the commands go it: a database of our own, said once, asked, gone.
func TestOpen(t *testing.T) {
	for _, choice := range []string{"auto", "container", "local"} {
		var log strings.Builder
		o, err := Open(t.Context(), choice, Options{Log: &log, Rates: dailyRates()})
		if err != nil {
			if choice == "auto" {
				needDatabase(t)
				t.Error(err)
			}
			t.Logf("%s: %v", choice, err)
			continue
		}
		row, err := o.Row(t.Context(), payment("card"))
		if err != nil || !strings.HasPrefix(row, "SETTLED\t2025-02-14\t10000\t") {
			t.Errorf("%s: %q, %v", choice, row, err)
		}
		if log.String() != "oracle: "+o.Description()+"\n" {
			t.Errorf("%s: said %q, is %q", choice, log.String(), o.Description())
		}
		t.Log(o.Description())
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}
