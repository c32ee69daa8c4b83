package generator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFilesOfSettlement(t *testing.T) {
	m := settlement(t)
	s, err := m.Suite()
	if err != nil {
		t.Fatal(err)
	}
	files := s.Files(500)
	checkFiles(t, m, s, files, 500)
	if len(files) > 300 {
		t.Errorf("%d files: a pull request cannot show that many", len(files))
	}
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name] = true
	}
	for _, c := range []struct{ reason, name string }{
		{"a method that fits is one file", "gift_cert/all"},
		{"a group that does not is cut into runs of values", "credit_card/general.m12-merchant.pay~cancel-paid"},
		{"the rest of the same group", "credit_card/general.m12-merchant.partial-before~partial-paid"},
	} {
		if !names[c.name] {
			t.Errorf("%s: no file %s", c.reason, c.name)
		}
	}
	whole := s.Files(len(s.Rows))
	if len(whole) != 1 || whole[0].Name != "all" {
		t.Errorf("a suite that fits is the one file all, not %d", len(whole))
	}
	checkFiles(t, m, s, whole, len(s.Rows))
}

func TestFilesKeepEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawModel(t)
		m, _ := r.load(t)
		s, err := m.Suite()
		if err != nil {
			t.Fatal(err)
		}
		most := rapid.IntRange(0, 12).Draw(t, "max")
		checkFiles(t, m, s, s.Files(most), max(most, 1))
	})
}

// checkFiles is what every split must be: complete, small enough, in order, and telling by its name.
func checkFiles(t interface{ Fatalf(string, ...any) }, m *Model, s *Suite, files []File, most int) {
	var ids []string
	names := map[string]bool{}
	for i, f := range files {
		if len(f.IDs) == 0 || len(f.IDs) > most || len(f.IDs) != len(f.Rows) {
			t.Fatalf("file %s has %d ids and %d rows, at most %d", f.Name, len(f.IDs), len(f.Rows), most)
		}
		if names[f.Name] || i > 0 && files[i-1].Name > f.Name {
			t.Fatalf("file %s twice or out of order", f.Name)
		}
		names[f.Name] = true
		if !slices.IsSorted(f.IDs) {
			t.Fatalf("file %s is not in the order of its ids", f.Name)
		}
		for n, row := range f.Rows {
			if m.ID(row) != f.IDs[n] {
				t.Fatalf("file %s: id %s with row %s", f.Name, f.IDs[n], m.ID(row))
			}
			if err := inFile(m, f.Name, row); err != nil {
				t.Fatalf("file %s: %s: %v", f.Name, f.IDs[n], err)
			}
		}
		ids = append(ids, f.IDs...)
	}
	want := make([]string, len(s.Rows))
	for i, row := range s.Rows {
		want[i] = m.ID(row)
	}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Fatalf("%d ids in files, %d in the suite, or not the same", len(ids), len(want))
	}
}

// inFile says why a row does not belong into a file by its name.
func inFile(m *Model, name string, row Row) error {
	folder, rest, split := strings.Cut(name, "/")
	tokens := strings.Split(rest, ".")
	switch {
	case !split && name == "all":
		return nil
	case rest == "all":
		tokens = nil
	}
	for _, token := range append([]string{folder}, tokens...) {
		first, last, _ := strings.Cut(token, "~")
		axis, from, ok := m.Value(first)
		if !ok {
			return fmt.Errorf("%s is no token", first)
		}
		to := from
		if last != "" {
			if _, to, ok = m.Value(last); !ok {
				return fmt.Errorf("%s is no token", last)
			}
		}
		if v := int(row[axis]); v < from || v > to {
			return fmt.Errorf("axis %s has %s", m.Axes[axis].Name, m.Axes[axis].Values[v])
		}
	}
	return nil
}

func TestFilesAreTheSameAgain(t *testing.T) {
	m := settlement(t)
	s, err := m.Suite()
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.Files(500), s.Files(500)
	for i := range a {
		if a[i].Name != b[i].Name || !slices.Equal(a[i].IDs, b[i].IDs) {
			t.Fatalf("file %s differs the second time", a[i].Name)
		}
	}
}
