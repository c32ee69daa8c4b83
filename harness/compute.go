package harness

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"settleproof/harness/snapshot"
)

// ComputeConfig says how a golden set is computed.
type ComputeConfig struct {
	Domain   Domain
	Shards   []Shard // ascending by name; one golden file each
	Subject  Subject
	Oracle   Subject      // nil: not asked
	NotAsked string       // why not; required without an oracle
	Approved snapshot.Set // what legacy was last known to answer, where it is not asked now; may be empty
	Known    []Known
	Digests  snapshot.Digests
	Workers  int             // calls at a time, of each subject
	Progress func(cases int) // called after each shard with its cases, from several goroutines; may be nil
}

// Compute computes a golden set from nothing but the subject, the oracle and the known differences. In order:
//
//  1. A case that the subject has no answer to gets no record: an answer that nobody computed must not look like one.
//     It is open (snapshot.NotComputed), and so is the set.
//  2. Where the oracle answers otherwise and known differences explain all of it, the record names them and holds the
//     legacy values (Ledger.Annotate).
//  3. Where they do not, the record holds the subject's answer alone and the case is open (snapshot.Disagrees).
//  4. Where the oracle gave no answer, the case is open (snapshot.NotAsked), and its legacy values are those of the
//     approved record with the same inputs, so that a summary made without a database shows what moved and no more.
//  5. Shards and open cases are in case order, whatever the scheduling.
//
// The set is not written anywhere.
func Compute(ctx context.Context, cfg ComputeConfig) (*snapshot.Pending, error) {
	ledger, err := OpenLedger(cfg.Domain, cfg.Known)
	if err != nil {
		return nil, err
	}
	c := computation{cfg: &cfg, ledger: ledger, approved: approvedRecords(cfg)}
	var answers, legacy [][]Outcome
	var wg sync.WaitGroup
	if cfg.Oracle != nil {
		wg.Go(func() { legacy = Answers(ctx, cfg.Oracle, OracleError, cfg.Shards, cfg.Workers) })
	}
	answers = make([][]Outcome, len(cfg.Shards))
	answerEach(ctx, cfg.Subject, SubjectError, cfg.Shards, cfg.Workers, func(i int, out []Outcome) {
		answers[i] = out
		if cfg.Progress != nil {
			cfg.Progress(len(out))
		}
	})
	wg.Wait()

	p := &snapshot.Pending{Set: snapshot.Set{Digests: cfg.Digests}}
	if cfg.Oracle == nil {
		p.NotAsked = cfg.NotAsked
	}
	for i, s := range cfg.Shards {
		var theirs []Outcome
		if legacy != nil {
			theirs = legacy[i]
		}
		f, open := c.shard(s, answers[i], theirs)
		if len(f.Records) > 0 {
			p.Files = append(p.Files, f)
		}
		p.Open = append(p.Open, open...)
	}
	return p, nil
}

type computation struct {
	cfg      *ComputeConfig
	ledger   *Ledger
	approved map[string]*snapshot.Record // of cases that legacy is known to answer otherwise
}

// approvedRecords finds the approved records that say what legacy answers; the others say that it agrees.
func approvedRecords(cfg ComputeConfig) map[string]*snapshot.Record {
	records := map[string]*snapshot.Record{}
	for _, f := range cfg.Approved.Files {
		if !f.Fields.Equal(cfg.Domain.Fields) {
			continue // other columns say nothing about these
		}
		for i := range f.Records {
			if f.Records[i].Legacy != "" {
				records[f.Records[i].ID] = &f.Records[i]
			}
		}
	}
	return records
}

// shard makes the golden file of one shard from both answers; legacy is nil when the oracle was not asked.
func (c *computation) shard(s Shard, answers, legacy []Outcome) (*snapshot.File, []snapshot.OpenCase) {
	f := &snapshot.File{Shard: s.Name, Fields: c.cfg.Domain.Fields, Records: make([]snapshot.Record, 0, len(s.IDs))}
	var open []snapshot.OpenCase
	add := func(reason snapshot.Reason, id, what string) {
		open = append(open, snapshot.OpenCase{Reason: reason, Shard: s.Name, ID: id, What: what})
	}
	for i, id := range s.IDs {
		if u := unanswered(&answers[i], SubjectError); u != nil {
			add(snapshot.NotComputed, id, fmt.Sprintf("%s: %s", u.Cause, u.Detail))
			continue
		}
		r := snapshot.Record{ID: id, Inputs: answers[i].Inputs, Result: answers[i].Result}
		switch {
		case legacy == nil:
			c.carryOver(&r)
		case unanswered(&legacy[i], OracleError) != nil:
			u := unanswered(&legacy[i], OracleError)
			add(snapshot.NotAsked, id, fmt.Sprintf("%s: %s", u.Cause, u.Detail))
			c.carryOver(&r)
		default:
			if why := c.ledger.Annotate(&r, legacy[i].Result); why != "" {
				add(snapshot.Disagrees, id, strings.ReplaceAll(r.Legacy, "\t", " ")+": "+why)
				r.Known, r.Legacy = "", ""
			}
		}
		f.Records = append(f.Records, r)
	}
	return f, open
}

// carryOver puts in the legacy values of the approved record, where there is one with the same inputs and what it says
// still explains itself.
func (c *computation) carryOver(r *snapshot.Record) {
	old := c.approved[r.ID]
	if old == nil || old.Inputs != r.Inputs {
		return
	}
	legacy, err := old.Overlay(c.cfg.Domain.Fields)
	if err != nil {
		return
	}
	if why := c.ledger.Annotate(r, legacy); why != "" {
		r.Known, r.Legacy = "", ""
	}
}

// Replay is a subject that answers what legacy answers according to a golden set that it was asked for: with it Compute
// makes the same set again, as long as nothing else has changed.
func Replay(set snapshot.Set) Subject {
	r := &replay{fields: map[string]snapshot.Fields{}, records: map[string]*snapshot.Record{}}
	for _, f := range set.Files {
		for i := range f.Records {
			r.fields[f.Records[i].ID] = f.Fields
			r.records[f.Records[i].ID] = &f.Records[i]
		}
	}
	return r
}

type replay struct {
	fields  map[string]snapshot.Fields
	records map[string]*snapshot.Record
}

func (r *replay) Name() string { return "the golden set" }

// CasesMax has no reason to be small: nothing is waited for.
func (r *replay) CasesMax() int { return 1 << 20 }

func (r *replay) Answer(_ context.Context, shards []Shard) ([][]Outcome, error) {
	all := make([][]Outcome, len(shards))
	for i, s := range shards {
		all[i] = make([]Outcome, len(s.IDs))
		for j, id := range s.IDs {
			all[i][j] = r.answer(id)
		}
	}
	return all, nil
}

func (r *replay) answer(id string) Outcome {
	record := r.records[id]
	if record == nil {
		return Outcome{Unknown: &Unknown{MissingInput, "the golden set has no record of it"}}
	}
	legacy, err := record.Overlay(r.fields[id])
	if err != nil {
		return Outcome{Unknown: &Unknown{OracleError, err.Error()}}
	}
	return Outcome{Result: legacy}
}
