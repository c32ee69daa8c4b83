package harness

import (
	"context"
	"errors"
	"strings"
	"testing"

	"settleproof/harness/snapshot"
)

func postageCompute() ComputeConfig {
	return ComputeConfig{
		Domain:  postageDomain(),
		Shards:  postageShards(),
		Subject: carrier{casesMax: 100},
		Oracle:  carrier{legacy: true, casesMax: 1 << 20},
		Known:   postageKnown(),
		Digests: snapshot.Digests{{Name: "axes", Value: "1"}},
		Workers: 2,
	}
}

func compute(t *testing.T, cfg ComputeConfig) *snapshot.Pending {
	t.Helper()
	p, err := Compute(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func textOf(p *snapshot.Pending) string {
	var b strings.Builder
	for _, f := range p.Files {
		b.Write(f.Encode())
	}
	return b.String()
}

func TestCompute(t *testing.T) {
	p := compute(t, postageCompute())
	if len(p.Open) != 0 || p.NotAsked != "" || len(p.Files) != len(postageShards()) {
		t.Fatalf("open %v, not asked %q, %d files", p.Open, p.NotAsked, len(p.Files))
	}
	golden := newPostageGolden()
	for _, f := range p.Files {
		if string(f.Encode()) != string(golden[f.Shard].Encode()) {
			t.Errorf("shard %s:\n%s", f.Shard, f.Encode())
		}
	}
	cfg := postageCompute()
	cfg.Workers, cfg.Oracle = 8, Replay(p.Set)
	if again := compute(t, cfg); textOf(again) != textOf(p) || len(again.Open) > 0 {
		t.Error("replayed with 8 workers it is something else")
	}
}

func TestComputeOpen(t *testing.T) {
	approved := compute(t, postageCompute())
	without := func(set snapshot.Set) (n int) {
		for _, f := range set.Files {
			for _, r := range f.Records {
				if r.Legacy != "" {
					n++
				}
			}
		}
		return n
	}
	tests := []struct {
		reason string
		change func(cfg *ComputeConfig)
		check  func(p *snapshot.Pending) bool
	}{
		{"a case without an answer has no record", func(cfg *ComputeConfig) {
			cfg.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
				if id == "z1.night.w03" {
					*o = Outcome{Unknown: &Unknown{MissingInput, "no scale"}}
				}
			}}
		}, func(p *snapshot.Pending) bool {
			return len(p.Open) == 1 && p.Open[0] == snapshot.OpenCase{Reason: snapshot.NotComputed, Shard: "z1/night", ID: "z1.night.w03", What: "MISSING_INPUT: no scale"} &&
				!strings.Contains(textOf(p), "z1.night.w03\t")
		}},
		{"a shard without answers has no file", func(cfg *ComputeConfig) {
			cfg.Subject = carrier{casesMax: 1, call: func(_ context.Context, s []Shard) error {
				if s[0].Name == "z1/night" {
					return errors.New("boom")
				}
				return nil
			}}
		}, func(p *snapshot.Pending) bool {
			return p.Count(snapshot.NotComputed) == postageWeights && len(p.Files) == len(postageShards())-1
		}},
		{"legacy differs and nothing explains it", func(cfg *ComputeConfig) { cfg.Known = cfg.Known[:1] }, func(p *snapshot.Pending) bool {
			return p.Count(snapshot.Disagrees) == 2*len(postageSpeeds) && strings.Contains(p.Open[0].What, "base=") &&
				strings.Contains(p.Open[0].What, "no known difference here lists it")
		}},
		{"without an oracle nothing is lost from the approved lines", func(cfg *ComputeConfig) {
			cfg.Oracle, cfg.NotAsked, cfg.Approved = nil, "no database", approved.Set
		}, func(p *snapshot.Pending) bool {
			return p.NotAsked == "no database" && len(p.Open) == 0 && textOf(p) == textOf(approved)
		}},
		{"nor is anything made up", func(cfg *ComputeConfig) { cfg.Oracle, cfg.NotAsked = nil, "no database" }, func(p *snapshot.Pending) bool {
			return without(p.Set) == 0
		}},
		{"an oracle that breaks has not been asked", func(cfg *ComputeConfig) {
			cfg.Approved = approved.Set
			cfg.Oracle = carrier{legacy: true, casesMax: 1 << 20, call: func(context.Context, []Shard) error { return errors.New("gone") }}
		}, func(p *snapshot.Pending) bool {
			return p.Count(snapshot.NotAsked) == len(postageShards())*postageWeights && p.Open[0].What == "ORACLE_ERROR: gone" && textOf(p) == textOf(approved)
		}},
		{"other inputs take nothing over", func(cfg *ComputeConfig) {
			cfg.Oracle, cfg.NotAsked, cfg.Approved = nil, "no database", approved.Set
			cfg.Subject = carrier{casesMax: 100, change: func(_ string, o *Outcome) { o.Inputs += "9" }}
		}, func(p *snapshot.Pending) bool { return without(p.Set) == 0 }},
	}
	for _, tt := range tests {
		cfg := postageCompute()
		tt.change(&cfg)
		p := compute(t, cfg)
		if !tt.check(p) {
			t.Errorf("%s: not asked %q, open %+v", tt.reason, p.NotAsked, p.Open)
		}
	}
}

func TestReplayOfNothing(t *testing.T) {
	out := Answers(context.Background(), Replay(snapshot.Set{}), OracleError, []Shard{{Name: "s", IDs: []string{"a"}}}, 1)
	if u := out[0][0].Unknown; u == nil || u.Cause != MissingInput {
		t.Errorf("a case that is not in the set: %+v", out)
	}
}
