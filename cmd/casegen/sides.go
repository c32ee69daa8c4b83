package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"settleproof/calc"
	"settleproof/cases"
	"settleproof/harness/snapshot"
)

const (
	// gitMax bounds a call of git: reading a revision takes well under a second, a hung network file system does not.
	gitMax = 30 * time.Second

	// archiveMax bounds what is read of a revision, in bytes: several times the golden set of 100,000 cases.
	archiveMax = 256 << 20
)

// openSides reads what is compared: nothing named, the approved and the pending set of dir; else each of the two
// arguments as a directory if it is one, and as a git revision of dir if it is not.
func openSides(ctx context.Context, dir string, args []string) (*sides, error) {
	if len(args) == 0 {
		store, approved, err := openApproved(dir)
		if err != nil {
			return nil, err
		}
		p, err := openPending(store, dir)
		if err != nil {
			return nil, err
		}
		return &sides{oldName: "approved", newName: "pending", old: approved, new: p}, nil
	}
	old, err := openSide(ctx, dir, args[0])
	if err != nil {
		return nil, err
	}
	new, err := openSide(ctx, dir, args[1])
	if err != nil {
		return nil, err
	}
	return &sides{oldName: args[0], newName: args[1], old: old, new: &snapshot.Pending{Set: new}}, nil
}

func openSide(ctx context.Context, dir, name string) (snapshot.Set, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		store, err := snapshot.Open(name)
		if err != nil {
			return snapshot.Set{}, err
		}
		if _, err := store.Manifest(); err != nil {
			return snapshot.Set{}, err
		}
		return store.Set()
	}
	files, err := readRevision(ctx, dir, name)
	if err != nil {
		return snapshot.Set{}, fmt.Errorf("%s is no directory, and as a git revision: %w", name, err)
	}
	return snapshot.ParseSet(name+":"+filepath.ToSlash(dir), files)
}

// readRevision reads the golden directory of one git revision into memory. It asks git to resolve the tree and to write it
// as an archive; neither changes the repository.
func readRevision(ctx context.Context, dir, revision string) (map[string][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, gitMax)
	defer cancel()
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	parent, base := filepath.Split(path)
	tree, err := git(ctx, parent, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+":./"+base)
	if err != nil {
		return nil, fmt.Errorf("there is no %s in it: %w", dir, err)
	}
	archive, err := git(ctx, parent, "archive", "--format=tar", strings.TrimSpace(string(tree)))
	if err != nil {
		return nil, err
	}
	return untar(archive)
}

func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{&stdout, archiveMax}, &limited{&stderr, 1 << 16}
	if err := cmd.Run(); err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			return nil, fmt.Errorf("git %s: %s", args[0], said)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return stdout.Bytes(), nil
}

// limited refuses to take more than left bytes.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("more than was expected")
	}
	return l.to.Write(p)
}

func untar(archive []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

// trace tells how the calculator comes to its answer, as it is now.
func trace(book *cases.Book, id string) string {
	request, err := book.Request(id)
	if err != nil {
		return fmt.Sprintf("no trace: %v\n", err) // a case of another revision need not be one of this
	}
	_, steps, refused := calc.Explain(&request)
	var b strings.Builder
	b.WriteString("trace of the calculator as it is now\n")
	for _, s := range steps {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(fmt.Sprintf("%-22s %-18s %s", s.Name, s.Value, s.How)))
	}
	if refused != nil {
		fmt.Fprintf(&b, "  refused: %v\n", refused)
	}
	return b.String()
}
