package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"settleproof/harness/snapshot"
)

// selftestLines is how many lines the selftest changes: enough to reach every part of the suite, few enough that a
// report which names other cases as well stands out.
const selftestLines = 50

// ErrNoLines says that there is nothing the selftest could change.
var ErrNoLines = errors.New("no golden line to change a digit in")

// SelftestError says that a run does not see what it should. Both lists are a count and the first ids.
type SelftestError struct{ Missed, Wrong string }

func (e *SelftestError) Error() string {
	return fmt.Sprintf("changed lines not noticed: %s; unchanged lines reported: %s", e.Missed, e.Wrong)
}

// Selftest shows that a run would notice: it changes one digit in selftestLines golden lines, in memory, and a run must
// report exactly these cases. In order:
//
//  1. The lines are spread evenly over the whole set; all of them when there are fewer. Which digit of a line, among
//     inputs, results and legacy values, changes from line to line.
//  2. Subject and oracle are echoes: they answer what the unchanged lines say. A first run over the shards in question says
//     which of their cases are MISMATCH even so (lines that are missing, or that no case asks for); no line of these is
//     chosen. Whether known differences explain the lines is not asked: whoever runs the selftest has judged them, and no
//     changed digit may hide behind one.
//  3. The changed shards are written out as text and read again, then a second run judges them.
//  4. It must report the changed cases, those of rule 2, and nothing else.
//
// It uses Domain, Golden, Shards, Known, Scope and Workers of cfg and returns how many lines were changed. A
// *SelftestError says what was not noticed or was reported although unchanged; other errors are those of Run.
func Selftest(ctx context.Context, cfg Config) (int, error) {
	cfg.Golden = KeepGolden(cfg.Golden)
	cfg.Subject, cfg.Oracle = echo{cfg.Golden, cfg.Domain.Fields, false}, echo{cfg.Golden, cfg.Domain.Fields, true}
	cfg.GoldenShards, cfg.MismatchMax, cfg.Progress, cfg.trusts = nil, 0, nil, true
	changed, golden, err := changeDigits(cfg, nil)
	if err != nil {
		return 0, err
	}
	cfg.Shards = shardsOf(cfg.Shards, golden)
	before, err := Run(ctx, cfg)
	if err != nil {
		return 0, err
	}
	want := mismatches(before)
	if slices.ContainsFunc(changed, func(id string) bool { return want[id] }) {
		if changed, golden, err = changeDigits(cfg, want); err != nil {
			return 0, err
		}
	}
	if len(changed) == 0 {
		return 0, ErrNoLines
	}
	cfg.Golden = golden
	after, err := Run(ctx, cfg)
	if err != nil {
		return 0, err
	}
	for _, id := range changed {
		want[id] = true
	}
	got := mismatches(after)
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return len(changed), sameCases(want, got)
}

// shardsOf returns the shards that have changed lines.
func shardsOf(shards []Shard, changed changedGolden) []Shard {
	var list []Shard
	for _, s := range shards {
		if changed.files[s.Name] != nil {
			list = append(list, s)
		}
	}
	return list
}

func mismatches(v *Verdict) map[string]bool {
	ids := map[string]bool{}
	for _, c := range v.Failures {
		if c.Level == LevelMismatch {
			ids[c.ID] = true
		}
	}
	return ids
}

func sameCases(want, got map[string]bool) error {
	const shown = 3 // ids of each kind in the error; the first ones lead to the rest
	list := func(a, b map[string]bool) string {
		var ids []string
		for id := range a {
			if !b[id] {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		return fmt.Sprintf("%d %s", len(ids), strings.Join(ids[:min(len(ids), shown)], " "))
	}
	missed, wrong := list(want, got), list(got, want)
	if missed == "0 " && wrong == "0 " {
		return nil
	}
	return &SelftestError{missed, wrong}
}

// changeDigits returns the ids of the lines it changed and a golden set with these changes. skip lists what not to touch.
func changeDigits(cfg Config, skip map[string]bool) ([]string, changedGolden, error) {
	files := make([]*snapshot.File, 0, len(cfg.Shards))
	asked := make([][]string, 0, len(cfg.Shards)) // the ids of each file's shard
	total := 0
	for _, s := range cfg.Shards {
		f, err := cfg.Golden.Read(s.Name)
		if err != nil {
			continue // missing, as the run says: no line to change
		}
		files, asked = append(files, f), append(asked, s.IDs)
		total += len(f.Records)
	}
	count := min(total, selftestLines)
	overlay := changedGolden{cfg.Golden, map[string]*snapshot.File{}}
	var ids []string
	place, before := 0, 0 // the file at hand, and the lines of the files before it
	next := 0             // the first line that may still be chosen
	for k := range count {
		// The k-th of count even steps, or the next line after it that can be changed.
		for next = max(next, k*total/count); next < total; next++ {
			for next-before >= len(files[place].Records) {
				before += len(files[place].Records)
				place++
			}
			r := &files[place].Records[next-before]
			if _, is := slices.BinarySearch(asked[place], r.ID); is && !skip[r.ID] && hasDigit(r) {
				break
			}
		}
		if next == total {
			break
		}
		f := overlay.files[files[place].Shard]
		if f == nil {
			c := *files[place]
			c.Records = slices.Clone(c.Records)
			f = &c
			overlay.files[f.Shard] = f
		}
		changeDigit(&f.Records[next-before], k, cfg.Domain.Fields)
		ids = append(ids, f.Records[next-before].ID)
		next++
	}
	for name, f := range overlay.files {
		read, err := snapshot.Parse(name, f.Encode())
		if err != nil {
			return nil, changedGolden{}, fmt.Errorf("changed in memory: %w", err)
		}
		overlay.files[name] = read
	}
	return ids, overlay, nil
}

// digits counts the digits of a line that stand for a value. Ids, codes and names do not: a changed one is another case,
// another refusal or a broken line, which are other tests.
func digits(r *snapshot.Record) int {
	return countDigits(r.Inputs) + countDigits(valuesOnly(r.Result)) + countDigits(legacyValues(r.Legacy))
}

// hasDigit is digits(r) > 0; nearly always the first input says so.
func hasDigit(r *snapshot.Record) bool {
	return strings.ContainsAny(r.Inputs, "0123456789") || digits(r) > 0
}

func valuesOnly(result string) string {
	if isRefusal(result) {
		return ""
	}
	return result
}

// legacyValues blanks the names of field=value, so that an offset in it is one in legacy.
func legacyValues(legacy string) string {
	b := []byte(legacy)
	name := true
	for i, c := range b {
		switch {
		case c == '\t':
			name = true
		case c == '=':
			name = false
		case name:
			b[i] = ' '
		}
	}
	return valuesOnly(string(b))
}

func countDigits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// changeDigit changes the n-th digit of the line, counted round, to the next one; where that would make a legacy value
// the result's, and so the line unreadable, the digit after it.
func changeDigit(r *snapshot.Record, n int, f snapshot.Fields) {
	const step = 7 // so that neighbouring lines are changed in different fields
	all, in, out := digits(r), countDigits(r.Inputs), countDigits(valuesOnly(r.Result))
	for try := range all {
		c, at := *r, (n*step+try)%all
		switch {
		case at < in:
			c.Inputs = nextDigit(r.Inputs, r.Inputs, at)
		case at < in+out:
			c.Result = nextDigit(r.Result, r.Result, at-in)
		default:
			c.Legacy = nextDigit(r.Legacy, legacyValues(r.Legacy), at-in-out)
		}
		if _, err := c.Overlay(f); err == nil {
			*r = c
			return
		}
	}
}

// nextDigit changes in text the n-th digit of mask.
func nextDigit(text, mask string, n int) string {
	b := []byte(text)
	for i := range b {
		if mask[i] < '0' || mask[i] > '9' {
			continue
		}
		if n == 0 {
			b[i] = '0' + (b[i]-'0'+1)%10
			break
		}
		n--
	}
	return string(b)
}

// changedGolden is a golden set of which some shards are replaced.
type changedGolden struct {
	Golden
	files map[string]*snapshot.File
}

func (g changedGolden) Read(shard string) (*snapshot.File, error) {
	if f := g.files[shard]; f != nil {
		return f, nil
	}
	return g.Golden.Read(shard)
}

// echo answers what the golden lines say: the result, or with legacy what the oracle must answer.
type echo struct {
	golden Golden
	fields snapshot.Fields
	legacy bool
}

func (e echo) Name() string { return "echo of the golden files" }

func (e echo) CasesMax() int { return 1 }

func (e echo) Answer(_ context.Context, shards []Shard) ([][]Outcome, error) {
	all := make([][]Outcome, len(shards))
	for i, s := range shards {
		all[i] = make([]Outcome, len(s.IDs))
		f, err := e.golden.Read(s.Name)
		if err != nil {
			f = &snapshot.File{}
		}
		at := 0
		for n, id := range s.IDs {
			for at < len(f.Records) && f.Records[at].ID < id {
				at++
			}
			if at == len(f.Records) || f.Records[at].ID != id {
				all[i][n].Unknown = &Unknown{MissingInput, "no golden line to echo"}
				continue
			}
			all[i][n] = e.outcome(&f.Records[at])
		}
	}
	return all, nil
}

func (e echo) outcome(r *snapshot.Record) Outcome {
	if !e.legacy {
		return Outcome{Inputs: r.Inputs, Result: r.Result}
	}
	result, err := r.Overlay(e.fields)
	if err != nil {
		return Outcome{Unknown: &Unknown{OracleError, err.Error()}}
	}
	return Outcome{Result: result}
}

// KeepGolden reads every shard once and keeps it, for runs that go over the same set again.
func KeepGolden(g Golden) Golden {
	if k, ok := g.(*keptGolden); ok {
		return k
	}
	return &keptGolden{golden: g, files: map[string]*snapshot.File{}}
}

type keptGolden struct {
	golden Golden
	mu     sync.Mutex
	files  map[string]*snapshot.File
}

func (k *keptGolden) Read(shard string) (*snapshot.File, error) {
	k.mu.Lock()
	f := k.files[shard]
	k.mu.Unlock()
	if f != nil {
		return f, nil
	}
	f, err := k.golden.Read(shard)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.files[shard] = f
	k.mu.Unlock()
	return f, nil
}
