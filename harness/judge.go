package harness

import (
	"strings"

	"settleproof/harness/snapshot"
)

// sheet is the judgement of one shard: a level per case, more only for cases that are not MATCH.
type sheet struct {
	shard    string
	ids      []string // ascending: the shard's, and golden records that no case asked for
	levels   []Level
	cells    []string // cell by case
	failures []Case   // ascending; one per level that is MISMATCH or UNKNOWN
	known    []knownCase
}

// knownCase is a case whose oracle half is KNOWN.
type knownCase struct {
	at     int // in ids
	record *snapshot.Record
	fields []string // that differ
}

// judge compares answers with golden lines. It is made once per run and shared by the workers.
type judge struct {
	domain Domain
	ledger *Ledger
	whole  bool // a golden record that no case asked for is a mismatch
	oracle bool // it was asked
	trusts bool // golden lines are taken to be explained; see Config.trusts
}

// shard judges one shard. Cases and records both ascend, so one walk pairs them.
//
//  1. A case without a record, and a record without a case in a run of whole shards, are MISMATCH.
//  2. Of a case with a record each half is judged, and the worse verdict is the case's.
//
// oracle is nil when it was not asked. Equal text is settled by one comparison; fields are taken apart only where it
// is not equal.
func (j *judge) shard(s Shard, file *snapshot.File, subject, oracle []Outcome) *sheet {
	sh := &sheet{shard: s.Name, ids: make([]string, 0, len(s.IDs)), levels: make([]Level, 0, len(s.IDs)), cells: make([]string, 0, len(s.IDs))}
	records := file.Records
	at := 0
	for i, id := range s.IDs {
		for at < len(records) && records[at].ID < id {
			j.extra(sh, s.Name, &records[at])
			at++
		}
		if at == len(records) || records[at].ID != id {
			sh.fail(j, Case{ID: id, Shard: s.Name, Level: LevelMismatch, Diffs: []Diff{
				{Side: SideRecord, Field: "(record)", Want: "a line", Got: "none", Note: "in the suite, but the golden shard has no line for it"}}})
			continue
		}
		var o *Outcome
		if oracle != nil {
			o = &oracle[i]
		}
		j.one(sh, s.Name, &records[at], &subject[i], o)
		at++
	}
	for ; at < len(records); at++ {
		j.extra(sh, s.Name, &records[at])
	}
	return sh
}

func (j *judge) extra(sh *sheet, shard string, r *snapshot.Record) {
	if !j.whole {
		return
	}
	sh.fail(j, Case{ID: r.ID, Shard: shard, Level: LevelMismatch, Diffs: []Diff{
		{Side: SideRecord, Field: "(record)", Want: "no line", Got: "a line", Note: "the golden shard has a line for it, but it is not in the suite"}}})
}

// one judges one case that has a golden line.
func (j *judge) one(sh *sheet, shard string, r *snapshot.Record, subject, oracle *Outcome) {
	level, unknown, diffs := j.subjectHalf(r, subject)
	other, otherUnknown, otherDiffs := j.oracleHalf(r, oracle)
	if unknown == nil {
		unknown = otherUnknown
	}
	level = max(level, other)
	if level == LevelMatch || level == LevelKnown {
		if level == LevelKnown {
			sh.known = append(sh.known, knownCase{len(sh.ids), r, legacyFields(j.domain.Fields, r)})
		}
		sh.add(j, r.ID, level)
		return
	}
	sh.fail(j, Case{r.ID, shard, level, unknown, append(diffs, otherDiffs...)})
}

func (sh *sheet) add(j *judge, id string, l Level) {
	sh.ids = append(sh.ids, id)
	sh.levels = append(sh.levels, l)
	sh.cells = append(sh.cells, j.domain.Cell(id))
}

func (sh *sheet) fail(j *judge, c Case) {
	sh.failures = append(sh.failures, c)
	sh.add(j, c.ID, c.Level)
}

// subjectHalf: inputs and results are the golden line's, byte for byte.
func (j *judge) subjectHalf(r *snapshot.Record, out *Outcome) (Level, *Unknown, []Diff) {
	if u := unanswered(out, SubjectError); u != nil {
		return LevelUnknown, u, nil
	}
	if out.Inputs == r.Inputs && out.Result == r.Result {
		return LevelMatch, nil, nil
	}
	diffs := j.diff(SideSubject, inputsPrefix, j.domain.Fields.Inputs, r.Inputs, out.Inputs)
	return LevelMismatch, nil, append(diffs, j.diff(SideSubject, "", j.domain.Fields.Results, r.Result, out.Result)...)
}

// oracleHalf, in order:
//
//  1. No answer is UNKNOWN, whatever the golden line says.
//  2. The answer must be the golden line with its legacy values put in. When it is not, and the line has some, the note
//     says whether the known difference vanished.
//  3. Equal without legacy values is MATCH.
//  4. Equal with them is KNOWN when the ledger explains them, else MISMATCH. When the oracle was not asked, this alone counts.
func (j *judge) oracleHalf(r *snapshot.Record, out *Outcome) (Level, *Unknown, []Diff) {
	if out != nil {
		if u := unanswered(out, OracleError); u != nil {
			return LevelUnknown, u, nil
		}
		want := r.Result
		if r.Legacy != "" {
			var err error
			if want, err = r.Overlay(j.domain.Fields); err != nil {
				return LevelMismatch, nil, []Diff{{Side: SideRecord, Field: "(known)", Note: err.Error()}}
			}
		}
		if out.Result != want {
			diffs := j.diff(SideOracle, "", j.domain.Fields.Results, want, out.Result)
			if r.Legacy != "" && out.Result == r.Result {
				for i := range diffs {
					diffs[i].Note = r.Known + " vanished: legacy now answers like the result"
				}
			}
			return LevelMismatch, nil, diffs
		}
	}
	if r.Legacy == "" && r.Known == "" {
		return LevelMatch, nil, nil
	}
	if j.trusts {
		return LevelKnown, nil, nil
	}
	if why := j.ledger.Explain(r); why != "" {
		return LevelMismatch, nil, []Diff{{Side: SideRecord, Field: "(known)", Want: "an explanation of " + strings.ReplaceAll(r.Legacy, "\t", " "), Got: r.Known, Note: why}}
	}
	return LevelKnown, nil, nil
}

// How the fields of the inputs are named in a Diff.
const (
	inputsPrefix = "inputs."
	inputsField  = "(inputs)" // all of them, where they cannot be told apart
)

// unanswered returns the cause of an outcome that is no answer.
func unanswered(out *Outcome, broken Cause) *Unknown {
	if out.Unknown != nil {
		return out.Unknown
	}
	if out.Result == "" {
		return &Unknown{broken, "neither a result nor a cause"}
	}
	return nil
}

// diff takes two texts apart where they are not equal: by field, or as a whole where one is a refusal or has another
// number of fields.
func (j *judge) diff(side Side, prefix string, fields []string, want, got string) []Diff {
	if want == got {
		return nil
	}
	w, g := strings.Split(want, "\t"), strings.Split(got, "\t")
	if isRefusal(want) || isRefusal(got) || len(w) != len(fields) || len(g) != len(fields) {
		name := "(result)"
		if prefix != "" {
			name = inputsField
		}
		return []Diff{{Side: side, Field: name, Want: want, Got: got}}
	}
	var diffs []Diff
	for i, f := range fields {
		if w[i] == g[i] {
			continue
		}
		d := Diff{Side: side, Field: prefix + f, Want: w[i], Got: g[i]}
		if j.domain.Delta != nil {
			d.Delta = j.domain.Delta(f, w[i], g[i])
		}
		diffs = append(diffs, d)
	}
	return diffs
}

func isRefusal(text string) bool { return strings.HasPrefix(text, refusalPrefix) }

// legacyFields names the fields that legacy answers otherwise: all of them where one side refuses.
func legacyFields(f snapshot.Fields, r *snapshot.Record) []string {
	if _, refused := refusalCode(r.Result, r.Legacy); refused {
		return f.Results
	}
	var names []string
	for pair := range strings.SplitSeq(r.Legacy, "\t") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return names
}
