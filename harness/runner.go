package harness

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// answerGrace is how long a call may still take after its context has ended: enough for a database driver to cancel a
// statement and close its connection, short enough that an interrupt feels like one.
const answerGrace = 5 * time.Second

// Answers asks the subject about every shard and returns the outcomes by shard and case, complete whatever happens: what
// could not be answered is an Outcome with a cause, an error of the subject under the cause given as broken.
func Answers(ctx context.Context, s Subject, broken Cause, shards []Shard, workers int) [][]Outcome {
	all := make([][]Outcome, len(shards))
	answerEach(ctx, s, broken, shards, workers, func(i int, out []Outcome) { all[i] = out })
	return all
}

// answerEach calls done once for every shard, from several goroutines, and returns when all are done. In order:
//
//  1. Whole neighbouring shards are packed into calls of at most CasesMax cases.
//  2. Workers take the calls in order; a call after the end of ctx is not made.
//  3. A call that fails in any way gives every case in it the same cause.
func answerEach(ctx context.Context, s Subject, broken Cause, shards []Shard, workers int, done func(i int, out []Outcome)) {
	calls := pack(shards, s.CasesMax())
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(max(workers, 1), len(calls)) {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(calls) {
					return
				}
				from, to := calls[n][0], calls[n][1]
				out, err := callSubject(ctx, s, shards[from:to])
				var unknown *Unknown
				if err != nil {
					unknown = causeOf(ctx, err, broken)
				}
				for i := from; i < to; i++ {
					if unknown != nil {
						done(i, allUnknown(len(shards[i].IDs), unknown))
						continue
					}
					done(i, out[i-from])
				}
			}
		})
	}
	wg.Wait()
}

// pack cuts the shards into ranges [from, to) of at most casesMax cases; a shard that is larger stands alone.
func pack(shards []Shard, casesMax int) [][2]int {
	var calls [][2]int
	from, cases := 0, 0
	for i, s := range shards {
		if i > from && cases+len(s.IDs) > casesMax {
			calls = append(calls, [2]int{from, i})
			from, cases = i, 0
		}
		cases += len(s.IDs)
	}
	if from < len(shards) {
		calls = append(calls, [2]int{from, len(shards)})
	}
	return calls
}

// callSubject makes one call. It returns an error for a panic, for a count that is not the question's, and for a call
// that is still running answerGrace after the end of ctx; that call is left behind, its answer is not read.
func callSubject(ctx context.Context, s Subject, shards []Shard) ([][]Outcome, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	type answer struct {
		out [][]Outcome
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{err: errors.New("ended its goroutine without an answer")}
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("panic: %v", p)}
			}
			answers <- a
		}()
		out, err := s.Answer(ctx, shards)
		a = answer{out, err}
	}()
	select {
	case a := <-answers:
		return checkAnswer(shards, a.out, a.err)
	case <-ctx.Done():
	}
	grace := time.NewTimer(answerGrace)
	defer grace.Stop()
	select {
	case a := <-answers:
		return checkAnswer(shards, a.out, a.err)
	case <-grace.C:
		return nil, fmt.Errorf("no answer %v after the end: %w", answerGrace, context.Cause(ctx))
	}
}

// checkAnswer holds the answer against the question: as many shards, as many cases in each.
func checkAnswer(shards []Shard, out [][]Outcome, err error) ([][]Outcome, error) {
	if err != nil {
		return nil, err
	}
	if len(out) != len(shards) {
		return nil, fmt.Errorf("answered %d shards of %d", len(out), len(shards))
	}
	for i, s := range shards {
		if len(out[i]) != len(s.IDs) {
			return nil, fmt.Errorf("shard %s: %d outcomes for %d cases", s.Name, len(out[i]), len(s.IDs))
		}
	}
	return out, nil
}

// causeOf names why a call has no answer. The end of the run goes before what the subject said about it, because a
// cancelled statement reports itself in many ways.
func causeOf(ctx context.Context, err error, broken Cause) *Unknown {
	if end := context.Cause(ctx); end != nil {
		if errors.Is(end, context.DeadlineExceeded) {
			return &Unknown{Timeout, "the time for the run was over"}
		}
		if errors.Is(end, context.Canceled) {
			return &Unknown{Cancelled, "the run was interrupted"}
		}
		return &Unknown{Cancelled, end.Error()}
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &Unknown{Timeout, err.Error()}
	}
	return &Unknown{broken, err.Error()}
}

func allUnknown(cases int, u *Unknown) []Outcome {
	out := make([]Outcome, cases)
	for i := range out {
		out[i].Unknown = u
	}
	return out
}
