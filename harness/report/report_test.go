package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"settleproof/harness"
)

func bad() *harness.Verdict {
	return &harness.Verdict{
		Subject: "calculator", Oracle: "old program", Scope: harness.ScopeSuite,
		Counts: harness.Counts{Cases: 12, Match: 6, Known: 2, Unknown: 2, Mismatch: 2},
		Cells: []harness.Cell{
			{Name: "z1.express", Counts: harness.Counts{Cases: 8, Match: 6, Known: 2}},
			{Name: "z2.night", Counts: harness.Counts{Cases: 4, Unknown: 2, Mismatch: 2}},
		},
		Fields: []harness.FieldCount{
			{Field: "base", Counts: harness.Counts{Cases: 12, Match: 12}},
			{Field: "surcharge", Counts: harness.Counts{Cases: 12, Match: 8, Known: 2, Unknown: 2}},
			{Field: "total", Counts: harness.Counts{Cases: 12, Match: 6, Known: 2, Unknown: 2, Mismatch: 2}},
		},
		Causes: []harness.CauseCount{{Cause: harness.Timeout, Cases: 2, Detail: "statement timeout\nafter 120 s"}},
		Differences: []harness.KnownUse{
			{Known: harness.Known{ID: "PD-1", Owner: "ann", Reason: "rounds to ten cents", Ticket: "T-1", ApprovedBy: "bob", Expires: "2024-12-31"}, Cases: 2, Faults: []string{"expired on 2024-12-31"}},
			{Known: harness.Known{ID: "PD-2", Reason: "nothing here"}},
		},
		Failures: []harness.Case{
			{ID: "z2.night.w00", Shard: "z2/night", Level: harness.LevelUnknown, Unknown: &harness.Unknown{Cause: harness.Timeout, Detail: "statement timeout\nafter 120 s"}},
			{ID: "z2.night.w01", Shard: "z2/night", Level: harness.LevelMismatch, Diffs: []harness.Diff{
				{Side: harness.SideSubject, Field: "total", Want: "302", Got: "306", Delta: "+4"},
				{Side: harness.SideOracle, Field: "total", Want: "302", Got: "", Note: "PD-1 vanished: legacy now answers like the result"},
			}},
			{ID: "z2.night.w02", Shard: "z2/night", Level: harness.LevelMismatch, Diffs: []harness.Diff{
				{Side: harness.SideSubject, Field: "(result)", Want: "1\t2\t3", Got: "err=TOO_HEAVY <1 t>"}}},
			{ID: "z2.night.w03", Shard: "z2/night", Level: harness.LevelUnknown, Unknown: &harness.Unknown{Cause: harness.Timeout, Detail: "again"}},
		},
		Findings: []harness.Finding{{Check: "known differences", Exit: harness.ExitHygiene, Text: "differences:1: PD-1: expired on 2024-12-31"}},
	}
}

func options() Options {
	return Options{Oracle: "a container: an engine answers", Repeat: func(id string) string { return "verify case " + id }}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, bad(), options()); err != nil {
		t.Fatal(err)
	}
	goldie.New(t).Assert(t, "bad", b.Bytes())
	b.Reset()
	good := &harness.Verdict{Subject: "calculator", Counts: harness.Counts{Cases: 3, Match: 3},
		Cells: []harness.Cell{{Name: "z1", Counts: harness.Counts{Cases: 3, Match: 3}}}}
	if err := Text(&b, good, Options{}); err != nil {
		t.Fatal(err)
	}
	goldie.New(t).Assert(t, "good", b.Bytes())
}

// However much is wrong, it fits about a screen and keeps its last line.
func TestTextIsShort(t *testing.T) {
	v := bad()
	for i := range 500 {
		v.Cells = append(v.Cells, harness.Cell{Name: fmt.Sprintf("cell%03d", i), Counts: harness.Counts{Cases: i, Mismatch: i}})
		v.Fields = append(v.Fields, harness.FieldCount{Field: fmt.Sprintf("field%03d", i), Counts: harness.Counts{Cases: 9, Mismatch: 9}})
		v.Differences = append(v.Differences, harness.KnownUse{Known: harness.Known{ID: fmt.Sprint("PD-", i+10), Reason: strings.Repeat("long\n", 99)}, Cases: 1})
		v.Findings = append(v.Findings, harness.Finding{Check: "manifest", Exit: 1, Text: "changed"})
		v.Failures[1].Diffs = append(v.Failures[1].Diffs, harness.Diff{Field: "f", Want: strings.Repeat("9", 9999), Note: "a\tb"})
	}
	v.Causes = slices.Repeat(v.Causes, 6)
	var b bytes.Buffer
	if err := Text(&b, v, options()); err != nil {
		t.Fatal(err)
	}
	const linesMax = 66
	if lines := strings.Count(b.String(), "\n"); lines > linesMax {
		t.Errorf("%d lines:\n%s", lines, b.String())
	}
	if !strings.HasSuffix(b.String(), Line(v)+"\n") || !strings.Contains(b.String(), "cell499") || !strings.Contains(b.String(), "... 490 more cells") {
		t.Errorf("the worst cell, the rest and the verdict have to be there:\n%s", b.String())
	}
}

func TestWriteDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "report")
	if err := WriteDir(dir, bad()); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(dir, VerdictName))
	if err != nil {
		t.Fatal(err)
	}
	goldie.New(t).Assert(t, "verdict", doc)
	ids, err := ReadFailed(dir)
	if err != nil || strings.Join(ids, " ") != "z2.night.w00 z2.night.w01 z2.night.w02 z2.night.w03" {
		t.Errorf("failed: %q, %v", ids, err)
	}
	if err := WriteDir(dir, &harness.Verdict{}); err != nil {
		t.Fatal(err)
	}
	if ids, err := ReadFailed(dir); err != nil || len(ids) != 0 {
		t.Errorf("nothing failed: %q, %v", ids, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestReadFailed(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"ids only", "a b\n", "failed.txt:1: want one case id"},
		{"an empty line is no id", "a\n\nb\n", "failed.txt:2: want one case id"},
		{"a lone newline is an empty line", "\n", "failed.txt:1: want one case id"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FailedName), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFailed(dir); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.reason, err, tt.want)
		}
	}
	if _, err := ReadFailed(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no report here to rerun") {
		t.Errorf("no report: %v", err)
	}
}

func TestFailuresLeftOut(t *testing.T) {
	v := bad()
	for range failuresMax {
		v.Failures = append(v.Failures, v.Failures[0])
	}
	doc, err := JSON(v)
	if err != nil || !strings.Contains(string(doc), `"failures_left_out": 4`) {
		t.Errorf("%v", err)
	}
}

func TestProgressIsPlainElsewhere(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, "verify", 10)
	for range 10 {
		p.Add(1)
	}
	p.Done()
	if want := "verify: 25 % of 10 cases\nverify: 50 % of 10 cases\nverify: 75 % of 10 cases\nverify: 100 % of 10 cases\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
	none := NewProgress(&b, "verify", 0)
	none.Add(0)
	none.Done()
}

// What is read is what is written: one line for each id.
func FuzzParseFailed(f *testing.F) {
	f.Add("a.b\nc\n")
	f.Add("\n")
	f.Fuzz(func(t *testing.T, text string) {
		ids, err := parseFailed("failed.txt", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "failed.txt:") {
				t.Error(err)
			}
			return
		}
		if again := strings.Join(ids, "\n"); again != strings.TrimSuffix(text, "\n") {
			t.Errorf("%q read as %q", text, ids)
		}
	})
}
