package generator

import (
	"os"
	"testing"
)

// settlement loads the model of testdata/settlement.yaml.
func settlement(tb testing.TB) *Model {
	tb.Helper()
	data, err := os.ReadFile("testdata/settlement.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	m, err := Load("settlement.yaml", data)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func BenchmarkLoad(b *testing.B) {
	data, err := os.ReadFile("testdata/settlement.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Load("settlement.yaml", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWarnings(b *testing.B) {
	m := settlement(b)
	for b.Loop() {
		m.Warnings()
	}
}

func BenchmarkSuite(b *testing.B) {
	m := settlement(b)
	rows := 0
	for b.Loop() {
		s, err := m.Suite()
		if err != nil {
			b.Fatal(err)
		}
		rows = len(s.Rows)
	}
	b.ReportMetric(float64(rows), "rows")
}

func BenchmarkFiles(b *testing.B) {
	s, err := settlement(b).Suite()
	if err != nil {
		b.Fatal(err)
	}
	files := 0
	for b.Loop() {
		files = len(s.Files(500))
	}
	b.ReportMetric(float64(files), "files")
}

func BenchmarkCoverage(b *testing.B) {
	m := settlement(b)
	s, err := m.Suite()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Coverage(s.Rows, 3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAll(b *testing.B) {
	p, err := settlement(b).Product()
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n = 0
		for range p.Range(p.Count()/3, p.Count()/3+1_000_000) {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
}

func BenchmarkUnrank(b *testing.B) {
	m := settlement(b)
	p, err := m.Product()
	if err != nil {
		b.Fatal(err)
	}
	row, i := m.Defaults(), uint64(0)
	for b.Loop() {
		i++
		if err := p.Unrank(mix(i)%p.Count(), row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	m := settlement(b)
	s, err := m.Suite()
	if err != nil {
		b.Fatal(err)
	}
	id := m.ID(s.Rows[len(s.Rows)/2])
	for b.Loop() {
		if _, err := m.Parse(id); err != nil {
			b.Fatal(err)
		}
	}
}
