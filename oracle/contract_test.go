package oracle

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"settleproof/cases"
)

func drawTerms(t *rapid.T) terms {
	code := func(label string, codes []string, none bool) string {
		if none {
			codes = append([]string{""}, codes...)
		}
		return rapid.SampledFrom(codes).Draw(t, label)
	}
	none := rapid.Bool().Draw(t, "without conversion")
	return terms{
		grade: code("grade", gradeCodes, false), vat: code("vat", vatCodes, false), rounding: code("rounding", roundingCodes, false),
		cycle: code("cycle", cycleCodes, false), shift: code("shift", shiftCodes, false), settle: "KRW",
		fxDate: code("fx date", fxDateCodes, none), fxKind: code("fx kind", fxKindCodes, none),
		fxPosting: code("fx posting", fxPostCodes, none), fxOrder: code("fx order", fxOrderCodes, none),
		reserve: rapid.SampledFrom([]string{"0", "0.1"}).Draw(t, "reserve"),
	}
}

func drawDay(t *rapid.T) string {
	n := rapid.IntRange(0, 20_000).Draw(t, "days after 2000-01-01")
	return time.Date(2000, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Every day has one version, and only the approval day has the terms of the case.
func TestContractVersionsCoverEveryDayOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contract{terms: drawTerms(t), day: drawDay(t)}
		versions, err := c.versions("M1")
		if err != nil {
			t.Fatal(err)
		}
		approved, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		shift := rapid.SampledFrom([]int{-400, -2, -1, 0, 1, 2, 400}).Draw(t, "days from approval")
		day := approved.AddDate(0, 0, shift).Format(time.DateOnly)
		if day < firstDay {
			return
		}
		var found []terms
		for _, v := range versions {
			if v.from > v.to {
				t.Errorf("version from %s to %s", v.from, v.to)
			}
			if v.from <= day && day <= v.to {
				found = append(found, v.terms)
			}
		}
		if len(found) != 1 || (found[0] == c.terms) != (day == c.day) {
			t.Errorf("contract %+v: on %s: %+v", c, day, found)
		}
	})
}

// A wrong look-up must show whatever the case is about, so a decoy may agree in nothing but the settlement currency.
func TestDecoyDiffersInEveryTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		is := drawTerms(t)
		for step := 1; step <= 2; step++ {
			d := is.decoy(step)
			for _, pair := range []struct{ name, is, decoy string }{
				{"grade", is.grade, d.grade}, {"vat", is.vat, d.vat}, {"rounding", is.rounding, d.rounding},
				{"cycle", is.cycle, d.cycle}, {"shift", is.shift, d.shift}, {"fx date", is.fxDate, d.fxDate},
				{"fx kind", is.fxKind, d.fxKind}, {"fx posting", is.fxPosting, d.fxPosting},
				{"fx order", is.fxOrder, d.fxOrder}, {"reserve", is.reserve, d.reserve},
			} {
				if pair.is == pair.decoy || pair.decoy == "" {
					t.Errorf("decoy %d: %s is %q, of the case %q", step, pair.name, pair.decoy, pair.is)
				}
			}
		}
	})
}

func TestContractVersionsRefuse(t *testing.T) {
	for _, tt := range []struct {
		day, reason string
	}{
		{"1999-12-31", "before the legacy system's first day: no version could come before it"},
		{"9999-12-31", "nothing can come after it"},
		{"2025-02-30", "no such day"},
		{"", "no day at all"},
	} {
		if vs, err := (contract{day: tt.day}).versions("M"); err == nil {
			t.Errorf("%q (%s): %+v", tt.day, tt.reason, vs)
		}
	}
}

func TestContractOnTheFirstDayHasNoEarlierVersion(t *testing.T) {
	vs, err := contract{day: firstDay, terms: terms{grade: "SME1"}}.versions("M")
	if err != nil || len(vs) != 2 || vs[0].from != firstDay || vs[0].terms.grade != "SME1" {
		t.Errorf("%+v, %v", vs, err)
	}
}

func TestMerchants(t *testing.T) {
	base := contract{terms: termsOf(cases.Contract{Grade: "GENERAL", Cycle: "D3", ReserveRate: decimal.RequireFromString("0.10")}), day: "2025-02-13"}
	m := newMerchants()
	first, versions, err := m.add(base)
	if err != nil || len(versions) != 3 || len(first) != 17 {
		t.Fatalf("%q %v %v", first, versions, err)
	}
	if again, versions, err := m.add(base); again != first || versions != nil || err != nil {
		t.Errorf("the same contract: %q %v %v", again, versions, err)
	}
	if mid, _, err := newMerchants().add(base); mid != first || err != nil {
		t.Errorf("in another run: %q, %v", mid, err)
	}
	// Where one field ends and the next begins is part of what is digested.
	moved := base
	moved.terms.grade, moved.terms.vat = "GENERA", "L"+base.terms.vat
	for _, c := range []contract{{terms: base.terms, day: "2025-02-14"}, moved} {
		if mid, versions, err := m.add(c); mid == first || len(versions) != 3 || err != nil {
			t.Errorf("%+v: %q %v %v", c, mid, versions, err)
		}
	}
	// A digest that two contracts share is an error, never one merchant with two contracts.
	m.byMID[contract{day: "2025-03-01"}.mid()] = base
	if mid, _, err := m.add(contract{day: "2025-03-01"}); err == nil {
		t.Errorf("collision gave %q", mid)
	}
}
