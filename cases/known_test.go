package cases

import (
	"slices"
	"strings"
	"testing"

	"settleproof/calc/terms"
	"settleproof/harness"
)

const ledgerHead = "format: 1\nknown_differences:\n"

const goodEntry = `  - id: KD-900
    owner: o
    reason: r
    ticket: t
    approved_by: a
    expires: "2027-12-31"
    promotable: false
    covers:
      - when: method == "paypal" and event != "pay"
        fields:
          net: "3"
      - when: method == "paypal" and event == "cancel"
        fields:
          payout_date: 2 days
`

func TestReadKnown(t *testing.T) {
	known, err := book(t).readKnown(terms.File{Name: "k.yaml", Data: []byte(ledgerHead + goodEntry)})
	if err != nil || len(known) != 1 {
		t.Fatalf("%v, %v", known, err)
	}
	if known[0].Pos != "k.yaml:3" {
		t.Errorf("position %s", known[0].Pos)
	}
	for _, row := range []struct {
		reason, id string
		want       []harness.FieldMax
	}{
		{"one clause holds", "paypal.usd_kept.weekly-after.cancel_late", []harness.FieldMax{{Field: "net", Max: "3"}}},
		{"two clauses hold: their fields add up", "paypal.usd_kept.weekly-after.cancel", []harness.FieldMax{{Field: "net", Max: "3"}, {Field: "payout_date", Max: "2 days"}}},
		{"no clause holds: another event", "paypal.usd_kept.weekly-after", nil},
		{"no clause holds: another method", "gift_cert.cancel_late", nil},
	} {
		if got, err := known[0].Covers(row.id); err != nil || !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, %v; want %v", row.reason, got, err, row.want)
		}
	}
}

func TestReadKnownErrors(t *testing.T) {
	replace := func(old, new string) string { return ledgerHead + strings.Replace(goodEntry, old, new, 1) }
	for _, row := range []struct{ reason, text, want string }{
		{"another format", "format: 2\nknown_differences: []\n", "format 2"},
		{"an unknown field of the file", "format: 1\nknown: []\n", "known"},
		{"an unknown field of an entry", replace("owner: o", "owner: o\n    ignore: net"), "ignore"},
		{"no owner", replace("owner: o", "owner: ''"), "owner is missing"},
		{"never ends", replace(`expires: "2027-12-31"`, `expires: ""`), "expires is missing"},
		{"ends on no day", replace("2027-12-31", "2027-13-31"), "expires"},
		{"an id of another kind", replace("KD-900", "900"), "not like KD-001"},
		{"promotable left out", replace("    promotable: false\n", ""), "promotable is missing"},
		{"covers everything", replace("when: method == \"paypal\" and event != \"pay\"\n        ", ""), "when is missing"},
		{"covers nothing", ledgerHead + goodEntry[:strings.Index(goodEntry, "    covers:")], "covers is missing"},
		{"a value that does not exist", replace(`"paypal"`, `"paypall"`), "paypall"},
		{"a field that does not exist", replace("net:", "nett:"), "nett"},
		{"a bound that is no number", replace(`net: "3"`, `net: "three"`), "three"},
		{"a bound in days for an amount", replace(`net: "3"`, `net: 3 days`), "3 days"},
		{"twice", ledgerHead + goodEntry + goodEntry, "is there already"},
	} {
		_, err := book(t).readKnown(terms.File{Name: "k.yaml", Data: []byte(row.text)})
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "k.yaml:") {
			t.Errorf("%s: error %v, want one with a position and %q", row.reason, err, row.want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, row := range []struct {
		reason, field, a, b, max string
		want                     bool
	}{
		{"equal to the bound", "net", "-100", "-103", "3", true},
		{"beyond the bound", "net", "-100", "-104", "3", false},
		{"percent of the larger magnitude", "gross", "100", "104", "4 %", true},
		{"beyond the percentage", "gross", "100", "106", "4 %", false},
		{"percent and absolute add up", "gross", "1", "3", "4 % + 2", true},
		{"days either way", "payout_date", "2025-05-02", "2025-04-30", "2 days", true},
		{"too many days", "payout_date", "2025-05-03", "2025-04-30", "2 days", false},
		{"no date is no distance", "reserve_release_date", "", "2025-04-30", "400 days", false},
		{"a word against an amount", "net", "", "3", "10", false},
		{"decimals on both sides", "net", "-1.25", "1.2501", "2.5", false},
		{"decimals within", "net", "-1.25", "1.25", "2.5", true},
		{"beyond the short path", "net", "1234567890123.45", "1234567890123.46", "0.01", true},
		{"beyond the short path and the bound", "net", "1234567890123.45", "1234567890123.47", "0.01", false},
		{"five decimals", "fx_rate", "0.00001", "0.00003", "0.00001", false},
		{"any difference", "reserve_release_date", "", "2025-04-30", "any", true},
	} {
		if got, err := within(row.field, row.a, row.b, row.max); err != nil || got != row.want {
			t.Errorf("%s: %t, %v", row.reason, got, err)
		}
	}
}

func FuzzReadKnown(f *testing.F) {
	f.Add([]byte(ledgerHead + goodEntry))
	f.Add(read("known_differences.yaml").Data)
	b, err := Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		known, err := b.readKnown(terms.File{Name: "k.yaml", Data: data})
		if err == nil {
			for _, k := range known {
				if k.ID == "" || k.Covers == nil || k.Expires == "" {
					t.Errorf("an entry without id, cover or end is accepted: %+v", k)
				}
			}
		}
	})
}
