package harness

import (
	"fmt"
	"slices"
	"strings"
)

// systemicPercent is the share of mismatches above which the harness, the oracle or the golden set is to be doubted
// first, unless the evidence singles out one side; see Systemic.
const systemicPercent = 20

// The exit codes; 2 is the command's, for usage and data file errors.
const (
	ExitOK       = 0 // every case ran: MATCH or a valid KNOWN
	ExitMismatch = 1 // a mismatch that nothing explains
	ExitUsage    = 2 // usage or data file error
	ExitUnknown  = 3 // no mismatch, but something is UNKNOWN
	ExitHygiene  = 4 // a known difference is expired, stale or over its cap
	ExitSystemic = 5 // more than systemicPercent mismatch that no single change explains, or an internal error
)

// Counts are cases by verdict; Cases is their sum.
type Counts struct{ Cases, Match, Known, Unknown, Mismatch int }

func (c *Counts) add(l Level) {
	c.Cases++
	switch l {
	case LevelMatch:
		c.Match++
	case LevelKnown:
		c.Known++
	case LevelUnknown:
		c.Unknown++
	case LevelMismatch:
		c.Mismatch++
	}
}

// Level is the worst verdict among the cases. None at all is UNKNOWN: nothing was shown.
func (c Counts) Level() Level {
	switch {
	case c.Mismatch > 0:
		return LevelMismatch
	case c.Unknown > 0 || c.Cases == 0:
		return LevelUnknown
	case c.Known > 0:
		return LevelKnown
	}
	return LevelMatch
}

// Cell is the verdict of one group of cases.
type Cell struct {
	Name string
	Counts
}

// FieldCount is the verdict of one field over all cases. Inputs are named inputs.NAME; names in brackets stand for what
// is no field: (record), (result), (known).
type FieldCount struct {
	Field string
	Counts
}

// CauseCount says how many cases are UNKNOWN for one cause, and the first that was said about it.
type CauseCount struct {
	Cause  Cause
	Cases  int
	Detail string
}

// Case is a case that is MISMATCH or UNKNOWN.
type Case struct {
	ID, Shard string
	Level     Level
	Unknown   *Unknown // of the subject, else of the oracle; nil when both answered
	Diffs     []Diff
}

// Side says what a Diff is about.
type Side string

// The sides of a Diff; the other one is always the golden line.
const (
	SideSubject Side = "subject"
	SideOracle  Side = "oracle"
	SideRecord  Side = "record" // the line itself, or a known difference on it
)

// Diff is one field that is not as the golden line wants it.
type Diff struct {
	Side      Side
	Field     string // as in FieldCount
	Want, Got string
	Delta     string // Got - Want, where the domain can tell
	Note      string
}

// Finding is something wrong that is no case: a manifest line, a published example, a known difference, the selftest.
type Finding struct {
	Check string
	Exit  int // the exit code it asks for
	Text  string
}

// Verdict is what a run found. Its lists are in case order, so equal runs are equal values.
type Verdict struct {
	Subject, Oracle string // Oracle is "" when it was not asked
	Scope           Scope
	Counts
	Cells       []Cell       // ascending by name
	Fields      []FieldCount // in field order; inputs and names in brackets only where one is not MATCH
	Causes      []CauseCount // in order of appearance
	Differences []KnownUse   // in the order given
	Failures    []Case       // every MISMATCH and UNKNOWN
	Findings    []Finding

	// What speaks for a single change when much is MISMATCH. The caller knows it: it has checked the manifest.
	GoldenApproved bool // the golden files are byte for byte those that were accepted
	OracleChanged  bool // the oracle is not the one that they were accepted with
}

// Level is the verdict of the run, findings included.
func (v *Verdict) Level() Level {
	switch v.Exit() {
	case ExitMismatch, ExitSystemic:
		return LevelMismatch
	case ExitUnknown:
		return LevelUnknown
	}
	return v.Counts.Level()
}

// Exit returns the one number, 5 > 1 > 3 > 4 > 0:
//
//  1. 5 when the run is Systemic, or a finding asks for it.
//  2. 1 when a case is MISMATCH, or a finding asks for it.
//  3. 3 when a case is UNKNOWN, there is no case, or a finding asks for it.
//  4. 4 when a known difference is expired, stale or over its cap.
//  5. 0 otherwise.
func (v *Verdict) Exit() int {
	asked := func(exit int) bool {
		for _, f := range v.Findings {
			if f.Exit == exit {
				return true
			}
		}
		return false
	}
	switch {
	case v.Systemic() || asked(ExitSystemic):
		return ExitSystemic
	case v.Mismatch > 0 || asked(ExitMismatch):
		return ExitMismatch
	case v.Unknown > 0 || v.Cases == 0 || asked(ExitUnknown):
		return ExitUnknown
	case asked(ExitHygiene):
		return ExitHygiene
	}
	return ExitOK
}

// Systemic reports whether so much is MISMATCH that the harness, the oracle or the golden set is wrong, and not a rule. In order:
//
//  1. In chosen cases a share says nothing: whoever reruns the failed ones expects all of them to fail.
//  2. Up to systemicPercent of the cases it never is.
//  3. Cases in which the subject alone gives another result, while golden files that are as they were accepted (and the oracle, where
//     it was asked) agree, are put down to the subject: one changed rule can move most cases.
//  4. Cases in which the oracle alone gives another result are put down to the oracle where it was changed since then.
//  5. It is systemic when what is left is more than systemicPercent: both sides against the golden line, other inputs, lines that are
//     not in the suite, golden files that nobody accepted, an unchanged oracle that answers otherwise.
func (v *Verdict) Systemic() bool {
	if v.Scope == ScopeCases || v.Mismatch*100 <= v.Cases*systemicPercent {
		return false
	}
	left := 0
	for i := range v.Failures {
		if c := &v.Failures[i]; c.Level == LevelMismatch && !v.singledOut(c) {
			left++
		}
	}
	return left*100 > v.Cases*systemicPercent
}

// singledOut reports whether the evidence puts a mismatch down to one side.
func (v *Verdict) singledOut(c *Case) bool {
	side := SideSubject
	if len(c.Diffs) > 0 {
		side = c.Diffs[0].Side
	}
	for _, d := range c.Diffs {
		if d.Side != side || d.Side == SideRecord || strings.HasPrefix(d.Field, inputsPrefix) || d.Field == inputsField {
			return false
		}
	}
	return v.GoldenApproved && (side == SideSubject || v.OracleChanged)
}

// Meaning says the exit code in words.
func (v *Verdict) Meaning() string {
	switch v.Exit() {
	case ExitOK:
		return "every case ran: MATCH or a valid KNOWN"
	case ExitMismatch:
		if v.Mismatch == 0 {
			return "another check found a mismatch: " + v.checks(ExitMismatch)
		}
		return "a mismatch that nothing explains"
	case ExitUnknown:
		switch {
		case v.Cases == 0:
			return "nothing ran, so nothing was shown"
		case v.Unknown == 0:
			return "another check could not be made: " + v.checks(ExitUnknown)
		}
		return "no mismatch, but not everything could be judged"
	case ExitHygiene:
		return "a known difference is expired, stale or over its cap"
	}
	if v.Systemic() {
		return fmt.Sprintf("systemic: more than %d %% mismatch that no single change explains; doubt the harness, the oracle or the golden set first", systemicPercent)
	}
	return "the harness cannot be trusted: " + v.checks(ExitSystemic)
}

// checks names the checks whose findings ask for an exit code.
func (v *Verdict) checks(exit int) string {
	var names []string
	for _, f := range v.Findings {
		if f.Exit == exit && !slices.Contains(names, f.Check) {
			names = append(names, f.Check)
		}
	}
	return strings.Join(names, ", ")
}
