package harness

import (
	"context"
	"strings"
	"testing"

	"settleproof/harness/snapshot"
)

func TestSelftest(t *testing.T) {
	few := postageConfig()
	few.Scope, few.Shards = ScopeCases, []Shard{{Name: "z3/express", IDs: []string{"z3.express.w02", "z3.express.w38", "z3.express.w39"}}}
	lame := postageConfig() // one case is a mismatch before anything is changed
	lame.Golden = newPostageGolden().edit("z2/express", "z2.express.w01", func(r *snapshot.Record) { r.ID = "" })
	tests := []struct {
		reason string
		cfg    Config
		want   int
	}{
		{"the whole suite", postageConfig(), selftestLines},
		{"fewer lines than it would change", few, 3},
		{"a case that is a mismatch anyway is left out", lame, selftestLines},
	}
	for _, tt := range tests {
		n, err := Selftest(context.Background(), tt.cfg)
		if err != nil || n != tt.want {
			t.Errorf("%s: %d lines, %v", tt.reason, n, err)
		}
	}
}

func TestSelftestFails(t *testing.T) {
	blind := postageConfig()
	blind.Golden = postageGolden{}
	if _, err := Selftest(context.Background(), blind); err == nil || !strings.Contains(err.Error(), "no golden line") {
		t.Errorf("nothing to change: %v", err)
	}
	err := sameCases(map[string]bool{"a": true, "b": true}, map[string]bool{"b": true, "c": true})
	if err == nil || err.Error() != "changed lines not noticed: 1 a; unchanged lines reported: 1 c" {
		t.Errorf("got %v", err)
	}
}

// Every digit of a line is one the selftest can change, and a change of any of them is noticed.
func TestEveryDigitIsNoticed(t *testing.T) {
	cfg := postageConfig()
	cfg.Shards = cfg.Shards[6:7] // z3/express: known differences on every line
	file, err := cfg.Golden.Read("z3/express")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 38} {
		for n := range digits(&file.Records[at]) {
			cfg.Golden = newPostageGolden().edit("z3/express", file.Records[at].ID, func(r *snapshot.Record) {
				changeDigit(r, n, postageFields)
			})
			if v := mustRun(t, cfg); v.Mismatch != 1 || v.Failures[0].ID != file.Records[at].ID {
				t.Errorf("digit %d of %s: %+v", n, file.Records[at].ID, v.Counts)
			}
		}
	}
}
