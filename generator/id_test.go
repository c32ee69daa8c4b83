package generator

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIDs(t *testing.T) {
	m := load(t, small)
	for _, c := range []struct {
		reason string
		row    Row
		want   string
	}{
		{"an axis that leads is written, a default is not", Row{0, 0, 0}, "card"},
		{"everything", Row{0, 2, 1}, "card.m6.usd"},
		{"a gap", Row{0, 0, 1}, "card.usd"},
		{"another lead", Row{1, 0, 0}, "bank"},
	} {
		if got := m.ID(c.row); got != c.want {
			t.Errorf("%s: %s, want %s", c.reason, got, c.want)
		}
		if got := string(m.AppendID([]byte("case."), c.row)); got != "case."+c.want {
			t.Errorf("%s: appended %s", c.reason, got)
		}
		if back, err := m.Parse(c.want); err != nil || !slices.Equal(back, c.row) {
			t.Errorf("%s: parsed %v %v", c.reason, back, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	m := load(t, small)
	for _, c := range []struct{ reason, id, want string }{
		{"nothing", "", `id "": token 1 "" is no value of any axis`},
		{"an unknown token", "card.m9", `id "card.m9": token 2 "m9" is no value of any axis`},
		{"an empty token", "card..usd", `id "card..usd": token 2 "" is no value of any axis`},
		{"a dot at the end", "card.", `id "card.": token 2 "" is no value of any axis`},
		{"an axis twice", "card.m3.m6", `id "card.m3.m6": token 3 "m6" is a second value of axis plan`},
		{"a token twice", "card.m3.m3", `id "card.m3.m3": token 3 "m3" is a second value of axis plan`},
		{"out of order", "card.usd.m3", `id "card.usd.m3": token 3 "m3" is out of order: axis plan comes before fx`},
		{"a default written out is a second name", "card.lump", `id "card.lump": token 2 "lump" is the default of axis plan, which is left out`},
		{"an axis that leads is missing", "m3.usd", `id "m3.usd": lacks a value of axis method`},
		{"excluded by a named rule", "bank.usd", `id "bank.usd" is excluded by no-fx`},
		{"excluded by two", "bank.m3.usd", `id "bank.m3.usd" is excluded by only_when plan, no-fx`},
	} {
		if _, err := m.Parse(c.id); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.reason, err, c.want)
		}
	}
}

func TestIDsAreDifferentAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, rows := r.load(t)
		seen := map[string]bool{}
		for _, row := range rows {
			id := m.ID(row)
			if id == "" || seen[id] {
				t.Fatalf("id %q empty or twice\n%s", id, r.text)
			}
			seen[id] = true
			if back, err := m.Parse(id); err != nil || !slices.Equal(back, row) {
				t.Fatalf("id %s: %v %v, want %v\n%s", id, back, err, row, r.text)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, id := range []string{"card", "card.m3.usd", "bank.usd", "", ".", "card.card", "m3.card", strings.Repeat("card.", 99)} {
		f.Add(id)
	}
	m := load(f, small)
	f.Fuzz(func(t *testing.T, id string) {
		row, err := m.Parse(id)
		if err != nil {
			return
		}
		if !m.Valid(row) || m.ID(row) != id {
			t.Fatalf("%q is read as %v, which is %q, valid %t", id, row, m.ID(row), m.Valid(row))
		}
	})
}
