package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ChangedMax is how many cases may change without AcceptOptions.All. A person can look at the summary of a thousand; a
// change of more is either a rule that concerns everybody, which deserves to be said, or an accident.
const ChangedMax = 1000

// AcceptOptions says on what terms a pending set is accepted.
type AcceptOptions struct {
	Reason string // why, for CHANGES.md
	CI     bool   // nobody is at the keyboard
	All    bool   // more than ChangedMax cases may change
	Prune  bool   // cases may go away

	// Recompute computes the pending set again from what is there now; the answers of the legacy query are taken over
	// from the pending set. Nil trusts the pending set.
	Recompute func(*Pending) (Set, error)

	Delta Delta // for CHANGES.md; may be nil
}

// Accept makes the pending set the approved one. In order:
//
//  1. It refuses where no person decides, and without a reason: InCI, NoReason.
//  2. Only one process writes at a time: Busy.
//  3. An accept that was interrupted after its commit point is finished first. Is nothing pending then, that was all.
//  4. Both sets must be intact: PendingDamaged, ApprovedDamaged.
//  5. Every case must have an answer, and legacy's agreement: NotComputed, LegacyNotAsked, LegacyDisagrees.
//  6. Computed again, the set must be the same, byte for byte: Stale.
//  7. Something must have moved (NothingPending), no case lost without Prune (Shrinks), and no more than ChangedMax
//     changed without All (TooMany).
//  8. The files that differ are synced, CHANGES.md among them. Up to here the old set is the approved one.
//  9. The journal gets its name: the commit point. From here the new set is the approved one.
//  10. The files are moved, the journal goes.
//
// Every refusal is a *Refusal that names the way out. After an error a new Accept completes what was begun.
func (s *Store) Accept(opt AcceptOptions) (_ Summary, err error) {
	if opt.CI {
		return Summary{}, refuse(InCI, "accept on your own machine and commit the result", "the answers are not approved in CI: an approval needs a person")
	}
	if oneLine(opt.Reason) == "" {
		return Summary{}, refuse(NoReason, "say why the answers may move: --reason \"...\"", "no reason given")
	}
	unlock, err := s.lock()
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	finished := s.journal != nil
	if err := s.finish(); err != nil {
		return Summary{}, &Refusal{Reason: Interrupted, What: err.Error(), err: err,
			WayOut: "see to it that the directory can be written, then accept again"}
	}
	p, err := s.Pending()
	if finished && errors.Is(err, ErrNoPending) {
		old, err := s.Set()
		return Diff(old, old), err
	}
	if err == nil {
		err = s.refusePending(p, opt)
	} else if errors.Is(err, ErrNoPending) {
		err = refuse(NothingPending, "run casegen golden first", "nothing is pending in %s", s.pendingPath(""))
	} else {
		err = &Refusal{Reason: PendingDamaged, What: err.Error(), WayOut: "run casegen golden again", err: err}
	}
	if err != nil {
		return Summary{}, err
	}
	old, err := s.Set()
	if err != nil {
		return Summary{}, &Refusal{Reason: ApprovedDamaged, What: err.Error(), err: err,
			WayOut: "restore the approved set first: git checkout -- " + s.dir}
	}
	summary := DiffPending(old, p)
	if err := s.refuseSummary(summary, opt); err != nil {
		return summary, err
	}
	steps, err := s.prepare(old, p, summary, opt)
	if err != nil {
		return summary, err
	}
	if err := s.commit(steps); err != nil {
		return summary, err
	}
	return summary, s.finish()
}

// refusePending says no to what is in the pending set: rules 5 and 6 of Accept.
func (s *Store) refusePending(p *Pending, opt AcceptOptions) error {
	first := func(reason Reason) string {
		i := slices.IndexFunc(p.Open, func(o OpenCase) bool { return o.Reason == reason })
		return p.Open[i].ID + ": " + p.Open[i].What
	}
	if n := p.Count(NotComputed); n > 0 {
		return refuse(NotComputed, "repair that, then run casegen golden again",
			"%s could not be computed, the first is %s", casesText(n), first(NotComputed))
	}
	const ask = "run casegen golden again with a database: --oracle auto, container, local or postgres://..."
	if p.NotAsked != "" {
		return refuse(NotAsked, ask, "the legacy query was not asked (%s)", p.NotAsked)
	}
	if n := p.Count(NotAsked); n > 0 {
		return refuse(NotAsked, ask, "%s got no answer from the legacy query, the first is %s", casesText(n), first(NotAsked))
	}
	if n := p.Count(Disagrees); n > 0 {
		return refuse(Disagrees, "repair the rule, or describe the difference among the known differences, then run casegen golden again",
			"the legacy query answers %s otherwise and no known difference covers it, the first is %s", casesText(n), first(Disagrees))
	}
	if opt.Recompute == nil {
		return nil
	}
	now, err := opt.Recompute(p)
	if err != nil {
		return fmt.Errorf("compute the pending answers again: %w", err)
	}
	if what := unequal(p.Set, now); what != "" {
		return refuse(Stale, "run casegen golden again", "something has changed since the pending answers were computed: %s", what)
	}
	return nil
}

// unequal says where two sets are not the same bytes; "" when they are.
func unequal(a, b Set) string {
	if d := a.Digests.Differ(b.Digests); len(d) > 0 {
		return fmt.Sprintf("%s was %s and is %s", d[0].Name, shortDigest(d[0].Old), shortDigest(d[0].New))
	}
	for i := range min(len(a.Files), len(b.Files)) {
		x, y := a.Files[i], b.Files[i]
		if x.Shard != y.Shard {
			return fmt.Sprintf("shard %s instead of %s", y.Shard, x.Shard)
		}
		if !bytes.Equal(x.Encode(), y.Encode()) {
			if d := Diff(Set{Files: a.Files[i : i+1]}, Set{Files: b.Files[i : i+1]}); len(d.Fields) > 0 {
				f := d.Fields[0]
				return fmt.Sprintf("shard %s, case %s: %s was %s and is %s", x.Shard, f.Samples[0].ID, f.Name, quote(f.Samples[0].Old), quote(f.Samples[0].New))
			}
			return fmt.Sprintf("shard %s has other cases", x.Shard)
		}
	}
	if len(a.Files) != len(b.Files) {
		return fmt.Sprintf("%d shards instead of %d", len(b.Files), len(a.Files))
	}
	return ""
}

// refuseSummary says no to what would move: rule 7 of Accept.
func (s *Store) refuseSummary(sum Summary, opt AcceptOptions) error {
	switch {
	case sum.Same() && s.reasonGiven():
		return refuse(NothingPending, "there is nothing to do", "the pending answers are the approved ones")
	case sum.Removed > 0 && !opt.Prune:
		return refuse(Shrinks, "look at casegen diff, then say --prune if they shall go",
			"%s would be lost, the first is %s", casesText(sum.Removed), sum.RemovedIDs[0])
	case sum.Changed > ChangedMax && !opt.All:
		return refuse(TooMany, "look at casegen diff, then say --all if all of them shall",
			"%s would change, more than %s", casesText(sum.Changed), thousands(ChangedMax))
	}
	return nil
}

// reasonGiven reports whether CHANGES.md is about the approved set. After a merge of two branches it is not, and an
// accept that moves nothing else puts that right.
func (s *Store) reasonGiven() bool {
	m, err := s.Manifest()
	return err == nil && len(s.CheckReason(m)) == 0
}

// prepare writes the new CHANGES.md beside the staged set, syncs every file that will be moved, and lists the steps.
func (s *Store) prepare(old Set, p *Pending, sum Summary, opt AcceptOptions) ([]journalStep, error) {
	changes, _, err := s.read(ChangesName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entry := prependChange(changes, manifestOf(p.Set).Short(), opt.Reason, sum.Markdown(opt.Delta))
	if err := s.step("changes"); err != nil {
		return nil, err
	}
	if err := writeFile(s.stagedPath(ChangesName), entry); err != nil {
		return nil, err
	}
	was := make(map[string]*File, len(old.Files))
	for _, f := range old.Files {
		was[f.Shard] = f
	}
	var steps []journalStep
	for _, f := range p.Files {
		if o := was[f.Shard]; o == nil || o.Sum != f.Sum {
			steps = append(steps, journalStep{path: f.Shard + shardSuffix})
		}
		delete(was, f.Shard)
	}
	for _, f := range old.Files {
		if was[f.Shard] != nil {
			steps = append(steps, journalStep{path: f.Shard + shardSuffix, delete: true})
		}
	}
	steps = append(steps, journalStep{path: ManifestName}, journalStep{path: ChangesName})
	return steps, s.syncStaged(steps)
}

// syncStaged puts on disk what the journal will promise.
func (s *Store) syncStaged(steps []journalStep) error {
	dirs := []string{s.stagedPath("")}
	for _, step := range steps {
		if step.delete {
			continue
		}
		f, err := os.OpenFile(s.stagedPath(step.path), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
		for at := strings.IndexByte(step.path, '/'); at >= 0; {
			dirs = append(dirs, s.stagedPath(step.path[:at]))
			more := strings.IndexByte(step.path[at+1:], '/')
			if more < 0 {
				break
			}
			at += 1 + more
		}
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}
