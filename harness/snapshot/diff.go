package snapshot

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
)

// Summary says what moved between two sets. It holds counts and a few samples, so that it stays small at any size.
type Summary struct {
	Before, After int // cases
	Added         int // cases that only the new set has
	Removed       int // cases that only the old set has
	Changed       int // cases with another line
	Moved         int // cases with the same line in another shard
	Lost          int // cases that the new set lacks because they could not be computed; not in Removed

	Shards  []ShardChange  // most cases first
	Fields  []FieldChange  // of changed cases; most cases first
	Known   []KnownChange  // known differences that cover another number of cases, by id
	Digests []DigestChange // in the order of the manifest

	Old, New string // short digests of the two manifests; "" for no set

	AddedIDs, RemovedIDs []string // a few

	NotAsked string      // why legacy was not asked, where it was not
	Open     []OpenCount // what stands in the way of accepting
}

// ShardChange counts what moved in one shard.
type ShardChange struct {
	Name                           string
	Added, Removed, Changed, Moved int
}

func (s ShardChange) total() int { return s.Added + s.Removed + s.Changed + s.Moved }

// FieldChange counts the cases in which one field changed.
type FieldChange struct {
	Kind    FieldKind
	Name    string
	Cases   int
	Samples []Sample // each from another shard as far as there are
}

// FieldKind says which part of the line a field is in.
type FieldKind string

const (
	Input   FieldKind = "input"
	Result  FieldKind = "result"
	Refused FieldKind = "refusal" // answered on one side, refused on the other, or refused for another reason
	Legacy  FieldKind = "legacy"  // the value that legacy answers
	KnownID FieldKind = "known"   // which known differences explain it
)

// Sample is one case of a FieldChange.
type Sample struct{ ID, Old, New string }

// KnownChange counts the cases that one known difference covers.
type KnownChange struct {
	ID            string
	Before, After int
}

// OpenCount counts open cases of one kind and shows the first.
type OpenCount struct {
	Reason Reason
	Cases  int
	First  OpenCase
}

const samplesMax = 3 // of a field, of added and of removed cases: enough to see a pattern, too few to scroll

// Empty reports whether the two sets are the same and nothing is open.
func (s Summary) Empty() bool {
	return s.Same() && s.NotAsked == "" && len(s.Open) == 0
}

// Same reports whether nothing moved between the two sets.
func (s Summary) Same() bool {
	return s.Added+s.Removed+s.Changed+s.Moved+s.Lost+len(s.Digests) == 0
}

// Diff says what moved from old to new. In order:
//
//  1. A case is its id, whatever shard it is in.
//  2. A case in one set only is added or removed.
//  3. A case whose line differs is changed; every field that differs is counted once for it.
//  4. A case with the same line in another shard has moved.
//  5. Fields are compared by name: one that only one side has is counted with "" on the other.
//
// Shards that have the same sum on both sides are not looked into.
func Diff(old, new Set) Summary {
	d := differ{
		Summary: Summary{Before: count(old.Files), After: count(new.Files), Digests: old.Digests.Differ(new.Digests)},
		shards:  map[string]*ShardChange{},
		fields:  map[fieldKey]*fieldTally{},
	}
	oldSide, newSide := unlike(old.Files, new.Files)
	d.merge(entries(oldSide), entries(newSide))
	d.known(old.Files, new.Files)
	if len(old.Files) > 0 {
		d.Old = manifestOf(old).Short()
	}
	if len(new.Files) > 0 {
		d.New = manifestOf(new).Short()
	}
	return d.finish()
}

// DiffPending is Diff against a pending set: cases that could not be computed are Lost, not Removed, and what is open
// is counted.
func DiffPending(old Set, p *Pending) Summary {
	lost := make(map[string]bool)
	for _, o := range p.Open {
		if o.Reason == NotComputed {
			lost[o.ID] = true
		}
	}
	s := Diff(without(old, lost), p.Set)
	s.Before = count(old.Files)
	s.Lost = len(lost)
	if len(old.Files) > 0 {
		s.Old = manifestOf(old).Short()
	}
	s.NotAsked = p.NotAsked
	for _, reason := range []Reason{NotComputed, NotAsked, Disagrees} {
		if n := p.Count(reason); n > 0 {
			first := p.Open[slices.IndexFunc(p.Open, func(o OpenCase) bool { return o.Reason == reason })]
			s.Open = append(s.Open, OpenCount{Reason: reason, Cases: n, First: first})
		}
	}
	return s
}

// without returns set without some cases. Shards that lose none stay as they are.
func without(set Set, ids map[string]bool) Set {
	if len(ids) == 0 {
		return set
	}
	out := Set{Digests: set.Digests, Files: make([]*File, 0, len(set.Files))}
	for _, f := range set.Files {
		kept := slices.DeleteFunc(slices.Clone(f.Records), func(r Record) bool { return ids[r.ID] })
		if len(kept) < len(f.Records) {
			f = &File{Shard: f.Shard, Fields: f.Fields, Records: kept}
		}
		out.Files = append(out.Files, f)
	}
	return out
}

func count(files []*File) int {
	n := 0
	for _, f := range files {
		n += len(f.Records)
	}
	return n
}

// manifestOf lists a set whose files may have been made in memory.
func manifestOf(s Set) *Manifest {
	files := make([]*File, len(s.Files))
	parallel(len(files), func(i int) {
		files[i] = s.Files[i]
		if files[i].Sum == ([32]byte{}) {
			sum := *files[i]
			sum.Sum = sha256.Sum256(files[i].Encode())
			files[i] = &sum
		}
	})
	return newManifest(s.Digests, files)
}

// unlike drops the shards that are the same on both sides.
func unlike(old, new []*File) (oldSide, newSide []*File) {
	sums := make(map[string]*File, len(old))
	for _, f := range old {
		sums[f.Shard] = f
	}
	same := map[string]bool{}
	for _, f := range new {
		if o := sums[f.Shard]; o != nil && o.Sum == f.Sum && f.Sum != ([32]byte{}) {
			same[f.Shard] = true
		} else {
			newSide = append(newSide, f)
		}
	}
	for _, f := range old {
		if !same[f.Shard] {
			oldSide = append(oldSide, f)
		}
	}
	return oldSide, newSide
}

// entry is a record with the shard that it is in.
type entry struct {
	*Record
	file *File
}

func entries(files []*File) []entry {
	list := make([]entry, 0, count(files))
	for _, f := range files {
		for i := range f.Records {
			list = append(list, entry{&f.Records[i], f})
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return strings.Compare(a.ID, b.ID) })
	return list
}

type fieldKey struct {
	kind FieldKind
	name string
}

type fieldTally struct {
	FieldChange
	order   int // when it was first seen: where two fields have as many cases
	sampled map[string]bool
	spare   []Sample // from shards that have been sampled
}

type differ struct {
	Summary
	shards map[string]*ShardChange
	fields map[fieldKey]*fieldTally
}

func (d *differ) shard(name string) *ShardChange {
	s := d.shards[name]
	if s == nil {
		s = &ShardChange{Name: name}
		d.shards[name] = s
	}
	return s
}

// merge walks over both sides in the order of ids.
func (d *differ) merge(old, new []entry) {
	for len(old) > 0 || len(new) > 0 {
		order := 0
		switch {
		case len(old) == 0:
			order = 1
		case len(new) == 0:
			order = -1
		default:
			order = strings.Compare(old[0].ID, new[0].ID)
		}
		switch {
		case order < 0:
			d.Removed++
			d.shard(old[0].file.Shard).Removed++
			d.RemovedIDs = appendSample(d.RemovedIDs, old[0].ID)
			old = old[1:]
		case order > 0:
			d.Added++
			d.shard(new[0].file.Shard).Added++
			d.AddedIDs = appendSample(d.AddedIDs, new[0].ID)
			new = new[1:]
		default:
			d.pair(old[0], new[0])
			old, new = old[1:], new[1:]
		}
	}
}

func appendSample(ids []string, id string) []string {
	if len(ids) < samplesMax {
		ids = append(ids, id)
	}
	return ids
}

func (d *differ) pair(old, new entry) {
	fields := old.file.Fields.Equal(new.file.Fields)
	switch {
	case !fields || *old.Record != *new.Record:
		d.Changed++
		d.shard(new.file.Shard).Changed++
		d.compare(old, new)
	case old.file.Shard != new.file.Shard:
		d.Moved++
		d.shard(new.file.Shard).Moved++
	}
}

// known counts the cases of each known difference on both sides.
func (d *differ) known(old, new []*File) {
	changes := map[string]*KnownChange{}
	at := func(id string) *KnownChange {
		if changes[id] == nil {
			changes[id] = &KnownChange{ID: id}
		}
		return changes[id]
	}
	tallyKnown(old, func(id string) { at(id).Before++ })
	tallyKnown(new, func(id string) { at(id).After++ })
	for _, c := range changes {
		if c.Before != c.After {
			d.Known = append(d.Known, *c)
		}
	}
	slices.SortFunc(d.Known, func(a, b KnownChange) int { return strings.Compare(a.ID, b.ID) })
}

func tallyKnown(files []*File, add func(id string)) {
	for _, f := range files {
		for i := range f.Records {
			if ids := f.Records[i].Known; ids != "" {
				for id := range strings.SplitSeq(ids, ",") {
					add(id)
				}
			}
		}
	}
}

// finish puts the tallies in order: the most cases first, then as they come.
func (d *differ) finish() Summary {
	for _, s := range d.shards {
		d.Shards = append(d.Shards, *s)
	}
	slices.SortFunc(d.Shards, func(a, b ShardChange) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), strings.Compare(a.Name, b.Name))
	})
	tallies := make([]*fieldTally, 0, len(d.fields))
	for _, t := range d.fields {
		t.Samples = append(t.Samples, t.spare[:min(len(t.spare), samplesMax-len(t.Samples))]...)
		tallies = append(tallies, t)
	}
	slices.SortFunc(tallies, func(a, b *fieldTally) int {
		return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.order, b.order))
	})
	for _, t := range tallies {
		d.Fields = append(d.Fields, t.FieldChange)
	}
	return d.Summary
}
