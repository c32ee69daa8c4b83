package generator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestProductAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, rows := r.load(t)
		if got := m.Count(); !got.IsUint64() || got.Uint64() != uint64(len(rows)) {
			t.Fatalf("count %s, %d rows\n%s", got, len(rows), r.text)
		}
		axes := drawAxes(t, len(r.sizes))
		checkProduct(t, r, m, rows, axes)
	})
}

func drawAxes(t *rapid.T, n int) []int {
	var axes []int
	for i := range n {
		if rapid.Bool().Draw(t, "chosen") {
			axes = append(axes, i)
		}
	}
	if len(axes) == 0 {
		axes = []int{rapid.IntRange(0, n-1).Draw(t, "one")}
	}
	return axes
}

func checkProduct(t *rapid.T, r randomModel, m *Model, rows []Row, axes []int) {
	var names []string
	for i := len(axes) - 1; i >= 0; i-- { // the order of the names does not matter
		names = append(names, fmt.Sprintf("x%d", axes[i]))
	}
	var want []string
	for _, row := range rows {
		want = append(want, project(row, axes))
	}
	slices.Sort(want)
	want = slices.Compact(want)
	p, err := m.Product(names...)
	if err != nil {
		t.Fatal(err)
	}
	if p.Count() != uint64(len(want)) {
		t.Fatalf("product %v counts %d, want %d\n%s", names, p.Count(), len(want), r.text)
	}
	n := uint64(0)
	back := m.Defaults()
	for rank, row := range p.All() {
		if rank != n || project(row, axes) != want[n] {
			t.Fatalf("rank %d: row %v, want %s at %d\n%s", rank, row, want[n], n, r.text)
		}
		if r.excluded(row) || !m.Valid(row) {
			t.Fatalf("row %v of the product is excluded\n%s", row, r.text)
		}
		if got, ok := p.Rank(row); !ok || got != rank {
			t.Fatalf("rank of %v is %d %t, want %d", row, got, ok, rank)
		}
		if err := p.Unrank(rank, back); err != nil || !slices.Equal(back, row) {
			t.Fatalf("unrank %d: %v %v, want %v", rank, back, err, row)
		}
		n++
	}
	if n != p.Count() {
		t.Fatalf("%d rows streamed of %d", n, p.Count())
	}
	from := rapid.Uint64Range(0, n).Draw(t, "from")
	for rank, row := range p.Range(from, n+5) {
		if rank != from || project(row, axes) != want[from] {
			t.Fatalf("range: rank %d row %v, want %s", rank, row, want[from])
		}
		from++
	}
	if err := p.Unrank(n, back); err == nil {
		t.Fatal("unrank beyond the end")
	}
}

func TestValidAndExcludesAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, _ := r.load(t)
		row := make(Row, len(r.sizes))
		for i := range row {
			row[i] = uint8(rapid.IntRange(0, r.sizes[i]-1).Draw(t, "value"))
		}
		excluded := r.excluded(row)
		if m.Valid(row) == excluded {
			t.Fatalf("valid %t, excluded %t: %v\n%s", m.Valid(row), excluded, row, r.text)
		}
		if names := m.Excludes(row); (len(names) > 0) != excluded {
			t.Fatalf("excluded %t by %v: %v\n%s", excluded, names, row, r.text)
		}
		p, err := m.Product()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := p.Rank(row); ok == excluded {
			t.Fatalf("rank of an excluded row, or none of a valid one: %v", row)
		}
	})
}

func TestRowsOfTheWrongShape(t *testing.T) {
	m := settlement(t)
	p, err := m.Product()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason string
		row    Row
	}{
		{"no row", nil},
		{"too short", make(Row, 3)},
		{"too long", make(Row, 40)},
		{"a value that is not there", append(make(Row, 18), 9)},
	} {
		if m.Valid(c.row) || m.Excludes(c.row) != nil {
			t.Errorf("%s: valid or excluded", c.reason)
		}
		if _, ok := p.Rank(c.row); ok {
			t.Errorf("%s: has a rank", c.reason)
		}
	}
	if err := p.Unrank(0, make(Row, 3)); err == nil {
		t.Error("unrank into a row that is too short")
	}
}

func TestProductTooLargeToRank(t *testing.T) {
	text := "format: 1\naxes:\n"
	for i := range 40 {
		text += fmt.Sprintf("  - {name: x%d, default: v%d-0, lead: %t, values: [v%d-0, v%d-1, v%d-2, v%d-3]}\n", i, i, i == 0, i, i, i, i)
	}
	m, err := Load("big.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Count().String(); got != "1208925819614629174706176" { // 4^40
		t.Errorf("count %s", got)
	}
	if _, err := m.Product(); err == nil {
		t.Error("a product beyond 64 bits has no ranks")
	}
	if p, err := m.Product("x3", "x5"); err != nil || p.Count() != 16 {
		t.Errorf("a part of it does: %v", err)
	}
}

func TestProductAxesAreChecked(t *testing.T) {
	m := settlement(t)
	for _, names := range [][]string{{"metod"}, {"method", "method"}} {
		if _, err := m.Product(names...); err == nil {
			t.Errorf("product over %v", names)
		}
	}
}

func TestPartsCoverTheProduct(t *testing.T) {
	m := settlement(t)
	p, err := m.Product()
	if err != nil {
		t.Fatal(err)
	}
	for _, parts := range []int{1, 3, 7, 1 << 20} {
		end := uint64(0)
		for i := 1; i <= parts; i++ {
			from, to := p.Part(Shard{i, parts})
			if from != end || to < from {
				t.Fatalf("part %d/%d is %d to %d after %d", i, parts, from, to, end)
			}
			end = to
		}
		if end != p.Count() {
			t.Errorf("%d parts end at %d of %d", parts, end, p.Count())
		}
	}
}

// TestExclusionsTooLarge gives a model whose exclusions compare axes so far apart that no diagram in file order is small.
func TestExclusionsTooLarge(t *testing.T) {
	text, half := "format: 1\naxes:\n", 20
	for i := range 2 * half {
		text += fmt.Sprintf("  - {name: x%d, default: a%d, lead: %t, values: [a%d, b%d]}\n", i, i, i == 0, i, i)
	}
	text += "exclusions:\n"
	for i := range half {
		text += fmt.Sprintf("  - {name: far-%d, reason: r, when: x%d == \"a%d\", never: x%d == \"b%d\"}\n", i, i, i, i+half, i+half)
	}
	if _, err := Load("far.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "need a decision diagram beyond") {
		t.Errorf("loaded, or %v", err)
	}
}
