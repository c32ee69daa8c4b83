package generator

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// small is the model that most tests of this package change a little.
const small = `format: 1
axes:
  - {name: method, default: card, lead: true, values: [card, bank]}
  - {name: plan, default: lump, only_when: method == "card", values: [lump, m3, {value: m6, note: six months}]}
  - {name: fx, default: krw, values: [krw, usd]}
exclusions:
  - {name: no-fx, reason: banks do not convert, when: method == "bank", never: fx != "krw"}
suite:
  product: [method, plan]
  weave: {strength: 2, axes: [fx]}
`

func load(tb testing.TB, text string) *Model {
	tb.Helper()
	m, err := Load("axes.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestLoad(t *testing.T) {
	m := load(t, small)
	if len(m.Axes) != 3 || m.Axes[1].Name != "plan" || m.Axes[1].Notes[2] != "six months" || !m.Axes[0].Lead || m.Axes[1].Lead {
		t.Errorf("axes %+v", m.Axes)
	}
	if len(m.Exclusions) != 2 || m.Exclusions[0].Name != "only_when plan" || m.Exclusions[0].When != `not (method == "card")` {
		t.Errorf("exclusions %+v", m.Exclusions)
	}
	if i, ok := m.Axis("fx"); !ok || i != 2 {
		t.Errorf("axis fx is %d %t", i, ok)
	}
	if _, ok := m.Axis("card"); ok {
		t.Error("a value is no axis")
	}
	if a, v, ok := m.Value("m6"); !ok || a != 1 || v != 2 {
		t.Errorf("value m6 is %d %d %t", a, v, ok)
	}
	if w := m.Warnings(); len(w) != 0 {
		t.Errorf("warnings %v", w)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct {
		reason   string
		from, to string // replaced in small
		want     string // the whole error, lines joined by " | "; a trailing * leaves the rest open
	}{
		{"not YAML", "format: 1", "format: [1", "axes.yaml:2:5: not YAML: *"},
		{"an unknown key is a typing error", "format: 1", "format: 1\nformta: 1", `axes.yaml:2:1: unknown key "formta" in the file; known: format, axes, exclusions, suite`},
		{"another format", "format: 1", "format: 2", "axes.yaml:1:9: format 2 is not known, this is format 1"},
		{"no format", "format: 1\n", "", `axes.yaml:1:1: the file lacks the key "format"`},
		{"a wrong type", "format: 1", "format: yes", "axes.yaml:1:9: format yes is not known, this is format 1"},
		{"a list for a number", "format: 1", "format: [1]", "axes.yaml:1:9: format must be a whole number, not a list"},
		{"a doubled key", "lead: true, values: [card", "lead: true, lead: true, values: [card", `axes.yaml:3:47: key "lead" twice in an axis, first at line 3`},
		{"a string for a bool", "lead: true", "lead: sure", "axes.yaml:3:41: lead must be true or false, not a string"},
		{"a bool for a token", "[krw, usd]", "[krw, true]", "axes.yaml:5:44: a value of axis fx must be a string, not true or false; quote it"},
		{"a fraction for a token", "[krw, usd]", "[krw, 1.5]", "axes.yaml:5:44: a value of axis fx must be a string, not a number with a fraction; quote it"},
		{"an empty token", "[krw, usd]", `[krw, ""]`, "axes.yaml:5:44: a value of axis fx is empty"},
		{"a token that an id could not hold", "[krw, usd]", "[krw, us.d]", "axes.yaml:5:44: value \"us.d\" of axis fx must match [a-z0-9][a-z0-9_-]*"},
		{"a token with a dot inside", "[krw, usd]", "[krw, a.b.c]", "axes.yaml:5:44: value \"a.b.c\" of axis fx must match [a-z0-9][a-z0-9_-]*"},
		{"a token that begins with a sign", "[krw, usd]", "[krw, _usd]", "axes.yaml:5:44: value \"_usd\" of axis fx must match [a-z0-9][a-z0-9_-]*"},
		{"a token of another axis", "[krw, usd]", "[krw, m3]", `axes.yaml:5:44: value "m3" of axis fx is already a value of axis plan; *`},
		{"a token twice in its axis", "[krw, usd]", "[krw, krw]", `axes.yaml:5:44: value "krw" of axis fx is already a value of axis fx; *`},
		{"no values", "[krw, usd]", "[]", `axes.yaml:5:25: default "krw" is not a value of axis fx | axes.yaml:5:38: values of axis fx is empty | *`},
		{"an alias hides where things are", "[krw, usd]", "&v [krw, usd, *v]", "axes.yaml:5:52: a value of axis fx must be a string, not an alias"},
		{"a note must be text", "note: six months", "note: 6", "axes.yaml:4:99: note must be a string, not a whole number; quote it"},
		{"a default that is no value", "default: krw", "default: eur", `axes.yaml:5:25: default "eur" is not a value of axis fx`},
		{"an axis twice", "name: fx", "name: plan", `axes.yaml:5:12: axis "plan" twice | *`},
		{"an axis name that is no name", "name: fx", "name: f-x", `axes.yaml:5:12: axis name "f-x" must match *`},
		{"an axis name that conditions could not use", "name: fx", "name: not", `axes.yaml:5:12: axis name "not" is a word of the expression language | *`},
		{"no axis leads", "lead: true", "lead: false", "axes.yaml:3:3: no axis has lead: true, so the combination of all defaults would have an empty id"},
		{"an exclusion without a reason", "reason: banks do not convert, ", "", `axes.yaml:7:5: an exclusion lacks the key "reason"`},
		{"an exclusion with an empty reason", "reason: banks do not convert, ", `reason: " ", `, `axes.yaml:7:27: reason is empty`},
		{"an exclusion twice", "suite:", "  - {name: no-fx, reason: again, when: true, never: fx == \"usd\"}\nsuite:", `axes.yaml:8:12: exclusion "no-fx" twice`},
		{"an unknown axis in a condition", `when: method == "bank"`, `when: metod == "bank"`, "axes.yaml:7:55: when: unknown axis metod"},
		{"a value of another axis", `never: fx != "krw"`, `never: fx != "card"`, `axes.yaml:7:86: never: "card" is not a value of axis fx; it has krw, usd`},
		{"a position inside single quotes", `never: fx != "krw"`, `never: 'fx != "card"'`, `axes.yaml:7:87: never: "card" is not a value of axis fx; it has krw, usd`},
		{"a position behind a doubled quote", `never: fx != "krw"`, `never: 'fx != ''krw'' and zz == "x"'`, `axes.yaml:7:99: never: unknown axis zz`},
		{"a position behind escapes", `never: fx != "krw"`, `never: "fx != \"krw\" and\u0020zz == \"x\""`, `axes.yaml:7:104: never: unknown axis zz`},
		{"a position in a folded line", `{name: no-fx, reason: banks do not convert, when: method == "bank", never: fx != "krw"}`,
			"name: no-fx\n    reason: r\n    when: method == \"bank\"\n      and zz == \"x\"\n    never: fx != \"krw\"", `axes.yaml:10:11: when: unknown axis zz`},
		{"a position in a block", `{name: no-fx, reason: banks do not convert, when: method == "bank", never: fx != "krw"}`,
			"name: no-fx\n    reason: r\n    when: |\n      method == \"bank\"\n        and zz == \"x\"\n    never: fx != \"krw\"", `axes.yaml:11:13: when: unknown axis zz`},
		{"a position behind wide characters", `reason: banks do not convert, when: method`, `reason: 은행, when: metod`, "axes.yaml:7:37: when: unknown axis metod"},
		{"a condition that is a list", `when: method == "bank"`, `when: [bank]`, "axes.yaml:7:55: when must be a string, not a list"},
		{"only_when of itself", `only_when: method == "card"`, `only_when: plan == "m3"`, "axes.yaml:4:44: only_when of axis plan looks at plan itself"},
		{"nothing left", `never: fx != "krw"`, `never: true}` + "\n  - {name: no-card, reason: r, when: true, never: method == \"card\"", "axes.yaml:1:1: the exclusions leave no combination"},
		{"an axis in neither part", "product: [method, plan]", "product: [method]", "axes.yaml:9:3: suite leaves out plan: every axis is either in product or in weave"},
		{"an axis in both parts", "axes: [fx]", "axes: [fx, plan]", `axes.yaml:10:35: axis "plan" twice in suite`},
		{"an axis that is not there", "axes: [fx]", "axes: [fx, colour]", `axes.yaml:10:35: unknown axis "colour" in axes`},
		{"a strength beyond the axes", "strength: 2", "strength: 4", "axes.yaml:10:21: strength 4 must be from 1 to 3"},
		{"a carriage return alone", "suite:", "\rsuite:", "axes.yaml:8:1: a line break that is neither LF nor CRLF"},
		{"Windows line ends count as one", "reason: banks do not convert, when: method", "\r\n    reason: r,\r\n    when: metod", "axes.yaml:9:11: when: unknown axis metod"},
		{"two documents", "suite:", "---\nsuite:", "axes.yaml:1:1: not YAML: *"},
		{"all findings at once", "default: krw, values: [krw, usd]", "default: eur, valeus: [krw, usd]",
			`axes.yaml:5:5: an axis lacks the key "values" | axes.yaml:5:25: default "eur" is not a value of axis fx | axes.yaml:5:30: unknown key "valeus" in an axis; known: name, default, lead, only_when, values | axes.yaml:7:86: never: "krw" is not a value of axis fx; it has *`},
	} {
		text := strings.Replace(small, c.from, c.to, 1)
		if text == small {
			t.Fatalf("%s: nothing replaced", c.reason)
		}
		_, err := Load("axes.yaml", []byte(text))
		if err == nil {
			t.Errorf("%s: no error", c.reason)
			continue
		}
		got := strings.ReplaceAll(err.Error(), "\n", " | ")
		want, open := strings.CutSuffix(c.want, "*")
		if open && !strings.HasPrefix(got, want) || !open && got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got, c.want)
		}
		var one *Error
		if !errors.As(err, &one) || one.Line < 1 || one.Col < 1 {
			t.Errorf("%s: no position in %#v", c.reason, err)
		}
	}
}

func TestLoadLimits(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	number := func(i int) string { return string(rune('a'+i/26)) + string(rune('a'+i%26)) }
	values := func(n int) string {
		return "format: 1\naxes: [{name: a, default: taa, lead: true, values: [" + many(n, func(i int) string { return "t" + number(i) + ", " }) + "]}]\n"
	}
	axes := func(n int) string {
		return "format: 1\naxes:\n" + many(n, func(i int) string {
			return "  - {name: a" + number(i) + ", default: t" + number(i) + ", lead: true, values: [t" + number(i) + "]}\n"
		})
	}
	for _, c := range []struct {
		reason, text, want string
	}{
		{"as many values as a mask has bits", values(valuesMax), ""},
		{"one value more", values(valuesMax + 1), "65 values, at most 64"},
		{"as many axes as allowed", axes(axesMax), ""},
		{"one axis more", axes(axesMax + 1), "41 axes, at most 40"},
		{"a file too large", strings.Repeat("#\n", fileMax), "an axes file has at most"},
		{"an empty file", "", "axes.yaml:1:1: not YAML: no documents in stream"},
		{"bytes that are no text", "format: \xff", "not valid UTF-8"},
		{"a file that is a list", "- 1\n", "the file must be a mapping, not a list"},
	} {
		_, err := Load("axes.yaml", []byte(c.text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.reason, err, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		reason   string
		from, to string
		want     string
	}{
		{"an exclusion that another one makes needless", "suite:", "  - {name: more, reason: r, when: method == \"bank\", never: fx == \"usd\"}\nsuite:",
			"axes.yaml:7:5: warning: exclusion no-fx excludes nothing that the others leave | axes.yaml:8:5: warning: exclusion more excludes nothing that the others leave"},
		{"an exclusion that cannot hit", `when: method == "bank"`, `when: method == "bank" and plan == "m3"`,
			"axes.yaml:7:5: warning: exclusion no-fx excludes nothing that the others leave"},
		{"an only_when that always holds", `only_when: method == "card"`, `only_when: 'method in ["card", "bank"]'`,
			"axes.yaml:4:44: warning: exclusion only_when plan excludes nothing that the others leave"},
		{"a value that cannot occur", `when: method == "bank"`, "when: true", "axes.yaml:5:44: warning: no combination has the value usd of axis fx"},
	} {
		m := load(t, strings.Replace(small, c.from, c.to, 1))
		var got []string
		for _, w := range m.Warnings() {
			got = append(got, w.String())
		}
		if strings.Join(got, " | ") != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, strings.Join(got, " | "), c.want)
		}
	}
	if w := settlement(t).Warnings(); len(w) != 0 {
		t.Errorf("testdata/settlement.yaml: %v", w)
	}
}

func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile("testdata/settlement.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:len(data)/3])
	f.Add([]byte(small))
	f.Add([]byte("format: 1\naxes:\n  - {name: a, default: x, lead: true, only_when: |\n   b == \"y\"\n  , values: [x]}\n"))
	f.Add([]byte("format: 1\naxes: [{name: a, default: x, lead: true, values: [x, x2]}]\nexclusions: [{name: n, reason: r, when: \"\\x61 == 'x'\", never: true}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load("f.yaml", data)
		if err != nil {
			var one *Error
			if !errors.As(err, &one) || one.Line < 1 || one.Col < 1 {
				t.Fatalf("no position in %v", err)
			}
			if lines := strings.Count(string(data), "\n") + 1; one.Line > lines+1 {
				t.Fatalf("line %d of %d: %v", one.Line, lines, err)
			}
			return
		}
		row := m.Defaults()
		for level, axis := range m.all.order { // the first valid row
			node := int32(0)
			for l := range level {
				node = m.all.step(l, node, row[m.all.order[l]])
			}
			row[axis] = uint8(lowest(m.all.live[level][node]))
		}
		if !m.Valid(row) || m.Excludes(row) != nil {
			t.Fatalf("row %v: valid %t, excluded by %v", row, m.Valid(row), m.Excludes(row))
		}
		if back, err := m.Parse(m.ID(row)); err != nil || m.ID(back) != m.ID(row) {
			t.Fatalf("id %s: %v %v", m.ID(row), back, err)
		}
	})
}
