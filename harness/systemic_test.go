package harness

import "testing"

// TestSystemic: a large share is put down to one side only where the evidence singles that side out.
func TestSystemic(t *testing.T) {
	subject := Case{Level: LevelMismatch, Diffs: []Diff{{Side: SideSubject, Field: "net"}, {Side: SideSubject, Field: "fee"}}}
	oracle := Case{Level: LevelMismatch, Diffs: []Diff{{Side: SideOracle, Field: "net"}}}
	both := Case{Level: LevelMismatch, Diffs: []Diff{{Side: SideSubject, Field: "net"}, {Side: SideOracle, Field: "net"}}}
	inputs := Case{Level: LevelMismatch, Diffs: []Diff{{Side: SideSubject, Field: "inputs.amount"}}}
	record := Case{Level: LevelMismatch, Diffs: []Diff{{Side: SideRecord, Field: "(record)"}}}
	for _, row := range []struct {
		reason            string
		of                Case
		cases             int // of 100
		approved, changed bool
		scope             Scope
		want              bool
	}{
		{"one rule of the subject moved everything", subject, 100, true, false, ScopeSuite, false},
		{"golden files that nobody accepted vouch for nothing", subject, 100, false, false, ScopeSuite, true},
		{"the oracle was changed", oracle, 100, true, true, ScopeSuite, false},
		{"an oracle that was not changed answers otherwise: it is broken", oracle, 100, true, false, ScopeSuite, true},
		{"both against the golden line: the line is wrong, or the harness", both, 100, true, true, ScopeSuite, true},
		{"other inputs: the binding moved, not a rule", inputs, 100, true, false, ScopeSuite, true},
		{"lines without cases", record, 100, true, false, ScopeSuite, true},
		{"a fifth is not yet systemic", both, 20, true, false, ScopeSuite, false},
		{"more than a fifth is", both, 21, true, false, ScopeSuite, true},
		{"chosen cases say nothing about shares", both, 100, true, false, ScopeCases, false},
	} {
		v := Verdict{Scope: row.scope, GoldenApproved: row.approved, OracleChanged: row.changed, Counts: Counts{Cases: 100, Mismatch: row.cases, Match: 100 - row.cases}}
		for range row.cases {
			v.Failures = append(v.Failures, row.of)
		}
		if got := v.Systemic(); got != row.want {
			t.Errorf("%s: systemic %t", row.reason, got)
		}
	}
}
