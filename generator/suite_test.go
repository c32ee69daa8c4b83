package generator

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSuiteAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, rows := r.load(t)
		s, err := m.Suite()
		if err != nil {
			t.Fatalf("%v\n%s", err, r.text)
		}
		seen, base := map[string]bool{}, map[string]bool{}
		for i, row := range s.Rows {
			if r.excluded(row) {
				t.Fatalf("row %v is excluded\n%s", row, r.text)
			}
			if seen[string(row)] {
				t.Fatalf("row %v twice\n%s", row, r.text)
			}
			seen[string(row)] = true
			if i < s.Base {
				base[project(row, r.product)] = true
			}
		}
		want := map[string]bool{}
		for _, row := range rows {
			want[project(row, r.product)] = true
		}
		if len(base) != s.Base || !reflect.DeepEqual(base, want) {
			t.Fatalf("base of %d rows has %d of %d product rows\n%s", s.Base, len(base), len(want), r.text)
		}
		if r.strength == 0 {
			return
		}
		axes := slices.Concat(r.product, r.woven)
		slices.Sort(axes)
		valid, covered := bruteTuples(rows, axes, r.strength, r.woven), bruteTuples(s.Rows, axes, r.strength, r.woven)
		if !reflect.DeepEqual(valid, covered) {
			t.Fatalf("%d of %d tuples covered\n%s", len(covered), len(valid), r.text)
		}
		if c := s.Coverage; c.Valid != uint64(len(valid)) || c.Covered != uint64(len(covered)) || c.Strength != r.strength || !c.Complete() {
			t.Fatalf("coverage %+v, want %d of %d\n%s", c, len(covered), len(valid), r.text)
		}
	})
}

func TestCoverageAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, rows := r.load(t)
		axes := drawAxes(t, len(r.sizes))
		var names []string
		for _, a := range axes {
			names = append(names, fmt.Sprintf("x%d", a))
		}
		strength := rapid.IntRange(1, len(axes)).Draw(t, "strength")
		var some []Row
		for _, row := range rows {
			if rapid.Bool().Draw(t, "measured") {
				some = append(some, row)
			}
		}
		c, err := m.Coverage(some, strength, names...)
		if err != nil {
			t.Fatal(err)
		}
		valid, covered := bruteTuples(rows, axes, strength, nil), bruteTuples(some, axes, strength, nil)
		if c.Valid != uint64(len(valid)) || c.Covered != uint64(len(covered)) {
			t.Fatalf("%d of %d, want %d of %d\n%s", c.Covered, c.Valid, len(covered), len(valid), r.text)
		}
		if want := min(len(valid)-len(covered), missingMax); len(c.Missing) != want {
			t.Fatalf("%d missing, want %d", len(c.Missing), want)
		}
	})
}

func TestCoverageRefuses(t *testing.T) {
	m := settlement(t)
	bad := m.Defaults()
	bad[1] = 1
	bad[5] = 1
	for _, c := range []struct {
		reason   string
		rows     []Row
		strength int
		axes     []string
		want     string
	}{
		{"a row that cannot run proves nothing", []Row{m.Defaults(), bad}, 2, nil, "row 2, credit_card.micro.krw.capture.pay.d3, is excluded by only_when rate_date"},
		{"a row of another model", []Row{{1}}, 2, nil, "row 1 does not fit"},
		{"no strength", nil, 0, nil, "must be from 1 to 6"},
		{"more than the axes", nil, 3, []string{"method", "grade"}, "must be from 1 to 2"},
		{"an axis that is not there", nil, 1, []string{"colour"}, "unknown axis"},
	} {
		if _, err := m.Coverage(c.rows, c.strength, c.axes...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.reason, err)
		}
	}
}

func TestSettlementSuite(t *testing.T) {
	m := settlement(t)
	s, err := m.Suite()
	if err != nil {
		t.Fatal(err)
	}
	if s.Base != 62064 || !s.Coverage.Complete() {
		t.Errorf("base %d, coverage %+v", s.Base, s.Coverage)
	}
	if extra := len(s.Rows) - s.Base; extra > s.Base/50 {
		t.Errorf("%d extra rows for %d: the weave covers too little by itself", extra, s.Base)
	}
	all, err := m.Coverage(s.Rows, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !all.Complete() {
		t.Errorf("over all axes %d of %d, missing %v", all.Covered, all.Valid, all.Missing)
	}
	again, err := settlement(t).Suite()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Rows, again.Rows) {
		t.Error("a second run gives other rows")
	}
	t.Logf("%d product rows, %d extra, %d of %d triples with a woven axis, %d of %d over all axes",
		s.Base, len(s.Rows)-s.Base, s.Coverage.Covered, s.Coverage.Valid, all.Covered, all.Valid)
}

// TestSuiteChoicesAreFixed fails when a change of the hash or of the order of choices moves cases: then every golden file moves.
func TestSuiteChoicesAreFixed(t *testing.T) {
	m := settlement(t)
	s, err := m.Suite()
	if err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for _, row := range s.Rows {
		sum += hashText(m.ID(row))
	}
	if want := uint64(0x66d350635d2a6a44); sum != want {
		t.Errorf("sum of id hashes %#x, want %#x; if the model in testdata was changed, write down the new one", sum, want)
	}
}

func TestSuiteWithoutSection(t *testing.T) {
	m, err := Load("a.yaml", []byte("format: 1\naxes: [{name: a, default: x, lead: true, values: [x]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Suite(); err == nil {
		t.Error("a suite without a suite section")
	}
}

// TestGrowth grows the model and looks at what happens to the ids that were there.
func TestGrowth(t *testing.T) {
	data, err := os.ReadFile("testdata/settlement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	old := settlement(t)
	before, err := old.Suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason   string
		from, to string
		keep     float64 // least share of the old rows that must stay; 0 where the product itself is what grows
	}{
		{"a new woven value beside one or two others takes half or a third", "r10]}", "r10, r20]}", 0.5},
		{"a new woven value of a large axis takes little", "holiday_run]", "holiday_run, eclipse]", 0.93},
		{"a new product value moves no row", "values: [down, half_up, half_even, up]", "values: [down, half_up, half_even, up, ceiling]", 0.97},
		{"a new product axis with a default moves no row", "  - {name: vat,", "  - {name: payout, default: bank, values: [bank, wallet]}\n  - {name: vat,", 0.97},
		{"a new woven axis with a default", "  - {name: tax,", "  - {name: channel, default: web, values: [web, app]}\n  - {name: tax,", 0},
	} {
		text := strings.Replace(string(data), c.from, c.to, 1)
		if text == string(data) {
			t.Fatalf("%s: nothing replaced", c.reason)
		}
		if strings.Contains(text, "payout") {
			text = strings.Replace(text, "event, vat,", "event, payout, vat,", 1)
		}
		if strings.Contains(text, "channel") {
			text = strings.Replace(text, "reserve, tax]}", "reserve, channel, tax]}", 1)
		}
		grown, err := Load("grown.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", c.reason, err)
		}
		checkIDsSurvive(t, c.reason, old, grown)
		after, err := grown.Suite()
		if err != nil {
			t.Fatalf("%s: %v", c.reason, err)
		}
		ids := map[string]bool{}
		for _, row := range after.Rows {
			ids[grown.ID(row)] = true
		}
		kept := 0
		for _, row := range before.Rows {
			if ids[old.ID(row)] {
				kept++
			}
		}
		share := float64(kept) / float64(len(before.Rows))
		t.Logf("%s: %d of %d rows kept (%.1f %%), %d rows now", c.reason, kept, len(before.Rows), 100*share, len(after.Rows))
		if share < c.keep {
			t.Errorf("%s: %.3f of the rows kept, want %.3f", c.reason, share, c.keep)
		}
	}
}

// checkIDsSurvive samples the full product of the old model: every id must be in the new one with the same coordinates.
func checkIDsSurvive(t *testing.T, reason string, old, grown *Model) {
	t.Helper()
	p, err := old.Product()
	if err != nil {
		t.Fatal(err)
	}
	row := old.Defaults()
	for i := range uint64(20_000) {
		if err := p.Unrank(mix(i+1)%p.Count(), row); err != nil {
			t.Fatal(err)
		}
		id := old.ID(row)
		got, err := grown.Parse(id)
		if err != nil {
			t.Fatalf("%s: %v", reason, err)
		}
		if grown.ID(got) != id {
			t.Fatalf("%s: %s became %s", reason, id, grown.ID(got))
		}
		for a, axis := range old.Axes {
			at, _ := grown.Axis(axis.Name)
			if was, is := axis.Values[row[a]], grown.Axes[at].Values[got[at]]; was != is {
				t.Fatalf("%s: %s has %s %s, was %s", reason, id, axis.Name, is, was)
			}
		}
	}
}
