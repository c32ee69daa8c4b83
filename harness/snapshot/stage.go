package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

const (
	filePerm = 0o644 // what git would check out
	dirPerm  = 0o755
)

// Pending is a set that has been computed and not accepted.
type Pending struct {
	Set
	NotAsked string     // why the legacy query was not asked at all; "" when it was
	Open     []OpenCase // what stands in the way of single cases, in case order
}

// OpenCase is one case that cannot be approved as it is.
type OpenCase struct {
	Reason Reason // NotComputed: it has no record; NotAsked or Disagrees: it has one, without legacy values
	Shard  string
	ID     string
	What   string
}

// Count counts the open cases of one kind.
func (p *Pending) Count(reason Reason) int {
	n := 0
	for _, o := range p.Open {
		if o.Reason == reason {
			n++
		}
	}
	return n
}

// lock makes this process the one writer of the directory, or refuses at once: two people who stage and accept against
// each other should talk, not queue.
func (s *Store) lock() (unlock func() error, err error) {
	if err := os.MkdirAll(s.pendingPath(""), dirPerm); err != nil {
		return nil, err
	}
	l := flock.New(s.pendingPath(lockName), flock.SetPermissions(filePerm))
	ok, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refuse(Busy, "wait until it is through, or end it", "another process is writing %s", s.dir)
	}
	if err := s.loadJournal(); err != nil { // nobody else changes it from here on
		return nil, errors.Join(err, l.Unlock())
	}
	return l.Unlock, nil
}

// Stage writes p as the pending set, in place of the one that is there. In order:
//
//  1. Only one process writes at a time: Busy.
//  2. An interrupted accept is finished first; its staged set is the approved one and must not be overwritten.
//  3. Every shard is encoded and read back: what Accept will read is known to be readable.
//  4. The set gets its place by one rename. A kill before it leaves no pending set, or the old one.
func (s *Store) Stage(p Pending) (err error) {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := s.finish(); err != nil {
		return err
	}
	next := s.pendingPath(nextName)
	if err := os.RemoveAll(next); err != nil {
		return err
	}
	if err := s.step("stage"); err != nil {
		return err
	}
	sealed, texts, err := seal(p.Files)
	if err != nil {
		return err
	}
	for i, f := range sealed {
		if err := writeFile(filepath.Join(next, filepath.FromSlash(f.Shard)+shardSuffix), texts[i]); err != nil {
			return err
		}
	}
	manifest := newManifest(p.Digests, sealed).Encode()
	if err := writeFile(filepath.Join(next, ManifestName), manifest); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(next, statusName), encodeStatus(manifest, p)); err != nil {
		return err
	}
	if err := s.step("written"); err != nil {
		return err
	}
	if err := os.RemoveAll(s.pendingPath(stagedName)); err != nil {
		return err
	}
	if err := s.step("cleared"); err != nil {
		return err
	}
	return os.Rename(next, s.pendingPath(stagedName))
}

// Discard removes the pending set, if there is one.
func (s *Store) Discard() (err error) {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := s.finish(); err != nil {
		return err
	}
	return os.RemoveAll(s.pendingPath(stagedName))
}

// seal encodes files and reads them back: what comes out has its Sum and is known to be well-formed.
func seal(files []*File) (sealed []*File, texts [][]byte, err error) {
	sealed, texts = make([]*File, len(files)), make([][]byte, len(files))
	failed := make([]error, len(files))
	parallel(len(files), func(i int) {
		texts[i] = files[i].Encode()
		sealed[i], failed[i] = Parse("shard "+files[i].Shard, texts[i])
	})
	if err := errors.Join(failed...); err != nil {
		return nil, nil, err
	}
	for i := 1; i < len(sealed); i++ {
		if sealed[i].Shard <= sealed[i-1].Shard {
			return nil, nil, fmt.Errorf("shard %s is there twice or out of order", sealed[i].Shard)
		}
	}
	if problems := CheckIDs(sealed); len(problems) > 0 {
		return nil, nil, &problems[0]
	}
	return sealed, texts, nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), dirPerm); err != nil {
		return err
	}
	return os.WriteFile(path, data, filePerm)
}

// Pending reads the pending set; ErrNoPending when there is none. A set that is not as it was staged is an error.
func (s *Store) Pending() (*Pending, error) {
	name := s.stagedPath(ManifestName)
	manifest, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || s.journal != nil {
		return nil, ErrNoPending
	}
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(name, manifest)
	if err != nil {
		return nil, err
	}
	p := &Pending{Set: Set{Files: make([]*File, len(m.Shards)), Digests: m.Digests}}
	failed := make([]error, len(m.Shards))
	parallel(len(m.Shards), func(i int) {
		p.Files[i], failed[i] = s.readStaged(m.Shards[i])
	})
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	name = s.stagedPath(statusName)
	status, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return p, parseStatus(name, status, manifest, p)
}

func (s *Store) readStaged(want ShardSum) (*File, error) {
	path := s.stagedPath(want.Name + shardSuffix)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := parseAs(want.Name, path, data)
	if err != nil {
		return nil, err
	}
	if problems := CheckShard(want, f, nil); len(problems) > 0 {
		return nil, fmt.Errorf("%s: %w", path, &problems[0])
	}
	return f, nil
}

const (
	legacyAsked    = "# legacy asked"
	legacyNotAsked = "# legacy not asked: "
)

// encodeStatus writes what stands in the way of a pending set, tied to its manifest.
func encodeStatus(manifest []byte, p Pending) []byte {
	var b strings.Builder
	sum := sha256.Sum256(manifest)
	fmt.Fprintf(&b, "%s\n# manifest %s\n", pendingFormat, hex.EncodeToString(sum[:]))
	if p.NotAsked == "" {
		b.WriteString(legacyAsked + "\n")
	} else {
		b.WriteString(legacyNotAsked + oneLine(p.NotAsked) + "\n")
	}
	fmt.Fprintf(&b, "# open %d\n", len(p.Open))
	for _, o := range p.Open {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", o.Reason, o.Shard, o.ID, oneLine(o.What))
	}
	return []byte(b.String())
}

func parseStatus(name string, data, manifest []byte, into *Pending) error {
	p := parser{name: name, text: string(data)}
	if err := p.checkBytes(); err != nil {
		return err
	}
	if err := p.formatLine(pendingFormat); err != nil {
		return err
	}
	sum := sha256.Sum256(manifest)
	const prefix = "# manifest "
	if have, err := p.headerLine(prefix); err != nil {
		return err
	} else if have != hex.EncodeToString(sum[:]) {
		return p.errorf(len(prefix), "about another manifest than the one beside it")
	}
	asked, err := p.headerLine("# legacy ")
	if err != nil {
		return err
	}
	if line := "# legacy " + asked; line != legacyAsked {
		why, ok := strings.CutPrefix(line, legacyNotAsked)
		if !ok || why == "" {
			return p.errorf(0, "line %s, want %q or %q and why", quote(line), legacyAsked, legacyNotAsked)
		}
		into.NotAsked = why
	}
	count, err := p.number("# open ")
	if err != nil {
		return err
	}
	for p.at < len(p.text) {
		part := strings.SplitN(p.next(), "\t", 4)
		if len(part) != 4 || !slices.Contains([]Reason{NotComputed, NotAsked, Disagrees}, Reason(part[0])) {
			return p.errorf(0, "want what is open, shard, id and why")
		}
		into.Open = append(into.Open, OpenCase{Reason: Reason(part[0]), Shard: part[1], ID: part[2], What: part[3]})
	}
	if len(into.Open) != count {
		return p.errorf(0, "%d open cases announced, %d lines follow", count, len(into.Open))
	}
	return nil
}

// oneLine makes one line of text that came from elsewhere.
func oneLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ") }
