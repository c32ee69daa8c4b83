package harness

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"settleproof/harness/snapshot"
)

func mustRun(t testing.TB, cfg Config) *Verdict {
	t.Helper()
	v, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// postageCases is 9 shards of 40. PD-1 holds in two of them; it explains a case unless the surcharge happens to be round.
const postageCases = 360

func TestRunAgrees(t *testing.T) {
	v := mustRun(t, postageConfig())
	if v.Exit() != ExitOK || v.Level() != LevelKnown || v.Cases != postageCases || v.Match+v.Known != postageCases || v.Known == 0 {
		t.Fatalf("exit %d, %v, %+v", v.Exit(), v.Level(), v.Counts)
	}
	if len(v.Cells) != 9 || v.Cells[0].Name != "z1.express" || v.Cells[0].Match != 40 {
		t.Errorf("cells: %+v", v.Cells)
	}
	alone := postageConfig()
	alone.Oracle = nil
	w := mustRun(t, alone)
	if w.Oracle != "" || !reflect.DeepEqual(w.Counts, v.Counts) {
		t.Errorf("without the oracle the golden lines stand for it: %+v, with it %+v", w.Counts, v.Counts)
	}
}

var judgeTests = []struct {
	name, reason string
	edit         func(*Config)
	want         Counts // less MATCH and KNOWN
	exit         int
	id, note     string // of the first failure
}{
	{"subject-wrong", "one digit of one result", func(c *Config) {
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if id == "z1.night.w05" {
				o.Result = strings.Replace(o.Result, "0\t", "1\t", 1)
			}
		}}
	}, Counts{Mismatch: 1}, ExitMismatch, "z1.night.w05", ""},
	{"binding-moved", "the same result from another input is not the same case", func(c *Config) {
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if id == "z1.night.w05" {
				o.Inputs = strings.Replace(o.Inputs, "z1", "z2", 1)
			}
		}}
	}, Counts{Mismatch: 1}, ExitMismatch, "z1.night.w05", ""},
	{"refusal-lost", "a value where a refusal was is a mismatch of the whole result", func(c *Config) {
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if strings.HasPrefix(o.Result, "err=") {
				o.Result = "1\t2\t3"
			}
		}}
	}, Counts{Mismatch: 4}, ExitMismatch, "z1.night.w36", ""},
	{"no-answer", "an outcome with neither a result nor a cause must not look equal", func(c *Config) {
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if id == "z2.night.w00" {
				*o = Outcome{}
			}
		}}
	}, Counts{Unknown: 1}, ExitUnknown, "z2.night.w00", ""},
	{"known-vanished", "a known difference that no longer differs is a mismatch like any other", func(c *Config) {
		c.Oracle = carrier{legacy: true, casesMax: 1000, change: func(id string, o *Outcome) {
			if id == "z2.express.w01" {
				_, o.Result = postage(id, false)
			}
		}}
	}, Counts{Mismatch: 1}, ExitMismatch, "z2.express.w01", "PD-1 vanished"},
	{"legacy-moved", "another legacy value than the committed one, though within the bound", func(c *Config) {
		c.Golden = newPostageGolden().edit("z2/express", "z2.express.w01", func(r *snapshot.Record) {
			r.Legacy = "surcharge=1\ttotal=2"
		})
	}, Counts{Mismatch: 1}, ExitMismatch, "z2.express.w01", ""},
	{"unlisted-field", "a field that no named known difference lists", func(c *Config) {
		c.Known[0].Covers = where(expressBeyondOne, FieldMax{"surcharge", "9"})
	}, Counts{Mismatch: 68}, ExitMismatch, "z2.express.w01", "total differs and no known difference here lists it"},
	{"bound-exceeded", "the bound holds for the committed values too", func(c *Config) {
		c.Known[1].Covers = where(heavyInThree, FieldMax{"base", "0"}, FieldMax{"total", "10"})
	}, Counts{Mismatch: 6}, ExitMismatch, "z3.express.w38", "PD-2: base is"},
	{"bad-bound", "a bound that cannot be read explains nothing", func(c *Config) {
		c.Known[1].Covers = where(heavyInThree, FieldMax{"base", "one"}, FieldMax{"total", "10"})
	}, Counts{Mismatch: 6}, ExitMismatch, "z3.express.w38", "PD-2: base: strconv"},
	{"unknown-id", "the named known difference is gone from the list", func(c *Config) {
		c.Known = c.Known[:1]
	}, Counts{Mismatch: 6}, ExitMismatch, "z3.express.w38", "PD-2 is not in the known differences"},
	{"condition-moved", "its condition no longer holds for the case", func(c *Config) {
		c.Known[1].Covers = where(func(id string) bool { return id[len(id)-2:] == "39" }, FieldMax{"base", "1"}, FieldMax{"total", "10"})
	}, Counts{Mismatch: 3}, ExitMismatch, "z3.express.w38", "PD-2 does not hold"},
	{"condition-fails", "a condition that cannot be evaluated covers nothing", func(c *Config) {
		c.Known[1].Covers = func(string) ([]FieldMax, error) { return nil, errors.New("no axis weight") }
	}, Counts{Mismatch: 6}, ExitMismatch, "z3.express.w38", "PD-2: no axis weight"},
	{"idle-id", "an id named on a line where it explains no field", func(c *Config) {
		c.Golden = newPostageGolden().edit("z3/express", "z3.express.w38", func(r *snapshot.Record) {
			r.Legacy = strings.TrimPrefix(r.Legacy[strings.Index(r.Legacy, "surcharge"):], " ")
		})
		c.Known[1].Covers = where(heavyInThree, FieldMax{"base", "1"}, FieldMax{"total", "0"})
		c.Oracle = nil
	}, Counts{Mismatch: 5}, ExitMismatch, "z3.express.w38", "PD-2 explains no field"},
	{"missing-shard", "a golden file that is not there", func(c *Config) {
		g := newPostageGolden()
		delete(g, "z2/night")
		c.Golden = g
	}, Counts{Unknown: 40}, ExitUnknown, "z2.night.w00", ""},
	{"missing-line", "a case of the suite that the golden file has lost", func(c *Config) {
		c.Golden = newPostageGolden().edit("z2/night", "z2.night.w07", func(r *snapshot.Record) { r.ID = "" })
	}, Counts{Mismatch: 1}, ExitMismatch, "z2.night.w07", "no line for it"},
	{"renamed-line", "one case lost, one line that no case asked for", func(c *Config) {
		c.Golden = newPostageGolden().edit("z2/night", "z2.night.w39", func(r *snapshot.Record) { r.ID = "z2.night.x39" })
	}, Counts{Mismatch: 2}, ExitMismatch, "z2.night.w39", "no line for it"},
	{"extra-shard", "a golden file that no shard of the suite is called like", func(c *Config) {
		c.Scope = ScopeSuite
		c.GoldenShards = []string{"z1/express", "z3/standard"}
		c.Shards = c.Shards[:8]
	}, Counts{Mismatch: 40}, ExitMismatch, "z3.standard.w00", "not in the suite"},
	{"chosen-cases", "of chosen cases the other lines are somebody else's", func(c *Config) {
		c.Scope = ScopeCases
		c.Shards = []Shard{{Name: "z2/night", IDs: []string{"z2.night.w03", "z2.night.w30"}}}
	}, Counts{}, ExitOK, "", ""},
	{"nothing", "zero cases show nothing", func(c *Config) { c.Shards = nil }, Counts{}, ExitUnknown, "", ""},
	{"oracle-down", "no database: every case is UNKNOWN, none is equal", func(c *Config) {
		c.Oracle = carrier{legacy: true, casesMax: 1000, call: func(context.Context, []Shard) error { return errors.New("connection refused") }}
	}, Counts{Unknown: postageCases}, ExitUnknown, "z1.express.w00", ""},
	{"mismatch-beats-unknown", "a wrong subject stays wrong when the oracle is down", func(c *Config) {
		c.Oracle = carrier{legacy: true, casesMax: 1000, call: func(context.Context, []Shard) error { return errors.New("connection refused") }}
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if id == "z1.express.w00" {
				o.Result = "1\t1\t2"
			}
		}}
	}, Counts{Unknown: postageCases - 1, Mismatch: 1}, ExitMismatch, "z1.express.w00", ""},
	{"systemic", "everything wrong is the harness's fault first", func(c *Config) {
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) { o.Result += "0" }}
	}, Counts{Mismatch: postageCases}, ExitSystemic, "z1.express.w00", ""},
	{"stop", "the run ends at the third mismatch, everything after it is not judged", func(c *Config) {
		c.MismatchMax = 3
		c.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
			if strings.HasPrefix(id, "z1.night") {
				o.Result += "0"
			}
		}}
	}, Counts{Mismatch: 3, Unknown: postageCases - 43}, ExitMismatch, "z1.night.w00", ""},
}

func TestJudge(t *testing.T) {
	for _, tt := range judgeTests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := postageConfig()
			tt.edit(&cfg)
			v := mustRun(t, cfg)
			if v.Mismatch != tt.want.Mismatch || v.Unknown != tt.want.Unknown || v.Exit() != tt.exit {
				t.Fatalf("%s: exit %d, %+v, want exit %d, %+v\n%+v", tt.reason, v.Exit(), v.Counts, tt.exit, tt.want, first(v.Failures, 3))
			}
			if v.Cases != v.Match+v.Known+v.Unknown+v.Mismatch || len(v.Failures) != v.Unknown+v.Mismatch {
				t.Errorf("counts do not add up: %+v, %d failures", v.Counts, len(v.Failures))
			}
			if tt.id == "" {
				return
			}
			c := v.Failures[0]
			if c.ID != tt.id || tt.note != "" && !strings.Contains(c.Diffs[0].Note, tt.note) {
				t.Errorf("%s: first failure %+v, want %s with %q", tt.reason, c, tt.id, tt.note)
			}
		})
	}
}

func first(c []Case, n int) []Case { return c[:min(len(c), n)] }

func TestDiffNamesFields(t *testing.T) {
	cfg := postageConfig()
	cfg.Subject = carrier{casesMax: 1, change: func(id string, o *Outcome) {
		if id == "z1.night.w00" { // 302 0 302
			o.Inputs, o.Result = "z2\t25\tnight", "302\t4\t306"
		}
	}}
	v := mustRun(t, cfg)
	want := []Diff{
		{SideSubject, "inputs.zone", "z1", "z2", "+0", ""},
		{SideSubject, "surcharge", "0", "4", "+4", ""},
		{SideSubject, "total", "302", "306", "+4", ""},
	}
	if len(v.Failures) != 1 || !reflect.DeepEqual(v.Failures[0].Diffs, want) {
		t.Errorf("got %+v", v.Failures)
	}
	var counts []string
	for _, f := range v.Fields {
		counts = append(counts, fmt.Sprint(f.Field, " ", f.Mismatch))
		if f.Cases != f.Match+f.Known+f.Unknown+f.Mismatch {
			t.Errorf("%+v does not add up", f)
		}
	}
	if got := strings.Join(counts, ", "); got != "base 0, surcharge 1, total 1, inputs.zone 1" {
		t.Errorf("fields: %s", got)
	}
}

func TestHygiene(t *testing.T) {
	tests := []struct {
		name, reason string
		edit         func(*Config)
		want         []string
		exit         int
	}{
		{"in-order", "nothing to say of chosen shards", func(c *Config) {}, nil, ExitOK},
		{"expired", "its last day was yesterday; its cases stay KNOWN, the gate does not pass", func(c *Config) {
			c.Known[1].Expires = "2025-05-31"
		}, []string{"differences:9: PD-2: expired on 2025-05-31"}, ExitHygiene},
		{"last-day", "the last day still counts", func(c *Config) { c.Known[1].Expires = "2025-06-01" }, nil, ExitOK},
		{"expired-elsewhere", "in a part of the suite an expired one that explains nothing here is not this run's business", func(c *Config) {
			c.Known[1].Expires = "2025-05-31"
			c.Shards = c.Shards[:6]
		}, nil, ExitOK},
		{"over-cap", "PD-1 is a fifth of this suite", func(c *Config) { c.Scope = ScopeSuite },
			[]string{"differences:1: PD-1: over its cap: explains 70 of 360 cases, more than 5 %"}, ExitHygiene},
		{"stale", "it explains no case", func(c *Config) {
			c.Scope = ScopeSuite
			c.Known = append(c.Known, Known{ID: "PD-3", Pos: "differences:17", Covers: where(func(string) bool { return true }, FieldMax{"base", "1"})})
		}, []string{"differences:1: PD-1: over its cap: explains 70 of 360 cases, more than 5 %", "differences:17: PD-3: stale: explains no case"}, ExitHygiene},
		{"stale-unsure", "while something is UNKNOWN nobody knows what it would explain", func(c *Config) {
			c.Scope = ScopeSuite
			c.Oracle = carrier{legacy: true, casesMax: 1000, call: func(context.Context, []Shard) error { return errors.New("down") }}
		}, nil, ExitUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := postageConfig()
			tt.edit(&cfg)
			v := mustRun(t, cfg)
			var got []string
			for _, f := range v.Findings {
				got = append(got, f.Text)
			}
			if !slices.Equal(got, tt.want) || v.Exit() != tt.exit {
				t.Errorf("%s: exit %d, %q", tt.reason, v.Exit(), got)
			}
		})
	}
}

func TestExitPrecedence(t *testing.T) {
	many := Counts{Cases: 100, Match: 100}
	tests := []struct {
		reason string
		v      Verdict
		want   int
	}{
		{"all is well", Verdict{Counts: many}, ExitOK},
		{"hygiene alone", Verdict{Counts: many, Findings: []Finding{{Exit: ExitHygiene}}}, ExitHygiene},
		{"unknown before hygiene", Verdict{Counts: many, Findings: []Finding{{Exit: ExitHygiene}, {Exit: ExitUnknown}}}, ExitUnknown},
		{"mismatch before unknown", Verdict{Counts: many, Findings: []Finding{{Exit: ExitUnknown}, {Exit: ExitMismatch}}}, ExitMismatch},
		{"internal before all", Verdict{Counts: Counts{Cases: 9, Mismatch: 1, Match: 8}, Findings: []Finding{{Exit: ExitSystemic}}}, ExitSystemic},
		{"a fifth is not yet systemic", Verdict{Counts: Counts{Cases: 100, Mismatch: 20, Match: 80}}, ExitMismatch},
		{"more than a fifth is", Verdict{Counts: Counts{Cases: 100, Mismatch: 21, Match: 79}, Failures: slices.Repeat([]Case{{Level: LevelMismatch}}, 21)}, ExitSystemic},
		{"of chosen cases it is not", Verdict{Scope: ScopeCases, Counts: Counts{Cases: 2, Mismatch: 2}}, ExitMismatch},
		{"nothing ran", Verdict{}, ExitUnknown},
	}
	for _, tt := range tests {
		if got := tt.v.Exit(); got != tt.want {
			t.Errorf("%s: exit %d, want %d", tt.reason, got, tt.want)
		}
		if tt.v.Meaning() == "" || (tt.v.Level() <= LevelKnown) != (tt.want == ExitOK || tt.want == ExitHygiene) {
			t.Errorf("%s: level %v, meaning %q", tt.reason, tt.v.Level(), tt.v.Meaning())
		}
	}
}

func TestDataErrors(t *testing.T) {
	broken := errors.New("golden/z2/night.golden:7:3: want \"=\"")
	cfg := postageConfig()
	cfg.Golden = brokenGolden{cfg.Golden, broken}
	if _, err := Run(context.Background(), cfg); err != broken {
		t.Errorf("a file that cannot be read: %v", err)
	}
	cfg = postageConfig()
	cfg.Domain.Fields.Results = []string{"base", "surcharge", "sum"}
	if _, err := Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "its fields are not those of the domain") {
		t.Errorf("other fields: %v", err)
	}
	cfg = postageConfig()
	cfg.Known = append(cfg.Known, cfg.Known[0])
	if _, err := Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "PD-1 is defined before") {
		t.Errorf("one id twice: %v", err)
	}
	var internal *InternalError
	cfg = postageConfig()
	cfg.Shards[2].IDs = []string{"b", "a"}
	if _, err := Run(context.Background(), cfg); !errors.As(err, &internal) {
		t.Errorf("ids out of order: %v", err)
	}
	cfg = postageConfig()
	cfg.Domain.Within = func(_, _, _, _ string) (bool, error) { panic("no such currency") }
	if _, err := Run(context.Background(), cfg); !errors.As(err, &internal) || !strings.Contains(err.Error(), "no such currency") {
		t.Errorf("a panic in the domain: %v", err)
	}
}

type brokenGolden struct {
	Golden
	err error
}

func (g brokenGolden) Read(shard string) (*snapshot.File, error) {
	if shard == "z2/night" {
		return nil, g.err
	}
	return g.Golden.Read(shard)
}

// Whatever the workers, the packing and the faults, the verdict is one and the same.
func TestRunIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wrong := rapid.IntRange(1, 40).Draw(t, "one in n cases is wrong")
		lost := rapid.IntRange(1, 40).Draw(t, "one in n cases is lost")
		stop := rapid.IntRange(0, 5).Draw(t, "mismatches at most")
		change := func(id string, o *Outcome) {
			n := len(id)
			for _, b := range []byte(id) {
				n = n*31 + int(b)
			}
			if n < 0 {
				n = -n
			}
			if n%wrong == 0 && wrong > 1 {
				o.Result += "1"
			}
			if n%lost == 1 {
				*o = Outcome{Unknown: &Unknown{MissingInput, "lost"}}
			}
		}
		runWith := func(workers, casesMax int) *Verdict {
			cfg := postageConfig()
			cfg.Workers, cfg.MismatchMax = workers, stop
			cfg.Subject = carrier{casesMax: casesMax, change: change, call: func(context.Context, []Shard) error { runtime.Gosched(); return nil }}
			cfg.Oracle = carrier{legacy: true, casesMax: casesMax * 3}
			v, err := Run(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.Differences {
				v.Differences[i].Covers = nil
			}
			return v
		}
		one := runWith(1, rapid.IntRange(1, 500).Draw(t, "cases per call"))
		eight := runWith(8, rapid.IntRange(1, 500).Draw(t, "cases per call, again"))
		if !reflect.DeepEqual(one, eight) {
			t.Fatalf("1 worker: %+v\n8 workers: %+v", one.Counts, eight.Counts)
		}
	})
}
