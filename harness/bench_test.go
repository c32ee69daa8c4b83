package harness

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"settleproof/harness/snapshot"
)

// bytesGolden parses a shard each time it is asked for, as a store does.
type bytesGolden map[string][]byte

func (g bytesGolden) Read(shard string) (*snapshot.File, error) {
	return snapshot.Parse(shard, g[shard])
}

// recorded answers what was computed before, so that only the harness is measured.
type recorded struct{ outcomes [][]Outcome }

func (recorded) Name() string  { return "recorded" }
func (recorded) CasesMax() int { return 500 }
func (r recorded) Answer(_ context.Context, shards []Shard) ([][]Outcome, error) {
	return r.outcomes[shards[0].First/benchCases:][:len(shards)], nil
}

// The size of the committed settlement set: 62,000 cases, 14 MB.
const benchShards, benchCases = 160, 388

func benchConfig() (Config, bytesGolden) {
	fields := snapshot.Fields{Inputs: []string{"a", "b", "c"}, Results: strings.Split("r0 r1 r2 r3 r4 r5 r6 r7 r8 r9", " ")}
	golden := bytesGolden{}
	cfg := Config{Golden: golden, Workers: 2, Today: "2025-06-01", Domain: Domain{
		Fields: fields,
		Cell:   func(id string) string { return id[:strings.IndexByte(id, '.')] },
		Within: func(_, _, _, _ string) (bool, error) { return true, nil },
	}}
	var all recorded
	for s := range benchShards {
		sh := Shard{Name: fmt.Sprintf("shard%03d", s), First: s * benchCases}
		f := &snapshot.File{Shard: sh.Name, Fields: fields}
		var out []Outcome
		for c := range benchCases {
			r := snapshot.Record{ID: fmt.Sprintf("shard%03d.general.added.typical.c%04d", s, c),
				Inputs: fmt.Sprintf("%020d\t%020d\t%020d", s, c, s*c), Result: strings.Repeat(fmt.Sprintf("%010d\t", c), 9) + "2025-02-07"}
			sh.IDs = append(sh.IDs, r.ID)
			f.Records = append(f.Records, r)
			out = append(out, Outcome{Inputs: r.Inputs, Result: r.Result})
		}
		golden[sh.Name] = f.Encode()
		all.outcomes = append(all.outcomes, out)
		cfg.Shards = append(cfg.Shards, sh)
	}
	cfg.Subject = all
	return cfg, golden
}

// BenchmarkRun is to be read beside BenchmarkHash: what the gate adds to looking at every byte once.
func BenchmarkRun(b *testing.B) {
	cfg, _ := benchConfig()
	b.ReportAllocs()
	for b.Loop() {
		if v := mustRun(b, cfg); v.Exit() != ExitOK || v.Cases != benchShards*benchCases {
			b.Fatal(v.Counts)
		}
	}
}

func BenchmarkSelftest(b *testing.B) {
	cfg, _ := benchConfig()
	cfg.Golden = KeepGolden(cfg.Golden)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Selftest(context.Background(), cfg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	_, golden := benchConfig()
	for b.Loop() {
		for _, data := range golden {
			_ = sha256.Sum256(data)
		}
	}
}
