package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"settleproof/harness"
	"settleproof/harness/snapshot"
	"settleproof/oracle"
)

// manifestCheck is what the manifest check found.
type manifestCheck struct {
	shards   []string // that the manifest lists
	findings []harness.Finding
	line     string // "" when something is wrong

	approved      bool // the golden files are those of the manifest
	legacyChanged bool // the legacy query is not the one of the manifest
}

// checkManifest recomputes the manifest: every line of it for the whole suite, else the header and the lines of the chosen
// shards. A file that cannot be read is an error, everything else a finding.
func (g *gate) checkManifest() (*manifestCheck, error) {
	c := &manifestCheck{}
	m, err := g.store.Manifest()
	if errors.Is(err, snapshot.ErrNoSet) {
		c.findings = append(c.findings, harness.Finding{Check: "manifest", Exit: harness.ExitUnknown, Text: err.Error()})
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	suite := g.opt.scope() == harness.ScopeSuite
	sums, problems := m.Shards, []snapshot.Problem(nil)
	if suite {
		problems = g.store.CheckNames(m)
	} else {
		sums, problems = g.chosenSums(m)
	}
	files, errs := g.readAll(sums)
	records := 0
	for i, sum := range sums {
		problems = append(problems, snapshot.CheckShard(sum, files[i], errs[i])...)
		records += sum.Records
	}
	if suite {
		problems = append(problems, snapshot.CheckIDs(files)...)
	}
	problems = append(problems, g.store.CheckReason(m)...)
	now, err := g.book.Digests()
	if err != nil {
		return nil, err
	}
	now = append(slices.Clone(now), oracle.Digest())
	c.approved = len(problems) == 0
	for _, change := range m.Digests.Differ(now) {
		c.legacyChanged = c.legacyChanged || change.Name == oracle.Digest().Name
	}
	problems = append(problems, snapshot.CheckDigests(m.Digests, now)...)
	for _, p := range problems {
		if p.Cause == snapshot.ShardBroken || p.Cause == snapshot.ManifestBroken {
			return nil, &p
		}
		c.findings = append(c.findings, harness.Finding{Check: "manifest", Exit: exitOf(p.Cause), Text: p.What})
	}
	for _, s := range m.Shards {
		c.shards = append(c.shards, s.Name)
	}
	if len(problems) == 0 {
		c.line = fmt.Sprintf("manifest: %d shards, %d records as approved (%s)", len(sums), records, m.Short())
	}
	return c, nil
}

// exitOf: a shard that is not there cannot be judged; everything else is a set that nobody approved.
func exitOf(c snapshot.Cause) int {
	if c == snapshot.ShardMissing {
		return harness.ExitUnknown
	}
	return harness.ExitMismatch
}

// chosenSums returns the manifest's lines of the shards of this run. A shard that is not in the manifest but has a file
// is a problem; one without either is UNKNOWN when its cases are judged.
func (g *gate) chosenSums(m *snapshot.Manifest) (sums []snapshot.ShardSum, problems []snapshot.Problem) {
	for i, s := range g.shards {
		if i > 0 && g.shards[i-1].Name == s.Name {
			continue
		}
		sum, listed := m.Shard(s.Name)
		if listed {
			sums = append(sums, sum)
			continue
		}
		if _, err := g.golden.Read(s.Name); err == nil {
			problems = append(problems, snapshot.Problem{Cause: snapshot.ShardExtra, Shard: s.Name,
				What: fmt.Sprintf("shard %s: its file is not in %s", s.Name, snapshot.ManifestName)})
		}
	}
	return sums, problems
}

// readAll reads the shards that the run is going to judge, all processors at it; they are kept for the judge.
func (g *gate) readAll(sums []snapshot.ShardSum) ([]*snapshot.File, []error) {
	files, errs := make([]*snapshot.File, len(sums)), make([]error, len(sums))
	workers := max(g.opt.workers, 1)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(sums); i += workers {
				files[i], errs[i] = g.golden.Read(sums[i].Name)
			}
		})
	}
	wg.Wait()
	return files, errs
}
