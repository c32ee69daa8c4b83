// Package settleproof_test holds the rules between packages as a test.
package settleproof_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says what each package may import of this module, its test files included. A package that is not here fails: decide
// first where it stands. Data flows one way: calc <- cases <- oracle <- commands, and the engine (generator, harness) imports nothing of the domain.
var mayImport = map[string][]string{
	"": {},

	// The calculator and its look-ups.
	"calc":       {},
	"calc/terms": {"calc"},

	// The engine, for any domain.
	"generator":        {},
	"harness":          {"harness/snapshot"},
	"harness/snapshot": {},
	"harness/report":   {"harness", "harness/snapshot"},

	// The settlement domain's side of the engine.
	"cases": {"calc", "calc/terms", "generator", "harness", "harness/snapshot"},

	// The legacy answer. It never sees the calculator.
	"oracle":           {"cases", "harness", "harness/snapshot", "oracle/container", "oracle/local", "oracle/scratch", "oracle/sql"},
	"oracle/sql":       {},
	"oracle/image":     {},
	"oracle/scratch":   {},
	"oracle/container": {"oracle/image", "oracle/scratch"},
	"oracle/local":     {"oracle/scratch"},

	// The approved answers, asserted with goldie.
	"golden": {"cases", "harness", "harness/snapshot"},

	"cmd/casegen": {"calc", "cases", "generator", "harness", "harness/report", "harness/snapshot", "oracle"},
	"cmd/verify":  {"calc", "cases", "generator", "harness", "harness/report", "harness/snapshot", "oracle"},
}

// onlyIn says where a library may be imported.
var onlyIn = map[string]func(pkg string, test bool) bool{
	"github.com/jackc/pgx/":            func(pkg string, _ bool) bool { return pkg == "oracle" || strings.HasPrefix(pkg, "oracle/") },
	"github.com/testcontainers/":       func(pkg string, _ bool) bool { return pkg == "oracle/container" },
	"github.com/sebdah/goldie/":        func(_ string, test bool) bool { return test },
	"pgregory.net/rapid":               func(_ string, test bool) bool { return test },
	"github.com/shopspring/decimal":    func(pkg string, _ bool) bool { return !engine(pkg) },
	"github.com/rogpeppe/go-internal/": func(_ string, test bool) bool { return test },
	"github.com/google/go-cmp/":        func(_ string, test bool) bool { return test },
	"github.com/spf13/cobra":           func(pkg string, _ bool) bool { return strings.HasPrefix(pkg, "cmd/") },
	"math/rand":                        func(_ string, test bool) bool { return test },
	"hash/maphash":                     func(pkg string, _ bool) bool { return pkg == "oracle" }, // compares what arrived with what was sent, in one process
	"unsafe":                           func(string, bool) bool { return false },
}

func engine(pkg string) bool {
	return pkg == "generator" || pkg == "harness" || strings.HasPrefix(pkg, "harness/")
}

// TestImports parses the imports of every file itself: a test that asks the go command is answered from the test cache.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			pkg = ""
		}
		seen[pkg] = true
		allowed, listed := mayImport[pkg]
		if !listed {
			t.Errorf("%s: package %q is not in the table of arch_test.go: decide what it may import", path, pkg)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, path, pkg, name, allowed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("arch_test.go: package %q is in the table and nowhere else", pkg)
		}
	}
}

func checkImport(t *testing.T, path, pkg, name string, allowed []string) {
	t.Helper()
	test := strings.HasSuffix(path, "_test.go")
	for library, fits := range onlyIn {
		if (name == library || strings.HasPrefix(name, library)) && !fits(pkg, test) {
			t.Errorf("%s: %s does not belong into package %q", path, name, pkg)
		}
	}
	own, ours := strings.CutPrefix(name, "settleproof/")
	if ours && own != pkg && !slices.Contains(allowed, own) {
		t.Errorf("%s: package %q may not import %q (arch_test.go says which it may)", path, pkg, own)
	}
}
