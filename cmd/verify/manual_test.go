package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// example is one command of the package comment with what it prints.
type example struct {
	line  int
	args  []string
	stdin string // a file
	want  string // "..." stands for any text, as a line for any number of lines
	code  int
}

// examples reads the commands of the package comment: a tab, "$ verify", arguments, perhaps "< file"; the indented lines
// below are stdout, and a last line "exit N" is the exit code when it is not 0.
func examples(t *testing.T, source string) []example {
	t.Helper()
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	open := false
	for i, line := range strings.Split(string(data), "\n") {
		text, indented := strings.CutPrefix(line, "//\t")
		switch {
		case !indented:
			open = false
		case strings.HasPrefix(text, "$ verify"):
			command, stdin, _ := strings.Cut(strings.TrimPrefix(text, "$ verify"), " < ")
			all = append(all, example{line: i + 1, args: shellFields(command), stdin: stdin})
			open = true
		case open && strings.HasPrefix(text, "exit "):
			fmt.Sscanf(text, "exit %d", &all[len(all)-1].code)
		case open:
			all[len(all)-1].want += text + "\n"
		}
	}
	if len(all) == 0 {
		t.Fatal("no example in " + source)
	}
	return all
}

// shellFields splits at spaces outside single quotes.
func shellFields(s string) []string {
	var out []string
	for _, f := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(s, -1) {
		out = append(out, strings.Trim(f, "'"))
	}
	return out
}

// TestManual runs every example of the package comment in the root of the repository.
func TestManual(t *testing.T) {
	all := examples(t, "doc.go")
	goldenDir(t)
	t.Chdir("../..")
	for _, ex := range all {
		var stdin io.Reader = strings.NewReader("")
		if ex.stdin != "" {
			data, err := os.ReadFile(ex.stdin)
			if err != nil {
				t.Fatalf("doc.go:%d: %v", ex.line, err)
			}
			stdin = bytes.NewReader(data)
		}
		var out, stderr bytes.Buffer
		code := run(context.Background(), ex.args, stdin, &out, &stderr)
		if code != ex.code || !matches(ex.want, out.String()) {
			t.Errorf("doc.go:%d: verify %q: exit %d, want %d\n%s\nwant\n%s\nstderr\n%s", ex.line, ex.args, code, ex.code, out.String(), ex.want, stderr.String())
		}
	}
}

func matches(want, got string) bool {
	pattern := regexp.QuoteMeta(want)
	pattern = regexp.MustCompile(`(?m)^\\\.\\\.\\\.\n`).ReplaceAllString(pattern, "(?:.*\n)*")
	pattern = strings.ReplaceAll(pattern, `\.\.\.`, ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(got)
}
