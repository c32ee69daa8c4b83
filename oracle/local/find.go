package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// wantedMajor is the PostgreSQL version of the oracle's image; another one serves where this
// one is not installed, and the description says so.
const wantedMajor = 15

// versioned are the places where packages put one directory per version.
var versioned = [...]string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // PGDG packages for RHEL, Fedora
	"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
	"/opt/homebrew/opt/postgresql/bin",   // Homebrew's default version
	"/usr/local/opt/postgresql/bin",      // the same on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
}

// Find returns the directory of the PostgreSQL server's binaries. In order:
//
//  1. $PG_BIN is the only one when it is set.
//  2. postgres in PATH, with initdb beside it.
//  3. The directories of packages: the wanted version, else the highest one.
//
// The error is ErrNoBinaries and says where it looked.
func Find() (binDir string, err error) {
	if runtime.GOOS == "windows" {
		return "", fmt.Errorf("%w: not supported on Windows", ErrNoBinaries)
	}
	return find(os.Getenv, exec.LookPath, filepath.Glob)
}

func find(getenv func(string) string, lookPath func(string) (string, error), glob func(string) ([]string, error)) (string, error) {
	if dir := getenv("PG_BIN"); dir != "" {
		if !complete(dir) {
			return "", fmt.Errorf("%w: PG_BIN=%s has no postgres and initdb", ErrNoBinaries, dir)
		}
		return filepath.Abs(dir)
	}
	if file, err := lookPath("postgres"); err == nil {
		// What is in PATH may be a link into the real directory, where initdb is too.
		for _, f := range []string{resolved(file), file} {
			if dir := filepath.Dir(f); complete(dir) {
				return filepath.Abs(dir)
			}
		}
	}
	var dirs []string
	for _, pattern := range versioned {
		found, err := glob(pattern)
		if err != nil {
			return "", fmt.Errorf("%s: %w", pattern, err)
		}
		for _, dir := range found {
			if complete(dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	if len(dirs) == 0 {
		return "", fmt.Errorf("%w: not in PG_BIN, PATH, %s or Homebrew", ErrNoBinaries, versioned[0])
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return rank(a) - rank(b) }), nil
}

// resolved follows links; a path that has none, or that cannot be followed, stays.
func resolved(file string) string {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		return real
	}
	return file
}

// complete says whether the directory has what Start runs.
func complete(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// rank orders directories by the version in their name; the wanted one is above all.
func rank(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	major, err := strconv.Atoi(name[strings.LastIndexAny(name, "@-")+1:])
	switch {
	case err != nil:
		return 0
	case major == wantedMajor:
		return 1 << 30
	}
	return major
}
