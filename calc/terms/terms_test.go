package terms_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"settleproof/calc"
	"settleproof/calc/terms"
)

func file(name, text string) terms.File { return terms.File{Name: name, Data: []byte(text)} }

// shipped is a data file of the repository.
func shipped(t testing.TB, name string) terms.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "cases", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return terms.File{Name: name, Data: data}
}

func priceList(t testing.TB) *terms.PriceList {
	t.Helper()
	p, err := terms.ReadPriceList(shipped(t, "fees.csv"), shipped(t, "fixed_fees.csv"), shipped(t, "instalment_fees.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(t testing.TB, s string) calc.Date {
	t.Helper()
	d, err := calc.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFee checks the shipped schedule against the published price list (settlement rules, part 2), on both sides of its change.
func TestFee(t *testing.T) {
	const eve, change = "2025-02-13", "2025-02-14"
	for _, row := range []struct {
		reason                 string
		method                 calc.Method
		grade, currency        string
		months                 int
		approved               string
		rate, fixed, minimum   string
		instalment, escrowRate string
		onCancel               calc.OnCancel
	}{
		{"credit card of a micro merchant, last day of the old rates", calc.CreditCard, "MICRO", "KRW", 0, eve, "0.005", "0", "0", "0", "0.002", calc.ReturnFee},
		{"the same, first day of the new ones", calc.CreditCard, "MICRO", "KRW", 0, change, "0.004", "0", "0", "0", "0.002", calc.ReturnFee},
		{"the same, long after", calc.CreditCard, "MICRO", "KRW", 0, "2027-12-31", "0.004", "0", "0", "0", "0.002", calc.ReturnFee},
		{"check card, SME2, old", calc.CheckCard, "SME2", "KRW", 0, eve, "0.01", "0", "0", "0", "0.002", calc.ReturnFee},
		{"check card, SME2, new", calc.CheckCard, "SME2", "KRW", 0, change, "0.009", "0", "0", "0", "0.002", calc.ReturnFee},
		{"easy-pay by card costs what a credit card costs, without escrow", calc.EasypayCard, "SME3", "KRW", 0, change, "0.0145", "0", "0", "0", "0", calc.ReturnFee},
		{"easy-pay by money costs what a check card costs", calc.EasypayMoney, "SME1", "KRW", 0, change, "0.0075", "0", "0", "0", "0", calc.ReturnFee},
		{"the general rate did not change", calc.CreditCard, "GENERAL", "KRW", 0, eve, "0.034", "0", "0", "0", "0.002", calc.ReturnFee},
		{"twelve months add 7.5 %", calc.CreditCard, "GENERAL", "KRW", 12, change, "0.034", "0", "0", "0.075", "0.002", calc.ReturnFee},
		{"the grade does not matter for a transfer, which has a minimum", calc.BankTransfer, "MICRO", "KRW", 0, change, "0.02", "0", "200", "0", "0.002", calc.ReturnFee},
		{"a virtual account costs a fixed fee and keeps it on a cancel", calc.VirtualAccount, "GENERAL", "KRW", 0, change, "0", "400", "0", "0", "0", calc.KeepFeePlusRefundFee},
		{"PayPal's fixed fee is by currency", calc.Paypal, "GENERAL", "JPY", 0, change, "0.04", "40", "0", "0", "0", calc.KeepFee},
		{"PayPal in EUR", calc.Paypal, "GENERAL", "EUR", 0, change, "0.04", "0.35", "0", "0", "0", calc.KeepFee},
		{"gift certificate", calc.GiftCert, "GENERAL", "KRW", 0, change, "0.09", "0", "0", "0", "0", calc.ReturnFee},
	} {
		fee, err := priceList(t).Fee(row.method, row.grade, row.currency, row.months, day(t, row.approved))
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
			continue
		}
		got := []string{fee.Rate.String(), fee.Fixed.String(), fee.Minimum.String(), fee.InstalmentRate.String(), fee.EscrowRate.String()}
		want := []string{row.rate, row.fixed, row.minimum, row.instalment, row.escrowRate}
		if strings.Join(got, " ") != strings.Join(want, " ") || fee.OnCancel != row.onCancel {
			t.Errorf("%s: %v %s, want %v %s", row.reason, got, fee.OnCancel, want, row.onCancel)
		}
	}
}

// TestFeeMissing: what the schedule lacks is an error that names it, never a fee of zero.
func TestFeeMissing(t *testing.T) {
	for _, row := range []struct {
		reason          string
		method          calc.Method
		grade, currency string
		months          int
		approved, want  string
	}{
		{"a grade that does not exist", calc.CreditCard, "SME4", "KRW", 0, "2025-03-01", "SME4"},
		{"before the first version", calc.CreditCard, "MICRO", "KRW", 0, "2017-12-31", "2017-12-31"},
		{"a currency without a fixed fee", calc.Paypal, "GENERAL", "KWD", 0, "2025-03-01", "KWD"},
		{"months without a rate", calc.CreditCard, "MICRO", "KRW", 5, "2025-03-01", "5 months"},
	} {
		if fee, err := priceList(t).Fee(row.method, row.grade, row.currency, row.months, day(t, row.approved)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, %v; want an error with %q", row.reason, fee, err, row.want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const feesHead = "method,grade,from,rate,minimum,escrow_rate,escrow_fixed,refund_fixed,on_cancel\n"
	good := feesHead + "CREDIT_CARD,MICRO,2018-01-01,0.005,0,0,0,0,RETURN\n"
	fixed, instalments := file("fixed.csv", "method,currency,from,fixed\n"), file("instalments.csv", "months,from,rate\n")
	for _, row := range []struct{ reason, fees, want string }{
		{"no header", "", "fees.csv:1: the table is empty"},
		{"other columns", "method,rate\n", "fees.csv:1"},
		{"a column too few", feesHead + "CREDIT_CARD,MICRO\n", "fees.csv:2"},
		{"an unknown method", strings.Replace(good, "CREDIT_CARD", "CREDITCARD", 1), "fees.csv:2: method: \"CREDITCARD\""},
		{"a date that does not exist", strings.Replace(good, "2018-01-01", "2018-02-30", 1), "fees.csv:2: from"},
		{"a rate that is no decimal", strings.Replace(good, "0.005", "0,5%", 1), "fees.csv:2"},
		{"a negative rate", strings.Replace(good, "0.005", "-0.005", 1), "fees.csv:2: rate: -0.005 is below zero"},
		{"an unknown cancel rule", strings.Replace(good, "RETURN", "GIVE", 1), "fees.csv:2: on_cancel"},
		{"versions out of order", good + "CREDIT_CARD,MICRO,2017-01-01,0.004,0,0,0,0,RETURN\n", "fees.csv:3: from 2017-01-01 does not follow 2018-01-01"},
		{"two versions of one day", good + "CREDIT_CARD,MICRO,2018-01-01,0.004,0,0,0,0,RETURN\n", "fees.csv:3"},
	} {
		_, err := terms.ReadPriceList(file("fees.csv", row.fees), fixed, instalments)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one with %q", row.reason, err, row.want)
		}
	}
}

// TestRates: of a day's rounds the first and the last are the postings, whatever their order in the file.
func TestRates(t *testing.T) {
	postings, err := terms.ReadPostings(file("rates.csv", `# source
date,currency,round,unit,base,ttb
2025-03-11,USD,3,1,1453.01,1438.01
2025-03-11,USD,1,1,1451.01,1436.01
2025-03-11,USD,2,1,1452.01,1437.01
2025-03-12,USD,1,1,1455.01,1440.01
`))
	if err != nil {
		t.Fatal(err)
	}
	rates, err := terms.Rates(postings, "KRW")
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := calc.KoreanCalendar()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		reason  string
		day     string
		posting calc.Posting
		want    string
	}{
		{"first of three", "2025-03-11", calc.FirstPosting, "1451.01"},
		{"last of three", "2025-03-11", calc.LastPosting, "1453.01"},
		{"a day with one round has it as first", "2025-03-12", calc.FirstPosting, "1455.01"},
		{"and as last", "2025-03-12", calc.LastPosting, "1455.01"},
	} {
		usd, _ := calc.ParseCurrency("USD")
		krw, _ := calc.ParseCurrency("KRW")
		amount, _ := calc.ParseDecimal("1")
		res, err := calc.Settle(&calc.Request{
			Transaction: calc.Transaction{Event: calc.Pay, Method: calc.OverseasCard, Currency: usd, Amount: amount, TaxClass: calc.Taxable, Approved: day(t, row.day)},
			Contract: calc.Contract{SettleCurrency: krw, Fee: calc.Fee{OnCancel: calc.ReturnFee}, VAT: calc.VAT{Mode: calc.VATAdded},
				Rounding: calc.Rounding{Fee: calc.Down, VAT: calc.Down, Supply: calc.HalfUp, FX: calc.HalfUp, Split: calc.HalfUp, Reserve: calc.Down},
				Cycle:    calc.Cycle{Kind: calc.BusinessDays, LagDays: 1}, HolidayShift: calc.ShiftAfter,
				FX: calc.FX{Date: calc.OnApproval, Kind: calc.BaseRate, Posting: row.posting, Order: calc.ConvertThenFee}},
			Rates: rates, Calendar: calendar,
		})
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
		} else if res.FXRate.String() != row.want {
			t.Errorf("%s: %s, want %s", row.reason, res.FXRate, row.want)
		}
	}
}

func FuzzReadPostings(f *testing.F) {
	f.Add([]byte("date,currency,round,unit,base,ttb\n2025-03-11,USD,3,1,1453.01,1438.01\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		postings, err := terms.ReadPostings(terms.File{Name: "rates.csv", Data: data})
		if err != nil && !strings.HasPrefix(err.Error(), "rates.csv:") {
			t.Errorf("an error without a position: %v", err)
		}
		for _, p := range postings {
			if err == nil && (p.Date == 0 || p.Round < 1 || p.Base.IsNegative()) {
				t.Errorf("accepted: %+v", p)
			}
		}
	})
}

func FuzzReadPriceList(f *testing.F) {
	f.Add(shipped(f, "fees.csv").Data, shipped(f, "fixed_fees.csv").Data, shipped(f, "instalment_fees.csv").Data)
	f.Fuzz(func(t *testing.T, fees, fixed, instalments []byte) {
		p, err := terms.ReadPriceList(terms.File{Name: "a", Data: fees}, terms.File{Name: "b", Data: fixed}, terms.File{Name: "c", Data: instalments})
		if (err == nil) != (p != nil) {
			t.Errorf("list %v, error %v", p, err)
		}
	})
}
