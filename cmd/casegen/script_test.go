package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestScripts runs the scripts of testdata/script, each in a directory of its own. A line is a command; "!" before it
// means that it has to fail.
//
//	casegen ARGS      the command under test
//	git ARGS          git; the script is skipped where there is none
//	stdout|stderr RE  what the last casegen printed; "!" before it: does not match
//	env NAME=VALUE    for the commands that follow
//	exists FILE...    "!" before it: none of them exists
//	grep RE FILE      multi-line; "!" before it: does not match
//	same FILE FILE    both have the same bytes
//	save FILE         writes what the last casegen printed
//	pick RE           the first match in what the last casegen printed; $PICK in the lines that follow
//	copy FROM TO      a file or a directory
//	write FILE TEXT   one line
//	cd DIR            made where it is not there
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := &script{t: t, env: map[string]string{}}
			n := 0
			for line := range strings.Lines(string(text)) {
				n++
				if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
					continue
				}
				if err := s.do(line); err != nil {
					t.Fatalf("%s:%d: %s\n%v\nstdout:\n%sstderr:\n%s", name, n, line, err, s.stdout, s.stderr)
				}
			}
		})
	}
}

type script struct {
	t              *testing.T
	env            map[string]string
	stdout, stderr string
}

func (s *script) do(line string) error {
	rest, negated := strings.CutPrefix(strings.ReplaceAll(line, "$PICK", s.env["PICK"]), "! ")
	args := words(rest)
	name, args := args[0], args[1:]
	switch name {
	case "casegen":
		return s.casegen(args, negated)
	case "git":
		return s.git(args)
	case "stdout", "stderr":
		text := map[string]string{"stdout": s.stdout, "stderr": s.stderr}[name]
		return matches(args[0], text, !negated)
	case "grep":
		data, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		return matches(args[0], string(data), !negated)
	case "env":
		for _, arg := range args {
			key, value, _ := strings.Cut(arg, "=")
			s.env[key] = value
		}
		return nil
	case "pick":
		s.env["PICK"] = regexp.MustCompile("(?m)" + args[0]).FindString(s.stdout)
		return nil
	case "exists":
		return exists(args, !negated)
	}
	return s.files(name, args)
}

func (s *script) files(name string, args []string) error {
	switch name {
	case "save":
		return os.WriteFile(args[0], []byte(s.stdout), 0o644)
	case "write":
		return os.WriteFile(args[0], []byte(strings.Join(args[1:], " ")+"\n"), 0o644)
	case "same":
		a, errA := os.ReadFile(args[0])
		b, errB := os.ReadFile(args[1])
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			return fmt.Errorf("%s and %s are not the same", args[0], args[1])
		}
		return nil
	case "copy":
		return os.CopyFS(args[1], os.DirFS(args[0]))
	case "cd":
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return err
		}
		s.t.Chdir(args[0])
		return nil
	}
	return fmt.Errorf("there is no command %s", name)
}

func (s *script) casegen(args []string, fail bool) error {
	var stdout, stderr bytes.Buffer
	code := testApp(func(name string) string { return s.env[name] }).run(context.Background(), args, &stdout, &stderr)
	s.stdout, s.stderr = stdout.String(), stderr.String()
	if fail != (code != 0) {
		return fmt.Errorf("exit %d", code)
	}
	want := s.env["EXIT"]
	delete(s.env, "EXIT")
	if want != "" && want != fmt.Sprint(code) {
		return fmt.Errorf("exit %d, want %s", code, want)
	}
	return nil
}

func (s *script) git(args []string) error {
	if _, err := exec.LookPath("git"); err != nil {
		s.t.Skip("needs git")
	}
	cmd := exec.CommandContext(s.t.Context(), "git", args...)
	cmd.Env = append(slices.Clone(os.Environ()), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func matches(pattern, text string, want bool) error {
	re, err := regexp.Compile("(?m)" + pattern)
	if err != nil {
		return err
	}
	if re.MatchString(text) != want {
		return fmt.Errorf("matches: %t", !want)
	}
	return nil
}

func exists(names []string, want bool) error {
	for _, name := range names {
		if _, err := os.Stat(name); (err == nil) != want {
			return fmt.Errorf("%s exists: %t", name, !want)
		}
	}
	return nil
}
