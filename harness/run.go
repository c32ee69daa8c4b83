package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"settleproof/harness/snapshot"
)

// Config is a run: what is asked, and what it is held against.
type Config struct {
	Domain       Domain
	Golden       Golden
	GoldenShards []string // every shard there is, for ScopeSuite; one without a case is a mismatch
	Shards       []Shard
	Subject      Subject
	Oracle       Subject // nil: not asked
	Known        []Known
	Today        string // YYYY-MM-DD, against the expiry of known differences
	Scope        Scope
	Workers      int             // calls at a time, of each subject
	MismatchMax  int             // the run stops at the n-th mismatch; 0 never
	Progress     func(cases int) // called after each shard with its cases, from several goroutines; may be nil

	// trusts leaves out the ledger, which would say of the same lines what it has said before; for the selftest.
	trusts bool
}

// errEnough ends the calls that are still to be made once MismatchMax is reached.
var errEnough = errors.New("enough mismatches")

// Run asks the subject and the oracle about every shard and judges what they answer. In order:
//
//  1. Subject and oracle are asked at the same time, each by its own workers.
//  2. Whoever has the subject's answer reads the golden shard; whoever has the last answer of a shard judges it.
//  3. A shard that is not in the golden set makes its cases UNKNOWN (SHARD_MISSING). One that cannot be read, or has other
//     fields than the domain, is an error: nothing is concluded from a broken file.
//  4. From the n-th mismatch on, in case order, everything is UNKNOWN (CANCELLED), also what happened to be judged.
//  5. Verdicts are added up in case order; then the known differences themselves are checked.
//
// An error is a data file's or an *InternalError; everything else is in the verdict.
func Run(ctx context.Context, cfg Config) (*Verdict, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ledger, err := OpenLedger(cfg.Domain, cfg.Known)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		Config: &cfg,
		judge:  judge{cfg.Domain, ledger, cfg.Scope != ScopeCases, cfg.Oracle != nil, cfg.trusts},
		stop:   func() { cancel(errEnough) },
		parts:  make([]part, len(cfg.Shards)),
	}
	var wg sync.WaitGroup
	if cfg.Oracle != nil {
		wg.Go(func() {
			answerEach(ctx, cfg.Oracle, OracleError, cfg.Shards, cfg.Workers, func(i int, out []Outcome) {
				r.parts[i].oracle = out
				r.finish(i)
			})
		})
	}
	answerEach(ctx, cfg.Subject, SubjectError, cfg.Shards, cfg.Workers, func(i int, out []Outcome) {
		p := &r.parts[i]
		p.subject = out
		p.file, p.err = r.read(cfg.Shards[i].Name)
		r.finish(i)
	})
	wg.Wait()
	for i := range r.parts {
		if err := r.parts[i].err; err != nil {
			return nil, err
		}
	}
	foreign, err := r.foreignShards()
	if err != nil {
		return nil, err
	}
	return r.sum(foreign), nil
}

func (cfg *Config) check() error {
	for _, s := range cfg.Shards {
		for i := 1; i < len(s.IDs); i++ {
			if s.IDs[i] <= s.IDs[i-1] {
				return &InternalError{fmt.Sprintf("shard %s: %s comes after %s: ids ascend", s.Name, s.IDs[i], s.IDs[i-1])}
			}
		}
	}
	return nil
}

// run is a Run that is going on.
type run struct {
	*Config
	judge judge
	stop  func()
	parts []part

	mu         sync.Mutex
	front      int // the shards before it are judged
	mismatches int // in them
}

// part is what there is of one shard so far.
type part struct {
	subject, oracle []Outcome
	file            *snapshot.File // nil: missing
	err             error
	answers         atomic.Int32
	sheet           *sheet
}

// read returns nil for a shard that is not there.
func (r *run) read(name string) (*snapshot.File, error) {
	file, err := r.Golden.Read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !file.Fields.Equal(r.Domain.Fields):
		return nil, fmt.Errorf("shard %s: its fields are not those of the domain: compute and accept the golden set again", name)
	}
	return file, nil
}

// finish judges a shard when this was its last answer.
func (r *run) finish(i int) {
	p := &r.parts[i]
	want := int32(1)
	if r.Oracle != nil {
		want = 2
	}
	if p.answers.Add(1) < want {
		return
	}
	defer func() {
		if e := recover(); e != nil {
			p.err = &InternalError{fmt.Sprintf("shard %s: panic: %v\n%s", r.Shards[i].Name, e, debug.Stack())}
		}
	}()
	if p.err == nil {
		r.advance(i, r.judgeShard(r.Shards[i], p))
		p.subject, p.oracle, p.file = nil, nil, nil
	}
	if r.Progress != nil {
		r.Progress(len(r.Shards[i].IDs))
	}
}

func (r *run) judgeShard(s Shard, p *part) *sheet {
	if p.file != nil {
		return r.judge.shard(s, p.file, p.subject, p.oracle)
	}
	sh := &sheet{shard: s.Name}
	u := &Unknown{ShardMissing, "the golden set has no shard " + s.Name}
	for _, id := range s.IDs {
		sh.fail(&r.judge, Case{ID: id, Shard: s.Name, Level: LevelUnknown, Unknown: u})
	}
	return sh
}

// advance puts a sheet in its place, and stops the run when the shards judged without a gap from the first hold enough
// mismatches: only then is it certain, whatever the scheduling, that nothing before is still to come.
func (r *run) advance(i int, sh *sheet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts[i].sheet = sh
	if r.MismatchMax <= 0 {
		return
	}
	for r.front < len(r.parts) && r.parts[r.front].sheet != nil {
		for _, c := range r.parts[r.front].sheet.failures {
			if c.Level == LevelMismatch {
				r.mismatches++
			}
		}
		r.front++
	}
	if r.mismatches >= r.MismatchMax {
		r.stop()
	}
}

// foreignShards judges the golden shards that no shard of the suite is called like.
func (r *run) foreignShards() ([]*sheet, error) {
	if r.Scope != ScopeSuite {
		return nil, nil
	}
	have := make(map[string]bool, len(r.Shards))
	for _, s := range r.Shards {
		have[s.Name] = true
	}
	var sheets []*sheet
	for _, name := range r.GoldenShards {
		if have[name] {
			continue
		}
		file, err := r.read(name)
		if err != nil {
			return nil, err
		}
		if file != nil { // one that is missing besides is the manifest check's
			sheets = append(sheets, r.judge.shard(Shard{Name: name}, file, nil, nil))
		}
	}
	return sheets, nil
}
