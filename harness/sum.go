package harness

import (
	"fmt"
	"slices"
	"strings"
)

// tally adds sheets up to a verdict.
type tally struct {
	v      *Verdict
	judge  *judge
	stop   *Unknown // set once MismatchMax is reached
	max    int
	cells  map[string]*Counts
	fields map[string]*Counts
	order  []string // fields that are no result, in order of appearance
	uses   map[string]int
	seen   map[string]bool // scratch: fields of one case
}

// sum makes the verdict from the judged shards, in case order, and from golden shards that the suite does not know.
func (r *run) sum(foreign []*sheet) *Verdict {
	t := &tally{
		v:      &Verdict{Subject: r.Subject.Name(), Scope: r.Scope},
		judge:  &r.judge,
		max:    r.MismatchMax,
		cells:  map[string]*Counts{},
		fields: map[string]*Counts{},
		uses:   map[string]int{},
		seen:   map[string]bool{},
	}
	if r.Oracle != nil {
		t.v.Oracle = r.Oracle.Name()
	}
	for i := range r.parts {
		t.sheet(r.parts[i].sheet)
	}
	for _, sh := range foreign {
		t.sheet(sh)
	}
	t.close()
	for _, k := range r.Known {
		t.v.Differences = append(t.v.Differences, KnownUse{Known: k, Cases: t.uses[k.ID]})
	}
	checkHygiene(t.v, r.Today)
	return t.v
}

// sheet walks over the cases of one shard.
func (t *tally) sheet(sh *sheet) {
	fail, known := 0, 0
	var cell *Counts
	for i, id := range sh.ids {
		if i == 0 || sh.cells[i] != sh.cells[i-1] {
			cell = t.count(t.cells, sh.cells[i])
		}
		level := sh.levels[i]
		var c *Case
		if level >= LevelUnknown {
			c = &sh.failures[fail]
			fail++
		}
		if t.stop != nil {
			level, c = LevelUnknown, &Case{ID: id, Shard: sh.shard, Level: LevelUnknown, Unknown: t.stop}
		}
		t.v.Counts.add(level)
		cell.add(level)
		switch {
		case c != nil:
			t.failure(c)
		case level == LevelKnown:
			for known < len(sh.known) && sh.known[known].at < i {
				known++
			}
			t.knownCase(&sh.known[known])
		}
		if t.stop == nil && t.max > 0 && t.v.Mismatch == t.max {
			t.stop = &Unknown{Cancelled, fmt.Sprintf("stopped at mismatch %d", t.max)}
		}
	}
}

func (t *tally) count(m map[string]*Counts, name string) *Counts {
	c := m[name]
	if c == nil {
		c = &Counts{}
		m[name] = c
	}
	return c
}

// failure counts the fields of a case that is MISMATCH or UNKNOWN: those that differ, and when a half is UNKNOWN all the
// results that do not.
func (t *tally) failure(c *Case) {
	t.v.Failures = append(t.v.Failures, *c)
	clear(t.seen)
	for _, d := range c.Diffs {
		if t.seen[d.Field] {
			continue
		}
		t.seen[d.Field] = true
		if t.fields[d.Field] == nil && !slices.Contains(t.judge.domain.Fields.Results, d.Field) {
			t.order = append(t.order, d.Field)
		}
		t.count(t.fields, d.Field).Mismatch++
	}
	if c.Unknown == nil {
		return
	}
	t.cause(c.Unknown)
	for _, f := range t.judge.domain.Fields.Results {
		if !t.seen[f] {
			t.count(t.fields, f).Unknown++
		}
	}
}

func (t *tally) cause(u *Unknown) {
	for i := range t.v.Causes {
		if t.v.Causes[i].Cause == u.Cause {
			t.v.Causes[i].Cases++
			return
		}
	}
	t.v.Causes = append(t.v.Causes, CauseCount{u.Cause, 1, u.Detail})
}

func (t *tally) knownCase(k *knownCase) {
	for id := range strings.SplitSeq(k.record.Known, ",") {
		t.uses[id]++
	}
	for _, f := range k.fields {
		t.count(t.fields, f).Known++
	}
}

// close puts the lists in their order and fills in what is MATCH.
func (t *tally) close() {
	for name, c := range t.cells {
		t.v.Cells = append(t.v.Cells, Cell{name, *c})
	}
	slices.SortFunc(t.v.Cells, func(a, b Cell) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(t.order)
	for _, f := range slices.Concat(t.judge.domain.Fields.Results, t.order) {
		c := *t.count(t.fields, f)
		c.Cases = t.v.Cases
		c.Match = c.Cases - c.Known - c.Unknown - c.Mismatch
		t.v.Fields = append(t.v.Fields, FieldCount{f, c})
	}
}
