package oracle

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"settleproof/cases"
	"settleproof/harness"
)

// Source tells what a case is. Subject asks it from several goroutines at once.
type Source interface {
	FactsOf(shard harness.Shard, i int) (cases.Facts, error)
}

// Subject returns the legacy query as a subject of the harness.
func (o *Oracle) Subject(source Source) harness.Subject { return &subject{o, source} }

type subject struct {
	oracle *Oracle
	source Source
}

// Name is what reports call the legacy query.
func (s *subject) Name() string { return "legacy" }

// CasesMax is more than the committed set, because planning and starting a query cost more than its rows.
func (s *subject) CasesMax() int { return casesMax }

// Answer asks the legacy query about all cases of the shards. In order:
//
//  1. The cases are dealt out to the free connections in turn, so that each gets its share of every kind; a small call uses one.
//  2. Each connection answers its part completely or the call fails: an error makes every case of it unanswered.
//  3. A case that the source does not know is MISSING_INPUT, one whose row has a null is ORACLE_ERROR; neither
//     spoils the others.
func (s *subject) Answer(ctx context.Context, shards []harness.Shard) ([][]harness.Outcome, error) {
	p := newPart(shards)
	lanes := s.oracle.lanesFor(len(p.flat))
	errs := make([]error, lanes)
	var wg sync.WaitGroup
	for k := range lanes {
		// The parts do not stop each other: a cancelled connection would be lost for the rest of the run.
		wg.Go(func() { errs[k] = s.answerPart(ctx, p, k, lanes) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p.byShard, nil
}

// part is a call's cases in one row, and its outcomes both in one row and by shard.
type part struct {
	shards  []harness.Shard
	flat    []harness.Outcome
	byShard [][]harness.Outcome
}

func newPart(shards []harness.Shard) part {
	n := 0
	for _, s := range shards {
		n += len(s.IDs)
	}
	p := part{shards: shards, flat: make([]harness.Outcome, n), byShard: make([][]harness.Outcome, len(shards))}
	n = 0
	for i, s := range shards {
		p.byShard[i] = p.flat[n : n+len(s.IDs) : n+len(s.IDs)]
		n += len(s.IDs)
	}
	return p
}

// answerPart answers every lanes-th case, starting with the k-th.
func (s *subject) answerPart(ctx context.Context, p part, k, lanes int) error {
	b := newBatch(len(p.flat)/lanes + 1)
	at := 0
	for _, shard := range p.shards {
		for i := range shard.IDs {
			if at%lanes == k {
				if err := s.addCase(b, at, shard, i); err != nil {
					p.flat[at].Unknown = &harness.Unknown{Cause: harness.MissingInput, Detail: err.Error()}
				}
			}
			at++
		}
	}
	if len(b.at) == 0 {
		return nil
	}
	got, err := s.oracle.ask(ctx, b, len(p.flat))
	if err != nil {
		return err
	}
	for _, at := range b.at {
		if null, ok := got.nulls[at]; ok {
			p.flat[at].Unknown = &harness.Unknown{Cause: harness.OracleError, Detail: null}
			continue
		}
		p.flat[at].Result = got.results[at]
	}
	return nil
}

func (s *subject) addCase(b *batch, at int, shard harness.Shard, i int) error {
	f, err := s.source.FactsOf(shard, i)
	if err != nil {
		return err
	}
	if f.ID != shard.IDs[i] {
		return fmt.Errorf("facts of case %q where %q was asked", f.ID, shard.IDs[i])
	}
	return b.add(at, f)
}

// lanesFor is how many connections a call of so many cases uses.
func (o *Oracle) lanesFor(casesN int) int {
	if casesN < splitMin {
		return 1
	}
	return len(o.lanes)
}

// ask runs the batch on the next free connection.
func (o *Oracle) ask(ctx context.Context, b *batch, positions int) (*answers, error) {
	select {
	case l := <-o.free:
		defer func() { o.free <- l }()
		return l.run(ctx, b, positions)
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a connection: %w", context.Cause(ctx))
	}
}

// Row asks the legacy query about one case and returns its columns after the transaction number, joined by tabs.
func (o *Oracle) Row(ctx context.Context, f cases.Facts) (string, error) {
	b := newBatch(1)
	if err := b.add(0, f); err != nil {
		return "", err
	}
	got, err := o.ask(ctx, b, 1)
	if err != nil {
		return "", err
	}
	if null, ok := got.nulls[0]; ok {
		return "", fmt.Errorf("case %s: no legacy result: %s", f.ID, null)
	}
	return got.results[0], nil
}
