// Package golden holds the approved answers: one file per shard, the MANIFEST over them, and CHANGES.md, which says why they are what
// they are. The test here asserts that the calculator still gives them; it only reads. New answers come in by casegen golden and
// casegen accept --reason.
package golden_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"settleproof/cases"
	"settleproof/harness/snapshot"
)

// rowsMax is how many differing cases one shard shows: enough to see a pattern. The gate has the whole picture.
const rowsMax = 20

// TestGolden runs every case of the suite through the calculator and compares the lines with the golden files, byte for byte. The legacy
// values in a line are taken from the file: only the legacy query can say them, and make verify asks it.
func TestGolden(t *testing.T) {
	if update := flag.Lookup("update"); os.Getenv("GOLDIE_UPDATE") != "" || update != nil && update.Value.String() == "true" {
		t.Fatal("golden files are not written by go test: use bin/casegen golden, look at the summary, then bin/casegen accept --reason \"...\"")
	}
	book, err := cases.Open()
	if err != nil {
		t.Fatal(err)
	}
	shards, err := book.Shards("full", "")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := book.Calculator().Answer(context.Background(), shards)
	if err != nil {
		t.Fatal(err)
	}
	store, err := snapshot.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	g := goldie.New(t, goldie.WithFixtureDir("."), goldie.WithNameSuffix(".golden"), goldie.WithDiffFn(keyedDiff))
	compared := 0
	for i, shard := range shards {
		t.Run(shard.Name, func(t *testing.T) {
			approved, err := store.Read(shard.Name)
			if err != nil {
				t.Fatal(err)
			}
			legacy := make(map[string]snapshot.Record, len(approved.Records))
			for _, r := range approved.Records {
				legacy[r.ID] = r
			}
			now := &snapshot.File{Shard: shard.Name, Fields: book.Domain().Fields}
			for k, id := range shard.IDs {
				answer := answers[i][k]
				if answer.Unknown != nil {
					t.Errorf("%s: UNKNOWN: %s", id, answer.Unknown.Detail)
				}
				now.Records = append(now.Records, snapshot.Record{
					ID: id, Inputs: answer.Inputs, Result: answer.Result, Known: legacy[id].Known, Legacy: legacy[id].Legacy,
				})
			}
			compared += len(now.Records)
			g.Assert(t, shard.Name, now.Encode())
		})
	}
	if compared == 0 {
		t.Fatal("no case was compared")
	}
	t.Logf("%d cases in %d golden files", compared, len(shards))
}

// TestSize keeps the golden tree reviewable and the repository small.
func TestSize(t *testing.T) {
	const (
		bytesMax  = 15_000_000 // of the whole tree
		shardsMax = 300
	)
	size, count := int64(0), 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == snapshot.PendingName {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		if filepath.Ext(path) == ".golden" {
			count++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if size > bytesMax || count > shardsMax || count == 0 {
		t.Errorf("%d bytes in %d shards; at most %d bytes in 1 to %d shards", size, count, bytesMax, shardsMax)
	}
}

// TestReadme: the number of cases that the README names is that of the manifest.
func TestReadme(t *testing.T) {
	store, err := snapshot.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := store.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	records := strconv.Itoa(manifest.Records())
	thousands := records[:len(records)-3] + "," + records[len(records)-3:]
	for _, name := range []string{thousands + " cases through calculator, legacy query and golden files", records + " cases: "} {
		if !strings.Contains(string(readme), name) {
			t.Errorf("README.md does not say %q", name)
		}
	}
}

// keyedDiff shows what differs by case, not by line number: at most rowsMax cases, then how many more, then the command that repeats the first.
func keyedDiff(actual, expected string) string {
	want, wantOrder := byID(expected)
	got, gotOrder := byID(actual)
	var rows []string
	first := ""
	note := func(id, what string) {
		if first == "" {
			first = id
		}
		rows = append(rows, what)
	}
	for _, id := range wantOrder {
		if line, there := got[id]; !there {
			note(id, fmt.Sprintf("- %s\t%s", id, want[id]))
		} else if line != want[id] {
			note(id, fmt.Sprintf("  %s\n    golden %s\n    calc   %s", id, want[id], line))
		}
	}
	for _, id := range gotOrder {
		if _, there := want[id]; !there {
			note(id, fmt.Sprintf("+ %s\t%s", id, got[id]))
		}
	}
	more := ""
	if len(rows) > rowsMax {
		more = fmt.Sprintf("\n  and %d cases more", len(rows)-rowsMax)
		rows = rows[:rowsMax]
	}
	return fmt.Sprintf("%s%s\nrepeat: bin/verify case %q", strings.Join(rows, "\n"), more, first)
}

// byID splits a golden file into its records; header lines are keyed by their first word.
func byID(text string) (lines map[string]string, order []string) {
	lines = map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		id, rest, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(line, "#") {
			id = "header " + strings.Join(strings.Fields(line)[:2], " ")
			rest = line
		}
		lines[id] = rest
		order = append(order, id)
	}
	return lines, order
}

// TestKeyedDiff shows that a single changed digit is shown with its case and the command that repeats it.
func TestKeyedDiff(t *testing.T) {
	diff := keyedDiff("# shard a\nx\t1\t=\t2\ny\t1\t=\t3\n", "# shard a\nx\t1\t=\t2\ny\t1\t=\t4\n")
	for _, want := range []string{"y", "golden 1\t=\t4", "calc   1\t=\t3", `verify case "y"`} {
		if !strings.Contains(diff, want) {
			t.Errorf("diff lacks %q:\n%s", want, diff)
		}
	}
	if strings.Contains(diff, "  x") {
		t.Errorf("diff shows a case that did not move:\n%s", diff)
	}
}
