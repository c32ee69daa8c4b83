// Package harness proves that two ways of answering the same cases agree, and never calls equal what it could not check.
//
//  1. A case is an id. Cases come in shards; one shard is one golden file.
//  2. A Subject answers whole shards. It is asked about neighbouring shards in one call, up to its CasesMax. A refusal is an
//     answer (err=CODE); an error, a panic, a wrong count, a deadline make every case of that call UNKNOWN, with a cause.
//  3. Results are put where their case stands, so the verdict is the same with 1 worker or 8.
//  4. Judge: the subject must give the golden line byte for byte, inputs and results. The oracle must give the golden line
//     with the legacy values of that line put in (snapshot.Record.Overlay).
//  5. A line with legacy values is KNOWN when known differences explain every one of them (see knownBook.explain); a known
//     difference that vanished is a mismatch like any other. It never covers UNKNOWN.
//  6. Without an oracle the golden lines stand for it: rule 5 holds except for the legacy answer itself.
//  7. Verdicts, worst first: MISMATCH > UNKNOWN > KNOWN > MATCH; per field, case, cell and run. No case at all is UNKNOWN.
//  8. The exit code is one number, see Verdict.Exit.
//
// The package knows no money, no contract and no database: values are text, and how far two of them are apart is asked of
// the Domain. Its tests run it on parcel postage.
package harness

import (
	"context"
	"fmt"

	"settleproof/harness/snapshot"
)

// Shard is a file's worth of cases, ids ascending.
type Shard struct {
	Name  string
	IDs   []string
	First int // index of its first case in the suite
}

// Outcome is one answer. Exactly one of Result and Unknown says something; an empty Result without a cause is no answer.
type Outcome struct {
	Inputs  string // as the case is bound now, tab-joined; "" from an oracle
	Result  string // tab-joined fields, or err=CODE
	Unknown *Unknown
}

// Unknown says why there is no answer.
type Unknown struct {
	Cause  Cause
	Detail string
}

// Cause is the kind of an Unknown.
type Cause string

// The causes a case can be UNKNOWN for.
const (
	OracleError  Cause = "ORACLE_ERROR"
	SubjectError Cause = "SUBJECT_ERROR"
	Timeout      Cause = "TIMEOUT"
	MissingInput Cause = "MISSING_INPUT"
	ShardMissing Cause = "SHARD_MISSING"
	Cancelled    Cause = "CANCELLED"
)

// Subject answers shards of cases: the calculator under test, the legacy query, an echo.
//
// Answer returns one slice of outcomes per shard, one outcome per id, in order. It is called from several goroutines at
// once and has to return when ctx ends. An error means the subject is broken, not that a case is bad.
type Subject interface {
	Name() string
	CasesMax() int // how many cases one call takes at most; a call always has at least one shard
	Answer(ctx context.Context, shards []Shard) ([][]Outcome, error)
}

// Domain is what the engine has to ask about values it cannot read.
type Domain struct {
	Fields snapshot.Fields
	Cell   func(id string) string                      // the group a case is reported under
	Within func(field, a, b, max string) (bool, error) // is |a-b| at most max
	Delta  func(field, a, b string) string             // b-a, for people; "" where there is none; may be nil
}

// Golden is where the approved lines come from. A shard that is not there is an error that is fs.ErrNotExist.
type Golden interface {
	Read(shard string) (*snapshot.File, error)
}

// Level is a verdict; the greater one is the worse one.
type Level uint8

// The verdicts.
const (
	LevelMatch Level = iota
	LevelKnown
	LevelUnknown
	LevelMismatch
)

func (l Level) String() string {
	switch l {
	case LevelMatch:
		return "MATCH"
	case LevelKnown:
		return "KNOWN"
	case LevelUnknown:
		return "UNKNOWN"
	case LevelMismatch:
		return "MISMATCH"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// MarshalText writes the word, not the number.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Scope says how much of the suite a run covers, and so what may be concluded from what is absent.
type Scope uint8

const (
	// ScopeSuite: every case. A golden record without a case is a mismatch, and known differences are counted.
	ScopeSuite Scope = iota
	// ScopeShards: some shards, each whole. A golden record of these shards without a case is a mismatch.
	ScopeShards
	// ScopeCases: chosen cases. Other golden records are somebody else's, and shares (systemic, cap) mean nothing.
	ScopeCases
)

func (s Scope) String() string {
	switch s {
	case ScopeSuite:
		return "suite"
	case ScopeShards:
		return "shards"
	}
	return "cases"
}

// InternalError is a fault of the harness or of the domain's functions, not of what is tested.
type InternalError struct{ Text string }

func (e *InternalError) Error() string { return "internal error: " + e.Text }
