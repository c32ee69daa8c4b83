package snapshot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
)

// Cause says what kind of thing is wrong with a golden set.
type Cause string

const (
	ManifestBroken Cause = "MANIFEST_BROKEN" // MANIFEST cannot be read
	ShardMissing   Cause = "SHARD_MISSING"   // MANIFEST lists a shard whose file is not there
	ShardExtra     Cause = "SHARD_EXTRA"     // a shard's file is there that MANIFEST does not list
	ShardBroken    Cause = "SHARD_BROKEN"    // a shard's file cannot be read
	ShardChanged   Cause = "SHARD_CHANGED"   // a shard's file is not the one MANIFEST describes
	CaseTwice      Cause = "CASE_TWICE"      // two shards hold the same id
	DigestChanged  Cause = "DIGEST_CHANGED"  // the answers were computed from something else than what is there now
	ReasonMissing  Cause = "REASON_MISSING"  // CHANGES.md does not say why this set was approved
)

// Problem is one finding about a golden set.
type Problem struct {
	Cause Cause
	Shard string // "" when it is not about one shard
	What  string
	err   error
}

func (p *Problem) Error() string { return p.What }
func (p *Problem) Unwrap() error { return p.err }

// Check recomputes every line of the manifest, except for the digests, which are CheckDigests' part. In order:
//
//  1. The manifest can be read.
//  2. Every shard it lists is there, and no other.
//  3. Every shard has the sha256, the number of records, the first and the last id that the manifest says.
//  4. No id is in two shards.
//  5. The newest entry of CHANGES.md is about this manifest.
//
// No problem means that the set is the one that was accepted, byte by byte.
func (s *Store) Check() []Problem {
	m, err := s.Manifest()
	if err != nil {
		return []Problem{{Cause: ManifestBroken, What: err.Error(), err: err}}
	}
	problems := s.CheckNames(m)
	files, found := s.readAll(m)
	problems = append(problems, found...)
	problems = append(problems, CheckIDs(files)...)
	return append(problems, s.CheckReason(m)...)
}

// CheckNames compares the names of the files that are there with the manifest: rule 2 of Check, the "no other" half; a
// missing file shows when it is read.
func (s *Store) CheckNames(m *Manifest) []Problem {
	names, err := s.shardFiles()
	if err != nil {
		return []Problem{{Cause: ManifestBroken, What: err.Error(), err: err}}
	}
	var problems []Problem
	for _, name := range names {
		if _, ok := m.Shard(name); !ok {
			problems = append(problems, Problem{Cause: ShardExtra, Shard: name,
				What: fmt.Sprintf("shard %s: %s is not in %s", name, s.path(name+shardSuffix), ManifestName)})
		}
	}
	return problems
}

// CheckShard compares what Read returned with the manifest's line: rule 3 of Check.
func CheckShard(want ShardSum, f *File, err error) []Problem {
	var missing *MissingError
	switch {
	case errors.As(err, &missing):
		return []Problem{{Cause: ShardMissing, Shard: want.Name, What: err.Error(), err: err}}
	case err != nil:
		return []Problem{{Cause: ShardBroken, Shard: want.Name, What: err.Error(), err: err}}
	}
	var problems []Problem
	add := func(what string, have, want any) {
		problems = append(problems, Problem{Cause: ShardChanged, Shard: f.Shard,
			What: fmt.Sprintf("shard %s: %s is %v, %s says %v", f.Shard, what, have, ManifestName, want)})
	}
	have := SumOf(f)
	if have.Sum != want.Sum {
		add("sha256", hex.EncodeToString(have.Sum[:]), hex.EncodeToString(want.Sum[:]))
	}
	if have.Records != want.Records {
		add("number of records", have.Records, want.Records)
	}
	if have.First != want.First {
		add("first id", have.First, want.First)
	}
	if have.Last != want.Last {
		add("last id", have.Last, want.Last)
	}
	return problems
}

// CheckIDs looks for ids that two shards hold: rule 4 of Check. Files that could not be read are nil.
func CheckIDs(files []*File) []Problem {
	n := 0
	for _, f := range files {
		if f != nil {
			n += len(f.Records)
		}
	}
	var problems []Problem
	seen := make(map[string]string, n)
	for _, f := range files {
		if f == nil {
			continue
		}
		for _, r := range f.Records {
			if other, ok := seen[r.ID]; ok {
				problems = append(problems, Problem{Cause: CaseTwice, Shard: f.Shard,
					What: fmt.Sprintf("shard %s: case %s is in shard %s too", f.Shard, r.ID, other)})
			}
			seen[r.ID] = f.Shard
		}
	}
	return problems
}

// CheckReason looks whether the newest entry of CHANGES.md is about this manifest: rule 5 of Check.
func (s *Store) CheckReason(m *Manifest) []Problem {
	data, path, err := s.read(ChangesName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return []Problem{{Cause: ReasonMissing, What: err.Error(), err: err}}
	}
	if have := newestChange(data); have != m.Short() {
		if have == "" {
			have = "nothing"
		}
		return []Problem{{Cause: ReasonMissing,
			What: fmt.Sprintf("%s: the newest entry is about %s, the set is %s: nobody has said why it was approved", path, have, m.Short())}}
	}
	return nil
}

// CheckDigests compares the digests of a manifest with those of what is there now.
func CheckDigests(manifest, now Digests) []Problem {
	var problems []Problem
	for _, d := range manifest.Differ(now) {
		what := fmt.Sprintf("digest %s is %s, %s says %s: the answers were computed from something else", d.Name, d.New, ManifestName, d.Old)
		switch {
		case d.New == "":
			what = fmt.Sprintf("digest %s in %s is one that nobody computes", d.Name, ManifestName)
		case d.Old == "":
			what = fmt.Sprintf("digest %s is missing in %s", d.Name, ManifestName)
		}
		problems = append(problems, Problem{Cause: DigestChanged, What: what})
	}
	return problems
}
