package calc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRefusalCodes holds three lists together: the codes in the source, the codes that a row of these tests asks for, and the codes that
// docs/settlement-rules.md explains.
func TestRefusalCodes(t *testing.T) {
	source := codesInSource(t)
	text, err := os.ReadFile(filepath.Join("..", "docs", "settlement-rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "## Refusals\n")
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| `?[a-z]").FindAllStringSubmatch(list, -1) {
		documented = append(documented, m[1])
	}
	tested := []string{"BAD_RATE", "HOLIDAYS_MISSING", "NO_BUSINESS_DAY", "RATE_TOO_SMALL"} // asked for by TestRateTable, TestRefusedInCode and TestRateLookup
	for _, row := range refusedRows {
		tested = append(tested, row.code)
	}
	for _, row := range unreadableRows {
		tested = append(tested, row.code)
	}
	for _, list := range []struct {
		name  string
		codes []string
	}{{"docs/settlement-rules.md", documented}, {"these tests", tested}} {
		for _, code := range source {
			if !slices.Contains(list.codes, code) {
				t.Errorf("%s is refused with, but not in %s", code, list.name)
			}
		}
		for _, code := range list.codes {
			if !slices.Contains(source, code) {
				t.Errorf("%s is in %s, but nothing is refused with it", code, list.name)
			}
		}
	}
	if slices.Sort(documented); len(slices.Compact(documented)) != len(source) {
		t.Errorf("docs/settlement-rules.md explains %d codes in as many rows as there are codes: %d", len(slices.Compact(documented)), len(source))
	}
}

// codesInSource returns every code that a refusal is built with, ascending.
func codesInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch f := n.Fun.(type) {
				case *ast.Ident:
					if f.Name == "refuse" {
						add(n.Args[0])
					}
				case *ast.SelectorExpr:
					if f.Sel.Name == "refuse" {
						add(n.Args[0])
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
					add(n.Value)
				}
			}
			return true
		})
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
