package generator

import (
	"errors"
	"strings"
	"testing"
)

func TestWhere(t *testing.T) {
	m := load(t, small)
	rows := map[string]Row{"card": {0, 0, 0}, "card.m3": {0, 1, 0}, "card.m3.usd": {0, 1, 1}, "bank": {1, 0, 0}}
	for _, c := range []struct {
		reason, expr string
		want         string // ids that hold, in the order card, card.m3, card.m3.usd, bank
	}{
		{"equality", `method == "card"`, "card card.m3 card.m3.usd"},
		{"the literal on the left", `"card" != method`, "bank"},
		{"single quotes", `method == 'bank'`, "bank"},
		{"membership", `plan in ["m3", "m6"]`, "card.m3 card.m3.usd"},
		{"no membership", `plan not in ["m3"]`, "card bank"},
		{"and binds tighter than or", `method == "bank" or plan == "m3" and fx == "usd"`, "card.m3.usd bank"},
		{"parentheses", `(method == "bank" or plan == "m3") and fx == "krw"`, "card.m3 bank"},
		{"the signs", `!(method == "bank") && !(fx == "usd" || plan == "lump")`, "card.m3"},
		{"not", `not (plan == "m3")`, "card bank"},
		{"true", `true`, "card card.m3 card.m3.usd bank"},
		{"false", `false or fx == "usd"`, "card.m3.usd"},
		{"an axis is itself", `fx == fx`, "card card.m3 card.m3.usd bank"},
		{"axes share no token", `fx == plan`, ""},
		{"so they differ", `fx != plan and method == "bank"`, "bank"},
		{"over several lines", "method ==\n  \"bank\"", "bank"},
	} {
		holds, err := m.Where(c.expr)
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		var got []string
		for _, id := range []string{"card", "card.m3", "card.m3.usd", "bank"} {
			if holds(rows[id]) {
				got = append(got, id)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.reason, got, c.want)
		}
	}
}

func TestWhereErrors(t *testing.T) {
	m := load(t, small)
	for _, c := range []struct{ reason, expr, want string }{
		{"nothing", "  ", "column 1: expression is empty"},
		{"an axis that is not there", `fx == "krw" and colour == "red"`, "column 17: unknown axis colour"},
		{"a value that is not there", `fx == "eur"`, `column 7: "eur" is not a value of axis fx; it has krw, usd`},
		{"a value that is not there, in a list", `fx in ["krw", "eur"]`, `column 15: "eur" is not a value of axis fx; it has krw, usd`},
		{"a value twice in a list", `fx in ["krw", "krw"]`, `column 15: "krw" twice in the list`},
		{"an empty list", `fx in []`, "column 7: the list is empty"},
		{"an axis alone", `fx`, "column 1: axis fx stands alone: *"},
		{"not without parentheses", `not fx == "krw"`, "column 1: expected an axis, not a negation (*"},
		{"a value alone", `"krw"`, `column 1: "krw" stands alone: *`},
		{"two values", `"krw" == "krw"`, `column 10: expected an axis, not the value "krw"`},
		{"a number", `fx == 1`, "column 7: expected an axis, not a number"},
		{"a number as a whole", `1`, "column 1: a number is not part of this language"},
		{"a fraction", `fx in [1.5]`, "column 8: a list holds values in quotes, not a number"},
		{"order", `fx < "usd"`, `column 4: operator "<" is not part of this language`},
		{"arithmetic", `fx + "a" == "b"`, `column 4: expected an axis, not a condition or arithmetic`},
		{"a function", `len(fx) == 1`, "column 1: expected an axis, not a function call"},
		{"a function as a whole", `any([1], true)`, "column 1: a function call is not part of this language"},
		{"matching", `fx matches "k.*"`, `column 4: operator "matches" is not part of this language`},
		{"membership in an axis", `fx in plan`, "column 7: `in` wants a list of values in brackets, not the name plan"},
		{"membership in a range", `fx in 1..3`, "column 8: `in` wants a list of values in brackets, not a condition or arithmetic"},
		{"a conditional", `fx == "krw" ? true : false`, "*a conditional is not part of this language"},
		{"a declaration", `let a = 1; true`, "column 5: a declaration or sequence is not part of this language"},
		{"nil", `fx == nil`, "column 7: expected an axis, not nil"},
		{"one equals sign", `fx = "krw"`, "column 4: *"},
		{"not closed", `(fx == "krw"`, "column 12: *"},
		{"a stray word", `fx == "krw" fx`, "column 13: *"},
		{"wide characters count once", `fx == "krw" and 은행 == "x"`, "column 17: unknown axis 은행"},
		{"too long", strings.Repeat("(", expressionMax+1), "column 1: expression of 8193 bytes, at most 8192"},
		{"no text", "fx == \xff", "column 1: expression is not valid UTF-8"},
	} {
		_, err := m.Where(c.expr)
		if err == nil {
			t.Errorf("%s: no error", c.reason)
			continue
		}
		want, open := strings.CutSuffix(c.want, "*")
		ok := err.Error() == want
		if open {
			ok = strings.HasPrefix(err.Error(), want)
		}
		if rest, any := strings.CutPrefix(c.want, "*"); any {
			ok = strings.HasSuffix(err.Error(), rest)
		}
		if !ok {
			t.Errorf("%s:\n got %v\nwant %s", c.reason, err, c.want)
		}
	}
}

// TestSharedTokens covers comparing axes where it means something. A file cannot say that today: its tokens are unique.
func TestSharedTokens(t *testing.T) {
	m := &Model{
		Axes: []Axis{{Name: "a", Values: []string{"x", "y", "z"}}, {Name: "b", Values: []string{"z", "x"}}},
		axes: map[string]int{"a": 0, "b": 1},
	}
	for _, c := range []struct {
		expr string
		want int
	}{{"a == b", 2}, {"a != b", 4}, {"not (a != b)", 2}, {`b == a and a == "z"`, 1}} {
		hit, bad := m.compile(c.expr)
		if bad != nil {
			t.Fatal(bad.msg)
		}
		allowed := hit.not(m.sizes())
		d := newDiagram(m.sizes(), []int{1, 0})
		l := newLayers(d, d.build(&allowed))
		n := 0
		for a := range uint8(3) {
			for b := range uint8(2) {
				row := Row{a, b}
				if hit.eval(row) {
					n++
				}
				if hit.eval(row) == l.holds(row) {
					t.Errorf("%s: condition and diagram agree on %v", c.expr, row)
				}
			}
		}
		if n != c.want {
			t.Errorf("%s holds for %d rows, want %d", c.expr, n, c.want)
		}
	}
}

func FuzzWhere(f *testing.F) {
	for _, expr := range []string{`fx == "krw"`, `not (plan in ["m3"]) and method != 'bank'`, `fx = 1`, `(((`, `a ?? b`, `{"a": 1}.a`, "fx == `krw`", `fx == fx == "krw"`} {
		f.Add(expr)
	}
	m := load(f, small)
	f.Fuzz(func(t *testing.T, expr string) {
		holds, err := m.Where(expr)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Col < 1 || at.Col > len(expr)+1 {
				t.Fatalf("no column in %v", err)
			}
			return
		}
		// The negation holds exactly elsewhere, and the diagram agrees with the condition.
		other, bad := m.compile("not (" + expr + "\n)")
		c, _ := m.compile(expr)
		if bad != nil {
			if len(expr) > expressionMax-8 {
				return
			}
			t.Fatalf("negated: %s", bad.msg)
		}
		d := newDiagram(m.sizes(), []int{2, 0, 1})
		l := newLayers(d, d.build(&c))
		for i := range uint8(12) {
			row := Row{i % 2, i / 2 % 3, i / 6}
			if holds(row) == other.eval(row) || holds(row) != l.holds(row) {
				t.Fatalf("%q at %v: %t, negated %t, diagram %t", expr, row, holds(row), other.eval(row), l.holds(row))
			}
		}
	})
}
