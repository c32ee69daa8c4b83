package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// What lies in .pending:
const (
	lockName    = "LOCK"    // held by the one writer
	nextName    = "next"    // a set that is being written
	stagedName  = "staged"  // a set that has been written
	doneName    = "done"    // a staged set that has been moved into place
	statusName  = "STATUS"  // of the staged set: what stands in its way
	journalName = "JOURNAL" // from the commit point of an accept until its last file has been moved
)

// journal is the commit record of an accept: what has to be done to the directory so that it holds the new set.
type journal struct {
	steps []journalStep
	kind  map[string]bool // by path: true for a file that goes away
}

type journalStep struct {
	path   string // below the golden directory, with slashes
	delete bool   // or else moved there from the staged set
}

func newJournal(steps []journalStep) *journal {
	j := &journal{steps: steps, kind: make(map[string]bool, len(steps))}
	for _, step := range steps {
		j.kind[step.path] = step.delete
	}
	return j
}

func (j *journal) deletes(rel string) bool { return j.kind[rel] }

func (j *journal) moves(rel string) bool {
	gone, listed := j.kind[rel]
	return listed && !gone
}

func (j *journal) encode() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# steps %d\n", journalFormat, len(j.steps))
	for _, step := range j.steps {
		verb := "move"
		if step.delete {
			verb = "delete"
		}
		fmt.Fprintf(&b, "%s\t%s\n", verb, step.path)
	}
	return []byte(b.String())
}

func parseJournal(name string, data []byte) (*journal, error) {
	p := parser{name: name, text: string(data)}
	if err := p.checkBytes(); err != nil {
		return nil, err
	}
	if err := p.formatLine(journalFormat); err != nil {
		return nil, err
	}
	count, err := p.number("# steps ")
	if err != nil {
		return nil, err
	}
	var steps []journalStep
	for p.at < len(p.text) {
		line := p.next()
		verb, rel, _ := strings.Cut(line, "\t")
		if verb != "move" && verb != "delete" || !filepath.IsLocal(rel) || path.Clean(rel) != rel {
			return nil, p.errorf(0, "line %s: want move or delete and a path below the directory", quote(line))
		}
		steps = append(steps, journalStep{path: rel, delete: verb == "delete"})
	}
	if len(steps) != count {
		p.line = 2
		return nil, p.errorf(len("# steps "), "%d steps announced, %d lines follow", count, len(steps))
	}
	return newJournal(steps), nil
}

// loadJournal looks whether an accept was interrupted after its commit point.
func (s *Store) loadJournal() error {
	name := s.pendingPath(journalName)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		s.journal = nil
		return nil
	}
	if err != nil {
		return err
	}
	s.journal, err = parseJournal(name, data)
	return err
}

// commit makes the staged set the approved one, in the instant in which the journal gets its name.
func (s *Store) commit(steps []journalStep) error {
	j := newJournal(steps)
	if err := s.step("commit"); err != nil {
		return err
	}
	if err := renameio.WriteFile(s.pendingPath(journalName), j.encode(), filePerm); err != nil {
		return err
	}
	if err := syncDir(s.pendingPath("")); err != nil {
		return err
	}
	s.journal = j
	return s.step("committed")
}

// finish moves what the journal lists, if there is one, and then removes it. Every step can be repeated, so that a kill
// anywhere leaves something that finish completes. In order:
//
//  1. What is still in the staged set is moved; what is not has been moved before.
//  2. What goes away is removed, and a directory that it leaves empty.
//  3. The directories are synced: the journal may only go when what it stands for is on disk.
//  4. The staged set steps aside as a whole, so that its rest is never taken for a pending set.
//  5. The journal goes; that ends the accept. The rest is rubbish.
func (s *Store) finish() error {
	if s.journal == nil {
		return nil
	}
	dirs := map[string]bool{s.dir: true}
	for _, step := range s.journal.steps {
		if err := s.step(step.path); err != nil {
			return err
		}
		if err := s.apply(step, dirs); err != nil {
			return fmt.Errorf("finish the accept: %w", err)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if err := syncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := s.step("moved"); err != nil {
		return err
	}
	if err := os.RemoveAll(s.pendingPath(doneName)); err != nil {
		return err
	}
	if err := os.Rename(s.pendingPath(stagedName), s.pendingPath(doneName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.step("aside"); err != nil {
		return err
	}
	if err := os.Remove(s.pendingPath(journalName)); err != nil {
		return err
	}
	if err := syncDir(s.pendingPath("")); err != nil {
		return err
	}
	s.journal = nil
	if err := s.step("finished"); err != nil {
		return err
	}
	return os.RemoveAll(s.pendingPath(doneName))
}

// apply does one step of the journal and notes the directories it changes.
func (s *Store) apply(step journalStep, dirs map[string]bool) error {
	dest := s.path(step.path)
	for dir := filepath.Dir(dest); dir != s.dir && len(dir) > len(s.dir); dir = filepath.Dir(dir) {
		dirs[dir] = true
	}
	if step.delete {
		if err := os.Remove(dest); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// Only an empty directory lets itself be removed; any other answer leaves what is there.
		for dir := filepath.Dir(dest); dir != s.dir && os.Remove(dir) == nil; {
			dir = filepath.Dir(dir)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dest), dirPerm); err != nil {
		return err
	}
	err := os.Rename(s.stagedPath(step.path), dest)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(dest) // moved before the interruption
	}
	return err
}

// step tells the hook where we are.
func (s *Store) step(name string) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(name)
}

// syncDir makes the names in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
