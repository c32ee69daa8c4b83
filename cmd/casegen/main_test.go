package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"settleproof/cases"
	"settleproof/harness"
)

// testSuite is small enough for many computations and has a known difference (KD-001, on Labour Day) in it.
const testSuite = `method == "gift_cert"`

// testApp is the command over a small suite, with answers that the environment chooses: CALC=dearer and LEGACY=dearer
// add one to the fee of some cases, CALC=broken leaves one without an answer, LEGACY=gone breaks off.
func testApp(getenv func(string) string) *app {
	book, err := cases.Open()
	if err != nil {
		panic(err)
	}
	a := &app{getenv: getenv, only: testSuite}
	if suite := getenv("SUITE"); suite != "" {
		a.only = suite
	}
	a.calculator = func(s harness.Subject) harness.Subject { return altered{s, book, getenv("CALC")} }
	a.legacy = altered{book.Calculator(), book, "legacy " + getenv("LEGACY")}
	return a
}

// altered is a calculator that answers some cases otherwise.
type altered struct {
	harness.Subject
	book *cases.Book
	how  string
}

func (s altered) Answer(ctx context.Context, shards []harness.Shard) ([][]harness.Outcome, error) {
	all, err := s.Subject.Answer(ctx, shards)
	if err != nil || s.how == "" {
		return all, err
	}
	for i, shard := range shards {
		for j, id := range shard.IDs {
			if err := s.alter(id, &all[i][j]); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (s altered) alter(id string, o *harness.Outcome) error {
	set := func(name string, change func(string) string) {
		fields := strings.Split(o.Result, "\t")
		at := slices.Index(s.book.Domain().Fields.Results, name)
		fields[at] = change(fields[at])
		o.Result = strings.Join(fields, "\t")
	}
	legacy, how := strings.CutPrefix(s.how, "legacy ")
	if !how {
		legacy = s.how
	}
	switch {
	case how && strings.Contains(id, "labour_day") && !strings.Contains(id, "early"):
		set("payout_date", dayBefore)
	case legacy == "gone":
		return errors.New("connection lost")
	case legacy == "broken" && strings.HasSuffix(id, "quarter_end.mixed"):
		o.Result, o.Unknown = "", &harness.Unknown{Cause: harness.SubjectError, Detail: "division by zero"}
	case legacy == "dearer" && strings.HasSuffix(id, "quarter_end.mixed"):
		set("fee", func(fee string) string { return fee + "7" })
	}
	return nil
}

func dayBefore(day string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d.AddDate(0, 0, -1).Format(time.DateOnly)
}

// TestManual runs every "$ casegen ..." line of the package comment, one after the other in one directory, and compares
// what it prints. "..." stands for any text, on a line of its own for any lines.
func TestManual(t *testing.T) {
	examples := manual(t)
	t.Chdir(t.TempDir())
	if len(examples) < 8 {
		t.Fatalf("%d examples found in the package comment", len(examples))
	}
	for _, ex := range examples {
		var out, stderr bytes.Buffer
		a := testApp(func(string) string { return "" })
		code := a.run(context.Background(), ex.args, &out, &stderr)
		for line := range strings.Lines(stderr.String()) {
			if strings.HasPrefix(line, "casegen: ") { // the rest is progress
				out.WriteString(line)
			}
		}
		if code != 0 {
			fmt.Fprintf(&out, "(exit %d)\n", code)
		}
		pattern := regexp.QuoteMeta(ex.want)
		pattern = strings.ReplaceAll(pattern, `\.\.\.`+"\n", "(?s:.*)\n")
		pattern = strings.ReplaceAll(pattern, `\.\.\.`, "(?s:.*)")
		if !regexp.MustCompile("^" + pattern + "$").MatchString(out.String()) {
			t.Errorf("casegen %q prints\n%s\nthe manual says\n%s", ex.args, out.String(), ex.want)
		}
	}
}

type example struct {
	args []string
	want string
}

// manual reads the examples of the package comment: indented blocks that start with "$ casegen".
func manual(t *testing.T) []example {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		code, ok := block.(*comment.Code)
		if !ok {
			continue
		}
		for part := range strings.SplitSeq("\n"+code.Text, "\n$ casegen ") {
			line, want, ok := strings.Cut(part, "\n")
			if !ok || strings.TrimSpace(line) == "" {
				continue
			}
			if !strings.Contains("\n"+code.Text, "\n$ casegen "+line) {
				continue // what stands above the first example of a block
			}
			examples = append(examples, example{words(line), strings.TrimRight(want, "\n") + "\n"})
		}
	}
	return examples
}

// words splits a command line as a shell would, as far as the manual goes: single and double quotes.
func words(line string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		out = append(out, m[1]+m[2]+m[3])
	}
	return out
}

// TestInterrupted: a computation that is interrupted stages nothing.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, stderr bytes.Buffer
	a := testApp(func(string) string { return "" })
	code := a.run(ctx, []string{"golden", "--oracle", "none"}, &out, &stderr)
	if code != harness.ExitUnknown || !strings.Contains(stderr.String(), "not finished, nothing staged") {
		t.Errorf("exit %d\n%s%s", code, out.String(), stderr.String())
	}
	if _, err := os.Stat("golden/.pending"); err == nil {
		t.Error("something was staged")
	}
}

func TestInCI(t *testing.T) {
	tests := []struct {
		reason, value string
		want          bool
	}{
		{"not set", "", false},
		{"switched off", "false", false},
		{"switched off by a number", "0", false},
		{"as every CI sets it", "true", true},
		{"anything else is a yes: refusing is the safe side", "maybe", true},
	}
	for _, tt := range tests {
		if got := inCI(func(string) string { return tt.value }); got != tt.want {
			t.Errorf("%s: %t", tt.reason, got)
		}
	}
}
