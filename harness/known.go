package harness

import (
	"fmt"
	"slices"
	"strings"

	"settleproof/harness/snapshot"
)

// coverMaxPercent is the share of the suite one known difference may explain. More than that is not an exception to the
// rules, it is another rule.
const coverMaxPercent = 5

// Known is a difference between subject and oracle that somebody has looked at and signed.
type Known struct {
	ID, Owner, Reason, Ticket, ApprovedBy string
	Expires                               string // last day it holds, YYYY-MM-DD; "" never ends
	Pos                                   string // file:line of its definition
	Promotable                            bool
	// Covers returns the fields that it explains in a case, none where it does not hold.
	Covers func(id string) ([]FieldMax, error)
}

// FieldMax is a field that differs and by how much at most, in the field's own unit.
type FieldMax struct{ Field, Max string }

// KnownUse is what one known difference did in a run.
type KnownUse struct {
	Known
	Cases  int
	Faults []string // expired, stale, over its cap; empty where it is in order
}

// refusalField is the field a known difference lists where one side refuses and the other answers, or both refuse with
// another code. Its Max is the code of the refusal: the legacy one where legacy refuses.
const refusalField = "err"

const refusalPrefix = refusalField + "="

// Ledger is the known differences of a domain, ready to judge golden lines by.
type Ledger struct {
	domain Domain
	known  []Known
	byID   map[string]*Known
}

// OpenLedger refuses two known differences with one id.
func OpenLedger(d Domain, known []Known) (*Ledger, error) {
	l := &Ledger{d, known, make(map[string]*Known, len(known))}
	for i := range known {
		k := &known[i]
		if before, dup := l.byID[k.ID]; dup {
			return nil, fmt.Errorf("%s: %s is defined before, at %s", k.Pos, k.ID, before.Pos)
		}
		l.byID[k.ID] = k
	}
	return l, nil
}

// Explain says whether the known differences named on a golden line explain its legacy values. It returns why not, ""
// when they do. In order:
//
//  1. A line names known differences exactly when it has legacy values.
//  2. Every id named exists, once, and its condition holds for the case.
//  3. Every legacy value differs from the result, in a field that one of the named lists, by no more than it allows.
//     Where one side refuses, the field is "err" and what is allowed is that code and no other.
//  4. Every id named explains at least one field.
//
// Expiry is no part of it: an expired known difference still explains, but fails the gate by itself (Verdict.Exit).
func (l *Ledger) Explain(r *snapshot.Record) string {
	if r.Known == "" || r.Legacy == "" {
		return "legacy values and known differences stand together or not at all"
	}
	ids := strings.Split(r.Known, ",")
	named := make([]holding, len(ids))
	for i, id := range ids {
		k := l.byID[id]
		if k == nil {
			return id + " is not in the known differences"
		}
		if slices.Contains(ids[:i], id) {
			return id + " is named twice"
		}
		fields, err := k.Covers(r.ID)
		if err != nil {
			return fmt.Sprintf("%s: %v", id, err)
		}
		if len(fields) == 0 {
			return id + " does not hold for this case"
		}
		named[i] = holding{id, fields}
	}
	used, why := l.covers(r.Result, r.Legacy, named)
	if why != "" {
		return why
	}
	for i, id := range ids {
		if !used[i] {
			return id + " explains no field of this case"
		}
	}
	return ""
}

// Annotate makes the golden line of a case that legacy answers otherwise: it sets Legacy to the values that differ and
// Known to every known difference that holds for the case and explains one of them. It returns why the line would not be
// explained, "" when it is; Known and Legacy are then such that Explain is content with them.
func (l *Ledger) Annotate(r *snapshot.Record, legacy string) string {
	r.Known, r.Legacy = "", snapshot.Underlay(l.domain.Fields, r.Result, legacy)
	if r.Legacy == "" {
		return ""
	}
	var held []holding
	for i := range l.known {
		fields, err := l.known[i].Covers(r.ID)
		if err != nil {
			return fmt.Sprintf("%s: %v", l.known[i].ID, err)
		}
		if len(fields) > 0 {
			held = append(held, holding{l.known[i].ID, fields})
		}
	}
	used, why := l.covers(r.Result, r.Legacy, held)
	if why != "" {
		return why
	}
	var ids []string
	for i, k := range held {
		if used[i] {
			ids = append(ids, k.id)
		}
	}
	slices.Sort(ids)
	r.Known = strings.Join(ids, ",")
	return ""
}

// holding is a known difference that holds for a case, with what it explains there.
type holding struct {
	id     string
	fields []FieldMax
}

// covers marks which of the named explain one of the legacy values, and says which value none explains.
func (l *Ledger) covers(result, legacy string, named []holding) (used []bool, why string) {
	used = make([]bool, len(named))
	if code, refused := refusalCode(result, legacy); refused {
		for i, k := range named {
			if of, has := k.max(refusalField); has && of == code {
				used[i], why = true, "covered"
			}
		}
		if why == "" {
			return used, fmt.Sprintf("refusal %s on one side only, and no known difference here lists it", code)
		}
		return used, ""
	}
	results := strings.Split(result, "\t")
	for pair := range strings.SplitSeq(legacy, "\t") {
		if why := l.coversField(pair, results, named, used); why != "" {
			return used, why
		}
	}
	return used, ""
}

// refusalCode returns the code that legacy refuses with, else the one that the result does.
func refusalCode(result, legacy string) (string, bool) {
	if code, ok := strings.CutPrefix(legacy, refusalPrefix); ok {
		return code, true
	}
	return strings.CutPrefix(result, refusalPrefix)
}

func (l *Ledger) coversField(pair string, results []string, named []holding, used []bool) string {
	field, legacy, _ := strings.Cut(pair, "=")
	at := slices.Index(l.domain.Fields.Results, field)
	if at < 0 || at >= len(results) {
		return fmt.Sprintf("legacy value for %q, which is no result of this case", field)
	}
	if results[at] == legacy {
		return fmt.Sprintf("legacy value of %s is the result: nothing differs", field)
	}
	why, explained := fmt.Sprintf("%s differs and no known difference here lists it", field), false
	for i, k := range named {
		bound, has := k.max(field)
		if !has {
			continue
		}
		within, err := l.domain.Within(field, results[at], legacy, bound)
		if err != nil {
			return fmt.Sprintf("%s: %s: %v", k.id, field, err)
		}
		if within {
			used[i], explained = true, true
			continue
		}
		why = fmt.Sprintf("%s: %s is %s, legacy %s: more than %s apart", k.id, field, results[at], legacy, bound)
	}
	if explained {
		return ""
	}
	return why
}

func (k holding) max(field string) (string, bool) {
	for _, m := range k.fields {
		if m.Field == field {
			return m.Max, true
		}
	}
	return "", false
}

// checkHygiene says what is wrong with the known differences themselves.
//
//  1. Expired: today is after its last day. In a partial run only where it explained something.
//  2. Stale: it explains no case. Only of the whole suite, and only when nothing is UNKNOWN, else it may explain those.
//  3. Over its cap: it explains more than coverMaxPercent of the cases. Only of the whole suite.
func checkHygiene(v *Verdict, today string) {
	for i := range v.Differences {
		k := &v.Differences[i]
		if k.Expires != "" && k.Expires < today && (v.Scope == ScopeSuite || k.Cases > 0) {
			k.Faults = append(k.Faults, "expired on "+k.Expires)
		}
		if v.Scope == ScopeSuite && k.Cases == 0 && v.Unknown == 0 && v.Cases > 0 {
			k.Faults = append(k.Faults, "stale: explains no case")
		}
		if v.Scope == ScopeSuite && k.Cases*100 > v.Cases*coverMaxPercent {
			k.Faults = append(k.Faults, fmt.Sprintf("over its cap: explains %d of %d cases, more than %d %%", k.Cases, v.Cases, coverMaxPercent))
		}
		for _, f := range k.Faults {
			v.Findings = append(v.Findings, Finding{"known differences", ExitHygiene, fmt.Sprintf("%s: %s: %s", k.Pos, k.ID, f)})
		}
	}
}
