package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// ErrNoSet says that a directory holds no approved set.
var ErrNoSet = errors.New("there is no approved set yet")

// ErrNoPending says that nothing is staged.
var ErrNoPending = errors.New("nothing is pending")

// MissingError says that the file of a shard is not there.
type MissingError struct{ Shard, Path string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("shard %s: %s is missing", e.Shard, e.Path)
}

// Is makes errors.Is(err, fs.ErrNotExist) hold.
func (e *MissingError) Is(target error) bool { return target == fs.ErrNotExist }

// State says where a golden directory stands between two sets.
type State int

const (
	Settled   State = iota // the approved set and nothing else
	Staged                 // the approved set, and a pending one beside it
	Committed              // an accept was stopped after its commit point: the new set is the approved one, files are still to be moved
)

func (s State) String() string {
	switch s {
	case Staged:
		return "the old set is approved, a new one is pending"
	case Committed:
		return "the new set is approved; its accept was interrupted, the next accept moves the rest of the files"
	}
	return "the approved set is in place"
}

// Set is a complete set of answers.
type Set struct {
	Files   []*File // ascending by shard name
	Digests Digests // what they were computed from
}

// Store is a golden directory. Which set is the approved one is looked up once, by Open: a Store that was opened before
// somebody else's accept sees files change under it, and its checksums say so.
type Store struct {
	dir     string
	journal *journal           // of an interrupted accept; nil without
	hook    func(string) error // called at every step that changes a file; tests stop there
}

// Open looks at the golden directory dir, which need not exist yet.
func Open(dir string) (*Store, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s := &Store{dir: filepath.Clean(dir)}
	return s, s.loadJournal()
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

// State says which set is the approved one.
func (s *Store) State() State {
	if s.journal != nil {
		return Committed
	}
	if _, err := os.Stat(s.stagedPath(ManifestName)); err == nil {
		return Staged
	}
	return Settled
}

func (s *Store) path(rel string) string        { return filepath.Join(s.dir, filepath.FromSlash(rel)) }
func (s *Store) pendingPath(rel string) string { return filepath.Join(s.dir, PendingName, rel) }
func (s *Store) stagedPath(rel string) string {
	return filepath.Join(s.dir, PendingName, stagedName, filepath.FromSlash(rel))
}

// read returns a file of the approved set and the path it was found at: while a journal exists, what it lists is taken
// from the pending set until it has been moved. That order is safe beside a running accept, because a rename never
// leaves the file in neither place.
func (s *Store) read(rel string) ([]byte, string, error) {
	if s.journal != nil {
		if s.journal.deletes(rel) {
			return nil, s.path(rel), &fs.PathError{Op: "open", Path: s.path(rel), Err: fs.ErrNotExist}
		}
		if s.journal.moves(rel) {
			data, err := os.ReadFile(s.stagedPath(rel))
			if err == nil || !errors.Is(err, fs.ErrNotExist) {
				return data, s.stagedPath(rel), err
			}
		}
	}
	data, err := os.ReadFile(s.path(rel))
	return data, s.path(rel), err
}

// Manifest reads the manifest of the approved set; ErrNoSet when there is none.
func (s *Store) Manifest() (*Manifest, error) {
	data, path, err := s.read(ManifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoSet)
	}
	if err != nil {
		return nil, err
	}
	return ParseManifest(path, data)
}

// Read reads one shard of the approved set; a *MissingError when it is not there. Whether it is what the manifest says
// is for CheckShard or Check to tell.
func (s *Store) Read(shard string) (*File, error) {
	if err := checkShard(shard); err != nil {
		return nil, err
	}
	data, path, err := s.read(shard + shardSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &MissingError{Shard: shard, Path: path}
	}
	if err != nil {
		return nil, err
	}
	return parseAs(shard, path, data)
}

// parseAs parses a shard that must bear the name it was asked for.
func parseAs(shard, path string, data []byte) (*File, error) {
	f, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	if f.Shard != shard {
		return nil, &SyntaxError{File: path, Line: 2, Column: len("# shard ") + 1,
			What: fmt.Sprintf("shard %s in the file of shard %s", f.Shard, shard)}
	}
	return f, nil
}

// Set reads the whole approved set and fails at the first thing that is not as the manifest says. A directory without a
// set gives an empty one.
func (s *Store) Set() (Set, error) {
	m, err := s.Manifest()
	if errors.Is(err, ErrNoSet) {
		return Set{}, nil
	}
	if err != nil {
		return Set{}, err
	}
	files, problems := s.readAll(m)
	problems = append(s.CheckNames(m), problems...)
	if len(problems) > 0 {
		return Set{}, &problems[0]
	}
	return Set{Files: files, Digests: m.Digests}, nil
}

// ParseSet reads a whole set that lies in memory, by path below its directory: another revision of it, say. Like Set it
// fails at the first thing that is not as the manifest says. Files that belong to no set are passed over.
func ParseSet(name string, contents map[string][]byte) (Set, error) {
	manifest, ok := contents[ManifestName]
	if !ok {
		return Set{}, fmt.Errorf("%s: %w", name, ErrNoSet)
	}
	m, err := ParseManifest(name+"/"+ManifestName, manifest)
	if err != nil {
		return Set{}, err
	}
	set := Set{Digests: m.Digests, Files: make([]*File, len(m.Shards))}
	found := make([][]Problem, len(m.Shards))
	parallel(len(m.Shards), func(i int) {
		want := m.Shards[i]
		path := name + "/" + want.Name + shardSuffix
		var f *File
		var err error = &MissingError{Shard: want.Name, Path: path}
		if data, ok := contents[want.Name+shardSuffix]; ok {
			f, err = parseAs(want.Name, path, data)
		}
		set.Files[i], found[i] = f, CheckShard(want, f, err)
	})
	if problems := slices.Concat(found...); len(problems) > 0 {
		return Set{}, &problems[0]
	}
	return set, nil
}

// readAll reads and checks every shard that the manifest lists, several at a time; results are in its order.
func (s *Store) readAll(m *Manifest) ([]*File, []Problem) {
	files := make([]*File, len(m.Shards))
	found := make([][]Problem, len(m.Shards))
	parallel(len(m.Shards), func(i int) {
		f, err := s.Read(m.Shards[i].Name)
		files[i], found[i] = f, CheckShard(m.Shards[i], f, err)
	})
	return files, slices.Concat(found...)
}

// parallel calls do(0) ... do(n-1), as many at a time as there are processors.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

// shardFiles lists the shards whose files lie in the approved set, listed in the manifest or not, ascending.
func (s *Store) shardFiles() ([]string, error) {
	names := map[string]bool{}
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != s.dir && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(filepath.ToSlash(rel), shardSuffix); ok && !entry.IsDir() {
			names[name] = true
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if s.journal != nil {
		for _, step := range s.journal.steps {
			if name, ok := strings.CutSuffix(step.path, shardSuffix); ok {
				if step.delete {
					delete(names, name)
				} else {
					names[name] = true
				}
			}
		}
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list, nil
}
