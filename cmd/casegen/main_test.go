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
	"sync"
	"testing"
	"time"

	"settleproof/cases"
	"settleproof/harness"
)

// book opens the embedded files once for all tests; computing the suite takes longer than any command here.
var book = sync.OnceValues(cases.Open)

// testApp is the command over the gift certificates, a suite that is small and has KD-001 in it, with answers that the
// environment chooses: CALC=dearer and LEGACY=dearer change the fee of some cases, CALC=broken leaves these without an
// answer, LEGACY=gone breaks off, SUITE=half leaves half of the cases.
func testApp(getenv func(string) string) *app {
	return &app{
		getenv: getenv,
		open:   book,
		keep: func(id string) bool {
			return strings.HasPrefix(id, "gift_cert.") && (getenv("SUITE") == "" || !strings.Contains(id, ".added."))
		},
		calculator: func(s harness.Subject) harness.Subject { return altered{s, getenv("CALC"), false} },
		legacy:     altered{how: getenv("LEGACY"), legacy: true},
	}
}

// altered is a calculator that answers some cases otherwise; as the legacy query it has KD-001.
type altered struct {
	harness.Subject // nil: the calculator
	how             string
	legacy          bool
}

func (s altered) Name() string { return "altered" }

func (s altered) CasesMax() int { return 1 << 20 }

func (s altered) Answer(ctx context.Context, shards []harness.Shard) ([][]harness.Outcome, error) {
	book, err := book()
	if err != nil {
		return nil, err
	}
	if s.how == "gone" {
		return nil, errors.New("connection lost")
	}
	all, err := book.Calculator().Answer(ctx, shards)
	if err != nil {
		return nil, err
	}
	for i, shard := range shards {
		for j, id := range shard.IDs {
			s.alter(book, id, &all[i][j])
		}
	}
	return all, nil
}

func (s altered) alter(book *cases.Book, id string, o *harness.Outcome) {
	set := func(name string, change func(string) string) {
		fields := strings.Split(o.Result, "\t")
		at := slices.Index(book.Domain().Fields.Results, name)
		fields[at] = change(fields[at])
		o.Result = strings.Join(fields, "\t")
	}
	if s.legacy && strings.Contains(id, ".labour_day") && !strings.Contains(id, "early") {
		set("payout_date", dayBefore)
	}
	if !strings.Contains(id, ".half_up.") {
		return
	}
	switch s.how {
	case "broken":
		o.Result, o.Unknown = "", &harness.Unknown{Cause: harness.SubjectError, Detail: "division by zero"}
	case "dearer":
		set("fee", func(fee string) string { return fee + "7" })
	}
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

// TestListParts: the parts of --shard are together the whole list, none twice, each ascending.
func TestListParts(t *testing.T) {
	list := func(args ...string) []string {
		var out, stderr bytes.Buffer
		a := testApp(func(string) string { return "" })
		if code := a.run(context.Background(), append([]string{"list"}, args...), &out, &stderr); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr.String())
		}
		var ids []string
		for line := range strings.Lines(out.String()) {
			id, _, _ := strings.Cut(line, "\t")
			ids = append(ids, id)
		}
		if !slices.IsSorted(ids) {
			t.Errorf("list %v is not ascending", args)
		}
		return ids
	}
	whole := list()
	together := slices.Concat(list("--shard", "1/3"), list("--shard", "2/3"), list("--shard", "3/3"))
	slices.Sort(together)
	if len(whole) == 0 || !slices.Equal(together, whole) {
		t.Errorf("%d cases, the parts have %d", len(whole), len(together))
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
