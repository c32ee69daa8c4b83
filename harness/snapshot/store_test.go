package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gofrs/flock"
)

// parcels makes a set: per shard a list of id=postage.
func parcels(version string, shards map[string]string) Set {
	set := Set{Digests: Digests{{"axes", "sha256:" + version}, {"legacy", "sha256:1"}}}
	for name, cases := range shards {
		f := &File{Shard: name, Fields: parcelFields}
		for _, item := range strings.Fields(cases) {
			id, postage, _ := strings.Cut(item, "=")
			f.Records = append(f.Records, Record{ID: id, Inputs: "1\t100", Result: "S\t" + postage + "\t2"})
		}
		set.Files = append(set.Files, f)
	}
	slices.SortFunc(set.Files, func(a, b *File) int { return strings.Compare(a.Shard, b.Shard) })
	return set
}

var (
	oldSet = parcels("1", map[string]string{"a/x": "a1=1.00 a2=2.00", "b/x": "b1=1.00 b2=2.00", "gone/x": "g1=1.00", "same/x": "s1=5.00"})
	newSet = parcels("2", map[string]string{"a/x": "a1=1.00 a2=2.50", "b/x": "b1=1.00 b2=2.00 b3=3.00", "c/x": "c1=1.00", "same/x": "s1=5.00"})
)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stage(t testing.TB, dir string, p Pending) {
	t.Helper()
	if err := open(t, dir).Stage(p); err != nil {
		t.Fatal(err)
	}
}

// acceptedSets keeps what accepted has made: an accept waits for the disk, and most tests begin with the same set.
var acceptedSets = map[string]fstest.MapFS{}

// accepted makes a golden directory that holds set.
func accepted(t testing.TB, set Set) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "golden")
	if made, ok := acceptedSets[text(set)]; ok {
		if err := os.CopyFS(dir, made); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	stage(t, dir, Pending{Set: set})
	if _, err := open(t, dir).Accept(AcceptOptions{Reason: "first"}); err != nil {
		t.Fatal(err)
	}
	made := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		made[path] = &fstest.MapFile{Data: data, Mode: filePerm}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	acceptedSets[text(set)] = made
	return dir
}

// contents shows a set as text, read through the store.
func contents(t testing.TB, s *Store) string {
	t.Helper()
	if problems := s.Check(); len(problems) > 0 {
		t.Fatalf("check: %v", problems)
	}
	set, err := s.Set()
	if err != nil {
		t.Fatal(err)
	}
	return text(set)
}

func text(set Set) string {
	var b strings.Builder
	for _, d := range set.Digests {
		fmt.Fprintln(&b, d.Name, d.Value)
	}
	for _, f := range set.Files {
		b.Write(f.Encode())
	}
	return b.String()
}

func TestAccept(t *testing.T) {
	dir := accepted(t, oldSet)
	if got := contents(t, open(t, dir)); got != text(oldSet) {
		t.Fatalf("after the first accept:\n%s", got)
	}
	if state := open(t, dir).State(); state != Settled {
		t.Errorf("after the first accept: %s", state)
	}
	stage(t, dir, Pending{Set: newSet})
	s := open(t, dir)
	if s.State() != Staged || contents(t, s) != text(oldSet) {
		t.Fatalf("staging must leave the old set alone; %s", s.State())
	}
	sum, err := s.Accept(AcceptOptions{Reason: "  parcels got\n heavier ", Prune: true})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Changed != 1 || sum.Added != 2 || sum.Removed != 1 || len(sum.Digests) != 1 {
		t.Errorf("summary %+v", sum)
	}
	s = open(t, dir)
	if s.State() != Settled || contents(t, s) != text(newSet) {
		t.Fatalf("after the second accept: %s\n%s", s.State(), contents(t, s))
	}
	if _, err := os.Stat(filepath.Join(dir, "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty directory is left behind")
	}
	changes, err := os.ReadFile(filepath.Join(dir, ChangesName))
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(changes), "\n## "+m.Short()+": parcels got heavier\n")
	if first := strings.Index(string(changes), ": first\n"); at < 0 || first < at {
		t.Errorf("CHANGES.md is not newest first:\n%s", changes)
	}
}

var errKilled = errors.New("killed")

// TestKill stops an accept at every step that changes a file, as a kill would, and looks what is left: the old set or
// the new one, whole; Check holds; and the next accept ends with the new one.
func TestKill(t *testing.T) {
	sawOld, sawNew, sawCommitted := false, false, false
	for stop := 0; ; stop++ {
		dir := accepted(t, oldSet)
		stage(t, dir, Pending{Set: newSet})
		s, steps, last := open(t, dir), 0, ""
		s.hook = func(step string) error {
			if last = step; steps == stop {
				return errKilled
			}
			steps++
			return nil
		}
		_, err := s.Accept(AcceptOptions{Reason: "second", Prune: true})
		if err == nil {
			break // stopped nowhere: all steps have been seen
		}
		if !errors.Is(err, errKilled) {
			t.Fatalf("step %d: %v", stop, err)
		}
		s = open(t, dir)
		state := s.State()
		switch got := contents(t, s); {
		case got == text(oldSet) && state == Staged:
			sawOld = true
		case got == text(newSet) && state != Staged:
			sawNew = true
			sawCommitted = sawCommitted || state == Committed
		default:
			t.Fatalf("stopped before %q: %s, and the set is neither the old nor the new one:\n%s", last, state, got)
		}
		// A reader that has opened the directory in between still finds every file after the rest has been moved.
		reader := open(t, dir)
		if _, err := open(t, dir).Accept(AcceptOptions{Reason: "again", Prune: true}); err != nil {
			if refused := new(Refusal); !errors.As(err, &refused) || refused.Reason != NothingPending || state != Settled {
				t.Fatalf("stopped before %q: accept again: %v", last, err)
			}
		}
		if state == Committed && contents(t, reader) != text(newSet) {
			t.Fatalf("stopped before %q: a reader lost the set", last)
		}
		if s := open(t, dir); contents(t, s) != text(newSet) || s.State() != Settled {
			t.Fatalf("stopped before %q: accept again leaves %s", last, s.State())
		}
	}
	if !sawOld || !sawNew || !sawCommitted {
		t.Errorf("old %t, new %t, committed %t: not every state has been seen", sawOld, sawNew, sawCommitted)
	}
}

// TestKillTwice stops the accept that finishes an interrupted one, too.
func TestKillTwice(t *testing.T) {
	kill := func(dir string, at int) error {
		s, steps := open(t, dir), 0
		s.hook = func(string) error {
			if steps++; steps > at {
				return errKilled
			}
			return nil
		}
		_, err := s.Accept(AcceptOptions{Reason: "second", Prune: true})
		return err
	}
	base := accepted(t, oldSet)
	stage(t, base, Pending{Set: newSet})
	for first := 3; first < 12; first++ {
		for second := 0; second < 9; second += 2 {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
				t.Fatal(err)
			}
			if err := kill(dir, first); err == nil {
				continue
			}
			_ = kill(dir, second) // refused, killed or done: what counts is what is left
			if got := contents(t, open(t, dir)); got != text(newSet) {
				t.Fatalf("killed at %d and %d:\n%s", first, second, got)
			}
		}
	}
}

// TestKillStage stops the staging: the approved set stays, and what is pending is the old pending set, the new one or
// none, never half of one.
func TestKillStage(t *testing.T) {
	third := parcels("3", map[string]string{"a/x": "a1=7.00"})
	for stop := 0; ; stop++ {
		dir := accepted(t, oldSet)
		stage(t, dir, Pending{Set: newSet})
		s, steps := open(t, dir), 0
		s.hook = func(string) error {
			if steps++; steps > stop {
				return errKilled
			}
			return nil
		}
		err := s.Stage(Pending{Set: third})
		if err == nil {
			break
		}
		s = open(t, dir)
		if contents(t, s) != text(oldSet) {
			t.Fatalf("step %d: the approved set has changed", stop)
		}
		p, err := s.Pending()
		if err != nil && !errors.Is(err, ErrNoPending) {
			t.Fatalf("step %d: %v", stop, err)
		}
		if err == nil && text(p.Set) != text(newSet) && text(p.Set) != text(third) {
			t.Fatalf("step %d: half a pending set", stop)
		}
	}
}

// TestStageFinishes stages over an interrupted accept: the staged set it finds is the approved one.
func TestStageFinishes(t *testing.T) {
	dir := accepted(t, oldSet)
	stage(t, dir, Pending{Set: newSet})
	s := open(t, dir)
	s.hook = func(step string) error {
		if step == "committed" {
			return errKilled
		}
		return nil
	}
	if _, err := s.Accept(AcceptOptions{Reason: "second", Prune: true}); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Pending(); !errors.Is(err, ErrNoPending) {
		t.Errorf("what is approved is not pending: %v", err)
	}
	stage(t, dir, Pending{Set: oldSet})
	if s := open(t, dir); contents(t, s) != text(newSet) || s.State() != Staged {
		t.Errorf("staging over an interrupted accept: %s\n%s", s.State(), contents(t, s))
	}
}

func TestRefusals(t *testing.T) {
	many := func(postage string) Set {
		var b strings.Builder
		for i := range ChangedMax + 1 {
			fmt.Fprintf(&b, "m%05d=%s ", i, postage)
		}
		return parcels("1", map[string]string{"many/x": b.String()})
	}
	changed := parcels("1", map[string]string{"a/x": "a1=1.00 a2=9.00", "b/x": "b1=1.00 b2=2.00", "gone/x": "g1=1.00", "same/x": "s1=5.00"})
	ok := AcceptOptions{Reason: "because"}
	tests := []struct {
		reason  string
		old     Set
		pending *Pending
		opt     AcceptOptions
		prepare func(t *testing.T, dir string)
		want    Reason
		says    string
	}{
		{"an approval needs a person", oldSet, &Pending{Set: changed}, AcceptOptions{Reason: "because", CI: true}, nil, InCI, "your own machine"},
		{"an approval needs a reason", oldSet, &Pending{Set: changed}, AcceptOptions{Reason: " \n"}, nil, NoReason, "--reason"},
		{"nothing was computed", oldSet, nil, ok, nil, NothingPending, "run casegen golden first"},
		{"nothing moved", oldSet, &Pending{Set: oldSet}, ok, nil, NothingPending, "the pending answers are the approved ones"},
		{"a case is lost", oldSet, &Pending{Set: newSet}, ok, nil, Shrinks, "1 case would be lost, the first is g1"},
		{"too much changes at once", many("1.00"), &Pending{Set: many("2.00")}, ok, nil, TooMany, "1,001 cases would change, more than 1,000"},
		{"a case has no answer", oldSet, &Pending{Set: changed, Open: []OpenCase{{NotComputed, "a/x", "a9", "TIMEOUT: 1 s"}}}, ok, nil,
			NotComputed, "1 case could not be computed, the first is a9: TIMEOUT: 1 s"},
		{"legacy was not asked", oldSet, &Pending{Set: changed, NotAsked: "--oracle none"}, ok, nil, NotAsked, "(--oracle none)"},
		{"legacy did not answer a case", oldSet, &Pending{Set: changed, Open: []OpenCase{{NotAsked, "a/x", "a1", "gone"}}}, ok, nil, NotAsked, "1 case got no answer"},
		{"legacy disagrees", oldSet, &Pending{Set: changed, Open: []OpenCase{{Disagrees, "a/x", "a1", "postage 1.00, 2.00"}}}, ok, nil, Disagrees, "no known difference covers it"},
		{"the rule has changed since", oldSet, &Pending{Set: changed}, AcceptOptions{Reason: "because",
			Recompute: func(*Pending) (Set, error) { return oldSet, nil }}, nil, Stale, `shard a/x, case a2: postage was "9.00" and is "2.00"`},
		{"the axes have changed since", oldSet, &Pending{Set: changed}, AcceptOptions{Reason: "because",
			Recompute: func(p *Pending) (Set, error) {
				return Set{Files: p.Files, Digests: Digests{{"axes", "sha256:9"}, {"legacy", "sha256:1"}}}, nil
			}}, nil, Stale, "axes was 1 and is 9"},
		{"a shard has gone since", oldSet, &Pending{Set: changed}, AcceptOptions{Reason: "because",
			Recompute: func(p *Pending) (Set, error) { return Set{Files: p.Files[:2], Digests: p.Digests}, nil }}, nil, Stale, "2 shards instead of 4"},
		{"somebody edited the pending set", oldSet, &Pending{Set: changed}, ok, func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, PendingName, stagedName, "a/x.golden"), "9.00", "8.00")
		}, PendingDamaged, "sha256"},
		{"somebody edited the approved set", oldSet, &Pending{Set: changed}, ok, func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "b/x.golden"), "1.00", "1.01")
		}, ApprovedDamaged, "git checkout"},
		{"somebody else is writing", oldSet, &Pending{Set: changed}, ok, func(t *testing.T, dir string) {
			l := flock.New(filepath.Join(dir, PendingName, lockName))
			if held, err := l.TryLock(); !held || err != nil {
				t.Fatal(held, err)
			}
			t.Cleanup(func() {
				if err := l.Unlock(); err != nil {
					t.Error(err)
				}
			})
		}, Busy, "another process is writing"},
	}
	for _, tt := range tests {
		t.Run(string(tt.want)+"/"+tt.reason, func(t *testing.T) {
			dir := accepted(t, tt.old)
			if tt.pending != nil {
				stage(t, dir, *tt.pending)
			}
			if tt.prepare != nil {
				tt.prepare(t, dir)
			}
			before := tree(t, dir)
			_, err := open(t, dir).Accept(tt.opt)
			var refused *Refusal
			if !errors.As(err, &refused) || refused.Reason != tt.want || !strings.Contains(err.Error(), tt.says) || refused.WayOut == "" {
				t.Fatalf("got %v, want %s saying %q", err, tt.want, tt.says)
			}
			if after := tree(t, dir); after != before {
				t.Errorf("a refusal changed something:\n%s\n%s", before, after)
			}
		})
	}
}

func edit(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), old) {
		t.Fatal(path, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, new, 1)), filePerm); err != nil {
		t.Fatal(err)
	}
}

// tree lists every file with its contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTermsOfRefusal accepts what was refused, on the terms that the refusal names.
func TestTermsOfRefusal(t *testing.T) {
	dir := accepted(t, oldSet)
	stage(t, dir, Pending{Set: newSet})
	if _, err := open(t, dir).Accept(AcceptOptions{Reason: "x", Prune: true,
		Recompute: func(p *Pending) (Set, error) { return newSet, nil }}); err != nil {
		t.Errorf("with prune: %v", err)
	}
}

// TestMergedReason: after a merge CHANGES.md is about another set; accepting the same answers again says why.
func TestMergedReason(t *testing.T) {
	dir := accepted(t, oldSet)
	if err := os.WriteFile(filepath.Join(dir, ChangesName), []byte("# Changes\n\n## 0123456789ab: theirs\n"), filePerm); err != nil {
		t.Fatal(err)
	}
	problems := open(t, dir).Check()
	if len(problems) != 1 || problems[0].Cause != ReasonMissing {
		t.Fatalf("check: %v", problems)
	}
	stage(t, dir, Pending{Set: oldSet})
	if _, err := open(t, dir).Accept(AcceptOptions{Reason: "merged"}); err != nil {
		t.Fatal(err)
	}
	contents(t, open(t, dir))
}

func TestCheck(t *testing.T) {
	tests := []struct {
		reason string
		do     func(t *testing.T, dir string)
		want   []Cause
	}{
		{"a shard is lost", func(t *testing.T, dir string) { remove(t, dir, "a/x.golden") }, []Cause{ShardMissing}},
		{"a shard is added", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "a/y.golden"), []byte(parcelText), filePerm); err != nil {
				t.Fatal(err)
			}
		}, []Cause{ShardExtra}},
		{"a digit is changed", func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "a/x.golden"), "2.00", "2.01") }, []Cause{ShardChanged}},
		{"a line is lost", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "a/x.golden"), "a2\t1\t100\t=\tS\t2.00\t2\n", "")
			edit(t, filepath.Join(dir, "a/x.golden"), "records 2", "records 1")
		}, []Cause{ShardChanged, ShardChanged, ShardChanged}}, // sum, number, last id
		{"a shard is not readable", func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "a/x.golden"), "=", "") }, []Cause{ShardBroken}},
		{"a shard is another one", func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "a/x.golden"), "a/x", "a/z") }, []Cause{ShardBroken}},
		{"the manifest is lost", func(t *testing.T, dir string) { remove(t, dir, ManifestName) }, []Cause{ManifestBroken}},
		{"the manifest is edited", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, ManifestName), "# records 6", "# records 7")
		}, []Cause{ManifestBroken}},
		{"a sum is edited", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, ManifestName), "\ta1\ta2", "\ta0\ta2")
		}, []Cause{ShardChanged, ReasonMissing}},
		{"the reason is lost", func(t *testing.T, dir string) { remove(t, dir, ChangesName) }, []Cause{ReasonMissing}},
	}
	for _, tt := range tests {
		dir := accepted(t, oldSet)
		tt.do(t, dir)
		var got []Cause
		problems := open(t, dir).Check()
		for _, p := range problems {
			got = append(got, p.Cause)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v %v, want %v", tt.reason, got, problems, tt.want)
		}
	}
	dir := accepted(t, oldSet)
	remove(t, dir, "a/x.golden")
	var missing *MissingError
	if _, err := open(t, dir).Read("a/x"); !errors.As(err, &missing) || missing.Shard != "a/x" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing shard is typed: %v", err)
	}
	if got := CheckIDs([]*File{oldSet.Files[0], nil, oldSet.Files[0]}); len(got) != 2 || got[0].Cause != CaseTwice {
		t.Errorf("an id in two shards: %v", got)
	}
	if got := CheckDigests(Digests{{"axes", "1"}, {"old", "1"}}, Digests{{"axes", "2"}, {"new", "1"}}); len(got) != 3 || got[0].Cause != DigestChanged {
		t.Errorf("digests: %v", got)
	}
}

func remove(t *testing.T, dir, rel string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, rel)); err != nil {
		t.Fatal(err)
	}
}

func TestParseSet(t *testing.T) {
	dir := accepted(t, oldSet)
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join(dir, path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := ParseSet("HEAD:golden", files)
	if err != nil || text(set) != text(oldSet) {
		t.Fatalf("%v\n%s", err, text(set))
	}
	delete(files, "a/x.golden")
	var missing *MissingError
	if _, err := ParseSet("HEAD:golden", files); !errors.As(err, &missing) || missing.Path != "HEAD:golden/a/x.golden" {
		t.Errorf("a missing shard: %v", err)
	}
	if _, err := ParseSet("HEAD:golden", nil); !errors.Is(err, ErrNoSet) {
		t.Errorf("no set: %v", err)
	}
}

func TestDiscard(t *testing.T) {
	dir := accepted(t, oldSet)
	stage(t, dir, Pending{Set: newSet})
	if err := open(t, dir).Discard(); err != nil {
		t.Fatal(err)
	}
	if s := open(t, dir); s.State() != Settled || contents(t, s) != text(oldSet) {
		t.Errorf("after discarding: %s", s.State())
	}
}

func TestNoSet(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "golden"))
	if _, err := s.Manifest(); !errors.Is(err, ErrNoSet) {
		t.Errorf("manifest of nothing: %v", err)
	}
	if set, err := s.Set(); err != nil || len(set.Files) != 0 {
		t.Errorf("set of nothing: %v, %v", set, err)
	}
	if _, err := s.Pending(); !errors.Is(err, ErrNoPending) {
		t.Errorf("pending of nothing: %v", err)
	}
}

func TestStageRefusesNonsense(t *testing.T) {
	good := parcels("1", map[string]string{"a/x": "a1=1.00"})
	tests := []struct {
		reason string
		files  []*File
		want   string
	}{
		{"a value with a tab would be two", []*File{{Shard: "a", Fields: parcelFields, Records: []Record{{ID: "a", Inputs: "1\t1", Result: "S\t1\t2\t3"}}}}, "after the results"},
		{"a shard is there twice", []*File{good.Files[0], good.Files[0]}, "shard a/x is there twice"},
		{"an id is in two shards", []*File{good.Files[0], {Shard: "b/x", Fields: parcelFields, Records: good.Files[0].Records}}, "case a1 is in shard a/x too"},
	}
	for _, tt := range tests {
		s := open(t, t.TempDir())
		if err := s.Stage(Pending{Set: Set{Files: tt.files}}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.reason, err, tt.want)
		}
		if s.State() != Settled {
			t.Errorf("%s: something was staged", tt.reason)
		}
	}
}

func TestPendingRoundTrip(t *testing.T) {
	dir := t.TempDir()
	want := Pending{Set: newSet, NotAsked: "no database\nhere", Open: []OpenCase{{NotComputed, "a/x", "a9", "panic:\n\tboom"}, {Disagrees, "c/x", "c1", ""}}}
	stage(t, dir, want)
	p, err := open(t, dir).Pending()
	if err != nil {
		t.Fatal(err)
	}
	if text(p.Set) != text(newSet) || p.NotAsked != "no database here" || len(p.Open) != 2 || p.Open[0].What != "panic: boom" || p.Count(Disagrees) != 1 {
		t.Errorf("read back %+v", p)
	}
	for _, damage := range [][2]string{{"# open 2", "# open 3"}, {"# legacy not", "# legacy perhaps not"}, {"NOT_COMPUTED", "FINE"}, {"# manifest ", "# manifest 0"}} {
		stage(t, dir, want)
		edit(t, filepath.Join(dir, PendingName, stagedName, statusName), damage[0], damage[1])
		if _, err := open(t, dir).Pending(); err == nil {
			t.Errorf("%q instead of %q is read without a word", damage[1], damage[0])
		}
	}
}

// TestTwoWriters lets many stage at once: each succeeds or is told that another is writing; what is pending is whole.
func TestTwoWriters(t *testing.T) {
	dir := accepted(t, oldSet)
	results := make(chan error)
	for range 8 {
		go func() {
			s, err := Open(dir)
			if err == nil {
				err = s.Stage(Pending{Set: newSet})
			}
			results <- err
		}()
	}
	staged := 0
	for range 8 {
		var refused *Refusal
		switch err := <-results; {
		case err == nil:
			staged++
		case !errors.As(err, &refused) || refused.Reason != Busy:
			t.Errorf("neither staged nor told to wait: %v", err)
		}
	}
	p, err := open(t, dir).Pending()
	if err != nil || staged == 0 || text(p.Set) != text(newSet) {
		t.Errorf("%d staged, %v", staged, err)
	}
}
