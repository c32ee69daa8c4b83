package generator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spoken is a condition as text and, independently of the package, as a function.
type spoken struct {
	text string
	eval func(Row) bool
}

// randomModel is a small axes file with everything a test needs to check it by brute force.
type randomModel struct {
	text     string
	sizes    []int
	defaults []int
	excluded func(Row) bool
	product  []int
	woven    []int
	strength int
}

func drawModel(t *rapid.T) randomModel {
	m := randomModel{}
	n := rapid.IntRange(2, 5).Draw(t, "axes")
	var b strings.Builder
	b.WriteString("format: 1\naxes:\n")
	for range n {
		size := rapid.IntRange(1, 4).Draw(t, "values")
		m.sizes = append(m.sizes, size)
		m.defaults = append(m.defaults, rapid.IntRange(0, size-1).Draw(t, "default"))
	}
	var hits []func(Row) bool
	for i := range n {
		fmt.Fprintf(&b, "  - name: x%d\n    default: %s\n", i, token(i, m.defaults[i]))
		if i == 0 || rapid.Bool().Draw(t, "lead") {
			b.WriteString("    lead: true\n")
		}
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "only_when") == 0 {
			c := drawCondition(t, m.sizes[:i], 1)
			fmt.Fprintf(&b, "    only_when: '%s'\n", c.text)
			hits = append(hits, func(r Row) bool { return !c.eval(r) && int(r[i]) != m.defaults[i] })
		}
		var tokens []string
		for v := range m.sizes[i] {
			tokens = append(tokens, token(i, v))
		}
		fmt.Fprintf(&b, "    values: [%s]\n", strings.Join(tokens, ", "))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "exclusions") {
		if i == 0 {
			b.WriteString("exclusions:\n")
		}
		when, never := drawCondition(t, m.sizes, 2), drawCondition(t, m.sizes, 1)
		fmt.Fprintf(&b, "  - {name: e%d, reason: drawn, when: '%s', never: '%s'}\n", i, when.text, never.text)
		hits = append(hits, func(r Row) bool { return when.eval(r) && never.eval(r) })
	}
	m.excluded = func(r Row) bool {
		return slices.ContainsFunc(hits, func(hit func(Row) bool) bool { return hit(r) })
	}
	m.drawSuite(t, &b, n)
	m.text = b.String()
	return m
}

func (m *randomModel) drawSuite(t *rapid.T, b *strings.Builder, n int) {
	var names [2][]string
	for i := range n {
		woven := i > 0 && rapid.Bool().Draw(t, "woven")
		if woven {
			m.woven = append(m.woven, i)
			names[1] = append(names[1], fmt.Sprintf("x%d", i))
		} else {
			m.product = append(m.product, i)
			names[0] = append(names[0], fmt.Sprintf("x%d", i))
		}
	}
	fmt.Fprintf(b, "suite:\n  product: [%s]\n", strings.Join(names[0], ", "))
	if len(m.woven) > 0 {
		m.strength = rapid.IntRange(1, min(4, n)).Draw(t, "strength")
		fmt.Fprintf(b, "  weave: {strength: %d, axes: [%s]}\n", m.strength, strings.Join(names[1], ", "))
	}
}

func token(axis, value int) string { return fmt.Sprintf("%c%d", 'a'+axis, value) }

// drawCondition draws over the axes of sizes.
func drawCondition(t *rapid.T, sizes []int, depth int) spoken {
	axis := rapid.IntRange(0, len(sizes)-1).Draw(t, "axis")
	value := rapid.IntRange(0, sizes[axis]-1).Draw(t, "value")
	name := fmt.Sprintf("x%d", axis)
	kinds := 4
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		return spoken{fmt.Sprintf("%s == %q", name, token(axis, value)), func(r Row) bool { return int(r[axis]) == value }}
	case 1:
		return spoken{fmt.Sprintf("%q != %s", token(axis, value), name), func(r Row) bool { return int(r[axis]) != value }}
	case 2:
		return spoken{fmt.Sprintf("%s in [%q]", name, token(axis, value)), func(r Row) bool { return int(r[axis]) == value }}
	case 3:
		return spoken{fmt.Sprintf("%s not in [%q]", name, token(axis, value)), func(r Row) bool { return int(r[axis]) != value }}
	case 4:
		other := rapid.IntRange(0, len(sizes)-1).Draw(t, "other")
		return spoken{fmt.Sprintf("%s != x%d", name, other), func(Row) bool { return axis != other }}
	case 5:
		c := drawCondition(t, sizes, depth-1)
		return spoken{"not (" + c.text + ")", func(r Row) bool { return !c.eval(r) }}
	case 6:
		a, b := drawCondition(t, sizes, depth-1), drawCondition(t, sizes, depth-1)
		return spoken{"(" + a.text + ") and (" + b.text + ")", func(r Row) bool { return a.eval(r) && b.eval(r) }}
	}
	a, b := drawCondition(t, sizes, depth-1), drawCondition(t, sizes, depth-1)
	return spoken{"(" + a.text + ") || (" + b.text + ")", func(r Row) bool { return a.eval(r) || b.eval(r) }}
}

// rows is every valid row, first axis slowest, by trying all.
func (m *randomModel) rows() []Row {
	var out []Row
	row := make(Row, len(m.sizes))
	for {
		if !m.excluded(row) {
			out = append(out, slices.Clone(row))
		}
		i := len(row) - 1
		for ; i >= 0; i-- {
			if row[i]++; int(row[i]) < m.sizes[i] {
				break
			}
			row[i] = 0
		}
		if i < 0 {
			return out
		}
	}
}

// load loads the model; a model that excludes everything must be refused, and is drawn again.
func (m *randomModel) load(t *rapid.T) (*Model, []Row) {
	rows := m.rows()
	model, err := Load("random.yaml", []byte(m.text))
	if len(rows) == 0 {
		if err == nil || !strings.Contains(err.Error(), "leave no combination") {
			t.Fatalf("a model without a valid row: %v\n%s", err, m.text)
		}
		t.Skip("no valid row")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, m.text)
	}
	return model, rows
}

// project keeps the values of some axes.
func project(row Row, axes []int) string {
	var b []byte
	for _, a := range axes {
		b = append(b, '0'+row[a])
	}
	return string(b)
}

// bruteTuples lists every tuple of strength t of rows that has an axis in want (any axis when want is nil).
func bruteTuples(rows []Row, axes []int, t int, want []int) map[string]bool {
	out := map[string]bool{}
	var choose func(chosen []int, from int)
	choose = func(chosen []int, from int) {
		if len(chosen) == t {
			if want != nil && !slices.ContainsFunc(chosen, func(a int) bool { return slices.Contains(want, a) }) {
				return
			}
			for _, row := range rows {
				out[fmt.Sprint(chosen, project(row, chosen))] = true
			}
			return
		}
		for i := from; i < len(axes); i++ {
			choose(append(chosen[:len(chosen):len(chosen)], axes[i]), i+1)
		}
	}
	choose(nil, 0)
	return out
}

func TestRandomModelsAreOftenPossible(t *testing.T) {
	valid, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		all++
		if len(m.rows()) > 1 {
			valid++
		}
	})
	if valid*3 < all {
		t.Errorf("only %d of %d drawn models have more than one row: the properties check little", valid, all)
	}
}
