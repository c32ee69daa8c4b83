package cases

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"settleproof/calc"
	"settleproof/calc/terms"
	"settleproof/harness"
)

// openBook opens the embedded files once for all tests: they do not change.
var openBook = sync.OnceValues(Open)

func book(t testing.TB) *Book {
	t.Helper()
	b, err := openBook()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func shards(t testing.TB, where string) []harness.Shard {
	t.Helper()
	list, err := book(t).Shards("full", where)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSuiteIsComplete measures the golden set: its size, its product, and that every triple of values that can occur does.
func TestSuiteIsComplete(t *testing.T) {
	b := book(t)
	coverage, err := b.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	if !coverage.Complete() || coverage.Strength != 3 {
		t.Errorf("coverage %d of %d at strength %d, missing %v", coverage.Covered, coverage.Valid, coverage.Strength, coverage.Missing)
	}
	list, cases := shards(t, ""), 0
	for _, shard := range list {
		cases += len(shard.IDs)
		if len(shard.IDs) > shardRecordsMax {
			t.Errorf("%s holds %d cases, more than %d", shard.Name, len(shard.IDs), shardRecordsMax)
		}
		if !slices.IsSorted(shard.IDs) {
			t.Errorf("%s: ids do not ascend", shard.Name)
		}
	}
	if cases < 50_000 || cases > 100_000 {
		t.Errorf("%d cases; the golden set holds 50,000 to 100,000", cases)
	}
	if len(list) > 300 {
		t.Errorf("%d shards, more than 300", len(list))
	}
	product, err := b.model.Product("method", "instalment", "escrow", "grade", "conversion", "rate_date", "rate_kind", "posting", "order", "vat", "rounding", "cycle", "event")
	if err != nil {
		t.Fatal(err)
	}
	if uint64(cases) < product.Count() {
		t.Errorf("%d cases do not hold the product of contract, method and FX: %d", cases, product.Count())
	}
	t.Logf("%d cases in %d shards; product %d; %d of %d triples with a woven axis", cases, len(list), product.Count(), coverage.Covered, coverage.Valid)
}

// TestEveryCaseSettles: every case of the golden set can be bound, and none is refused. A refusal would mean that the exclusions
// let something through that cannot be.
func TestEveryCaseSettles(t *testing.T) {
	list := shards(t, "")
	answers, err := book(t).Calculator().Answer(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, shard := range list {
		for k, answer := range answers[i] {
			if answer.Unknown != nil {
				t.Fatalf("%s: %s", shard.IDs[k], answer.Unknown.Detail)
			}
			if strings.HasPrefix(answer.Result, "err=") {
				t.Fatalf("%s: %s", shard.IDs[k], answer.Result)
			}
		}
	}
}

// TestConstructedAmounts checks that the amounts do what their class says, in rationals and not by the code that made them.
func TestConstructedAmounts(t *testing.T) {
	b := book(t)
	rat := func(s string) *big.Rat {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is no number", s)
		}
		return r
	}
	tie := func(id string, amount *big.Rat, exponent int32, odd bool) {
		t.Helper()
		for range exponent {
			amount.Mul(amount, big.NewRat(10, 1))
		}
		amount.Mul(amount, big.NewRat(2, 1))
		if !amount.IsInt() || amount.Num().Bit(0) == 0 || (amount.Num().Bit(1) == 1) != odd {
			t.Fatalf("%s: twice the amount is %s of the smallest unit: no tie (odd %t)", id, amount.RatString(), odd)
		}
	}
	checked := map[string]int{}
	for _, shard := range shards(t, `event == "pay" and amount in ["tie", "tie_odd", "fx_tie", "below_min_fee", "at_min_fee", "above_min_fee"]`) {
		for i, id := range shard.IDs {
			row, err := b.rowOf(shard, i)
			if err != nil {
				t.Fatal(err)
			}
			var c bound
			if err := b.bind(row, &c); err != nil {
				t.Fatal(err)
			}
			res, err := calc.Settle(&c.request)
			if err != nil {
				t.Fatal(err)
			}
			class := c.token(b.axis.amount)
			checked[class]++
			tx, contract := &c.request.Transaction, &c.request.Contract
			amount, rate := rat(tx.Amount.String()), rat(contract.Fee.Rate.String())
			switch class {
			case "tie", "tie_odd":
				exponent := tx.Currency.Exponent
				if c.converts && contract.FX.Order == calc.ConvertThenFee {
					amount, exponent = rat(res.Gross.String()), contract.SettleCurrency.Exponent
				}
				tie(id, amount.Mul(amount, rate), exponent, class == "tie_odd")
			case "fx_tie":
				tie(id, amount.Mul(amount, rat(res.FXRate.String())), contract.SettleCurrency.Exponent, false)
			default:
				fee := amount.Mul(amount, rate).Cmp(rat(contract.Fee.Minimum.String()))
				if want := map[string]int{"below_min_fee": -1, "at_min_fee": 0, "above_min_fee": 1}[class]; fee != want {
					t.Fatalf("%s: the fee compares %d with the minimum, want %d", id, fee, want)
				}
			}
		}
	}
	if len(checked) != 6 {
		t.Errorf("only these classes were met: %v", checked)
	}
}

// TestChosenCases: a selection of cases gives the same answers as the whole suite does for them.
func TestChosenCases(t *testing.T) {
	b := book(t)
	whole := map[string]harness.Outcome{}
	list := shards(t, `method == "gift_cert" or method == "bank_transfer"`)
	full := shards(t, "")
	answersOf := func(list []harness.Shard, into map[string]harness.Outcome) {
		answers, err := b.Calculator().Answer(context.Background(), list)
		if err != nil {
			t.Fatal(err)
		}
		for i, shard := range list {
			for k, id := range shard.IDs {
				into[id] = answers[i][k]
			}
		}
	}
	answersOf(full, whole)
	chosen := map[string]harness.Outcome{}
	answersOf(list, chosen)
	if len(chosen) == 0 {
		t.Fatal("nothing was chosen")
	}
	for id, outcome := range chosen {
		if outcome != whole[id] {
			t.Fatalf("%s: chosen %v, whole %v", id, outcome, whole[id])
		}
	}
}

func TestShardsErrors(t *testing.T) {
	if _, err := book(t).Shards("fulll", ""); err == nil || !strings.Contains(err.Error(), "there is: full") {
		t.Errorf("an unknown suite is not refused with the known ones: %v", err)
	}
	if _, err := book(t).Shards("full", `metod == "paypal"`); err == nil || !strings.Contains(err.Error(), "metod") {
		t.Errorf("an unknown axis is not refused by name: %v", err)
	}
}

// TestFactsTellTheCase looks at one case of each kind as the legacy query gets it.
func TestFactsTellTheCase(t *testing.T) {
	for _, row := range []struct {
		id, reason string
		check      func(Facts) bool
	}{
		{"credit_card.m12-merchant.general.added.d3", "the example of the design: every axis that is not named is at its default", func(f Facts) bool {
			return f.Method == "CREDIT_CARD" && f.InstalmentMonths == 12 && f.InterestPayer == "MERCHANT" && f.Contract.Grade == "GENERAL" &&
				f.Contract.VATMode == "ADDED" && f.Contract.Cycle == "D3" && f.Event == "PAY" && f.Phase == "" && f.EventAt == "" && f.Contract.FXDate == "" &&
				f.Amount.String() == "64601" && f.ApprovedAt == "2025-03-11T10:15:00" && f.CapturedAt == "2025-03-12T03:00:00"
		}},
		{"virtual_account.cancel_late", "no capture of its own", func(f Facts) bool {
			return f.CapturedAt == "" && f.Event == "CANCEL" && f.Phase == "AFTER_PAYOUT" && f.Original.Equal(f.Amount)
		}},
		{"credit_card.micro.cancel_early.fee_eve", "cancelled before capture, the day after the approval", func(f Facts) bool {
			return f.CapturedAt == "" && f.EventAt == "2025-02-14T00:00:00"
		}},
		{"bank_transfer.cancel_early.fee_eve", "captured with its approval: cancelled on that day", func(f Facts) bool {
			return f.CapturedAt == "" && f.EventAt == "2025-02-13T23:59:59"
		}},
		{"overseas_card.to_usd.at_payout.ttb.last.fee_convert.jpy", "all terms of conversion", func(f Facts) bool {
			return f.Currency == "JPY" && f.Contract.SettleCurrency == "USD" && f.Contract.FXDate == "SETTLEMENT" && f.Contract.FXKind == "TTB" &&
				f.Contract.FXPosting == "LAST" && f.Contract.FXOrder == "FEE_THEN_CONVERT"
		}},
		{"bank_transfer.part_late.cut_third.mixed", "a third is cancelled, the tax-free share is of what stood", func(f Facts) bool {
			return f.Amount.String() == "21533" && f.Original.String() == "64601" && f.TaxFree.String() == "23902"
		}},
	} {
		f, err := book(t).Facts(row.id)
		if err != nil {
			t.Errorf("%s: %v", row.id, err)
		} else if !row.check(f) {
			t.Errorf("%s (%s): %+v", row.id, row.reason, f)
		}
	}
}

// TestMeaningsAreChecked: a value without a meaning, or a meaning without a value, is an error and not a zero.
func TestMeaningsAreChecked(t *testing.T) {
	m := book(t).model
	if _, err := meaningOf(m, "escrow", map[string]bool{"no_escrow": false}); err == nil || !strings.Contains(err.Error(), "value escrow") {
		t.Errorf("a value without a meaning: %v", err)
	}
	if _, err := meaningOf(m, "escrow", map[string]bool{"no_escrow": false, "escrow": true, "trust": true}); err == nil {
		t.Error("a meaning without a value is accepted")
	}
	if _, err := meaningOf(m, "escro", escrowOf); err == nil {
		t.Error("an unknown axis is accepted")
	}
}

func TestReadPointsErrors(t *testing.T) {
	const header = "point,approved_at,captured_at,cancelled_at,cancelled_late_at,why\n"
	for _, row := range []struct{ reason, text, want string }{
		{"wrong columns", "a,b\n", "want the columns"},
		{"a date that does not exist", header + "p,2025-02-30T10:00:00,2025-03-01T10:00:00,2025-03-01T10:00:00,2025-03-01T10:00:00,x\n", "approved_at"},
		{"captured before it was approved", header + "p,2025-03-02T10:00:00,2025-03-01T10:00:00,2025-03-02T10:00:00,2025-03-02T10:00:00,x\n", "captured_at"},
		{"twice", header + strings.Repeat("p,2025-03-02T10:00:00,2025-03-02T10:00:00,2025-03-02T10:00:00,2025-03-02T10:00:00,x\n", 2), "twice"},
	} {
		_, err := readPoints(terms.File{Name: "points.csv", Data: []byte(row.text)})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one with %q", row.reason, err, row.want)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	list := shards(b, "")
	cases := 0
	for _, shard := range list {
		cases += len(shard.IDs)
	}
	subject := book(b).Calculator()
	for b.Loop() {
		if _, err := subject.Answer(context.Background(), list); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(cases), "ns/case")
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Open(); err != nil {
			b.Fatal(err)
		}
	}
}
