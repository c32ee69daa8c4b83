package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// goldenDir returns the approved set of this repository; without it nothing here can be shown.
func goldenDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../golden")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST")); err != nil {
		t.Fatal("no golden set: casegen golden, casegen accept")
	}
	return dir
}

// TestScript runs testdata/script/*.txt, each in an empty directory. A line is one of
//
//	exits N verify ...     the command must end with exit code N
//	stdout PATTERN         the last command's output must match; with ! before it, must not. Likewise stderr.
//	grep PATTERN FILE      so must a file
//	cmp FILE FILE          two files are the same
//	empty FILE             the file is empty
//	golden DIR             copies the approved set into DIR
//	edit FILE OLD NEW      replaces the first OLD in FILE; \t stands for a tab
//	digits FILE            changes one digit in every line that is no refusal
//	rm PATH                removes a file or directory
//	cp FILE FILE           copies a file
func TestScript(t *testing.T) {
	golden := goldenDir(t)
	scripts, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := &script{golden: golden}
			for i, line := range strings.Split(string(text), "\n") {
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				if err := s.line(line); err != nil {
					t.Fatalf("%s:%d: %s: %v\nstdout\n%s\nstderr\n%s", path, i+1, line, err, s.stdout.String(), s.stderr.String())
				}
			}
		})
	}
}

type script struct {
	golden         string
	stdout, stderr bytes.Buffer
}

func (s *script) line(line string) error {
	args := shellFields(line)
	want := args[0] != "!"
	if !want {
		args = args[1:]
	}
	name, args := args[0], args[1:]
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], `\t`, "\t")
	}
	switch name {
	case "exits":
		return s.exits(args)
	case "stdout":
		return match(args[0], s.stdout.String(), want)
	case "stderr":
		return match(args[0], s.stderr.String(), want)
	case "golden":
		return os.CopyFS(args[0], os.DirFS(s.golden))
	case "rm":
		return os.RemoveAll(args[0])
	}
	return s.fileLine(name, args)
}

func (s *script) fileLine(name string, args []string) error {
	file := args[len(args)-1]
	if name == "edit" || name == "digits" || name == "cp" {
		file = args[0]
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(data)
	switch name {
	case "grep":
		return match(args[0], text, true)
	case "empty":
		return match(`\A\z`, text, true)
	case "cmp":
		return match(`\A`+regexp.QuoteMeta(text)+`\z`, readAll(args[0]), true)
	case "cp":
		return os.WriteFile(args[1], data, 0o600)
	case "edit":
		if !strings.Contains(text, args[1]) {
			return fmt.Errorf("no %q in it", args[1])
		}
		return os.WriteFile(file, []byte(strings.Replace(text, args[1], args[2], 1)), 0o600)
	case "digits":
		return os.WriteFile(file, []byte(strings.ReplaceAll(text, "\t=\tSETTLED\t20", "\t=\tSETTLED\t30")), 0o600)
	}
	return fmt.Errorf("no such command")
}

func readAll(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func match(pattern, text string, want bool) error {
	if regexp.MustCompile("(?m)"+pattern).MatchString(text) != want {
		return fmt.Errorf("match is %v", !want)
	}
	return nil
}

func (s *script) exits(args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if args[1] != "verify" {
		return fmt.Errorf("the command is verify")
	}
	s.stdout.Reset()
	s.stderr.Reset()
	if got := run(context.Background(), args[2:], strings.NewReader(""), &s.stdout, &s.stderr); got != want {
		return fmt.Errorf("exit %d", got)
	}
	return nil
}

// An interrupt before anything was judged: all of it is UNKNOWN, none of it is equal.
func TestInterrupt(t *testing.T) {
	golden := goldenDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	code := run(ctx, []string{"--oracle", "none", "--golden", golden}, strings.NewReader(""), &out, &out)
	if code != 3 || !strings.Contains(out.String(), "UNKNOWN CANCELLED") || !strings.Contains(out.String(), " 0 match, 0 known,") {
		t.Errorf("exit %d\n%s", code, out.String())
	}
}

func TestRepeatHidesThePassword(t *testing.T) {
	for _, oracle := range []string{"postgres://u:secret@h/db", "postgres://h/db?user=u&password=secret", "postgres://u:secret@h:x/%zz"} {
		o := options{oracle: oracle, golden: "golden"}
		if cmd := o.repeat("id"); strings.Contains(cmd, "secret") || !strings.Contains(cmd, "--oracle postgres://") {
			t.Error(cmd)
		}
	}
}
