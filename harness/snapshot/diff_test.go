package snapshot

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDiffCounts compares Diff with the definition, on random sets.
func TestDiffCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (Set, map[string]string) {
			shards, lines := map[string]string{}, map[string]string{}
			for i := range rapid.IntRange(1, 12).Draw(t, label+" ids") {
				if rapid.Bool().Draw(t, label+" there") {
					id := fmt.Sprintf("c%02d", i)
					shard := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, label+" shard")
					postage := rapid.SampledFrom([]string{"1.00", "2.00"}).Draw(t, label+" postage")
					shards[shard] += id + "=" + postage + " "
					lines[id] = shard + " " + postage
				}
			}
			return parcels("1", shards), lines
		}
		old, was := draw("old")
		new, is := draw("new")
		var want Summary
		for id, line := range was {
			other, there := is[id]
			switch {
			case !there:
				want.Removed++
			case line[2:] != other[2:]:
				want.Changed++
			case line != other:
				want.Moved++
			}
		}
		for id := range is {
			if _, there := was[id]; !there {
				want.Added++
			}
		}
		got := Diff(old, new)
		if got.Added != want.Added || got.Removed != want.Removed || got.Changed != want.Changed || got.Moved != want.Moved {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
		sum := 0
		for _, s := range got.Shards {
			sum += s.total()
		}
		if sum != got.Added+got.Removed+got.Changed+got.Moved {
			t.Fatalf("the shards add up to %d: %+v", sum, got)
		}
		fields := 0
		for _, f := range got.Fields {
			fields += f.Cases
		}
		if fields != got.Changed { // one field changes at a time here
			t.Fatalf("the fields add up to %d: %+v", fields, got)
		}
		back := Diff(new, old)
		if back.Added != got.Removed || back.Removed != got.Added || back.Changed != got.Changed || back.Moved != got.Moved {
			t.Fatalf("the other way round %+v", back)
		}
		if self := Diff(old, old); !self.Same() {
			t.Fatalf("against itself: %+v", self)
		}
	})
}

func one(r Record, f Fields) Set {
	return Set{Files: []*File{{Shard: "s", Fields: f, Records: []Record{r}}}}
}

func TestDiffFields(t *testing.T) {
	base := Record{ID: "x", Inputs: "1\t100", Result: "S\t2.50\t2"}
	tests := []struct {
		reason   string
		old, new func(r *Record, f *Fields)
		want     string
	}{
		{"a result", nil, func(r *Record, _ *Fields) { r.Result = "S\t2.60\t2" }, "result postage 2.50 -> 2.60"},
		{"an input", nil, func(r *Record, _ *Fields) { r.Inputs = "1\t101" }, "input grams 100 -> 101"},
		{"answered, then refused", nil, func(r *Record, _ *Fields) { r.Result = "err=X" }, "refusal err answered -> err=X"},
		{"refused for another reason", func(r *Record, _ *Fields) { r.Result = "err=Y" }, func(r *Record, _ *Fields) { r.Result = "err=X" }, "refusal err err=Y -> err=X"},
		{"legacy begins to differ", nil, func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-1", "days=3" },
			"legacy days as the result -> 3; known known difference  -> PD-1"},
		{"legacy ceases to differ", func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-1", "days=" }, nil,
			"legacy days  -> as the result; known known difference PD-1 -> "},
		{"legacy answers something else", func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-1", "days=3" },
			func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-1", "days=4" }, "legacy days 3 -> 4"},
		{"another difference explains it", func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-1", "days=3" },
			func(r *Record, _ *Fields) { r.Known, r.Legacy = "PD-2", "days=3" }, "known known difference PD-1 -> PD-2"},
		{"a field is new", nil, func(r *Record, f *Fields) {
			r.Result += "\t9"
			f.Results = []string{"class", "postage", "days", "tax"}
		}, "result tax  -> 9"},
		{"a field is gone", nil, func(r *Record, f *Fields) {
			r.Result = "S\t2"
			f.Results = []string{"class", "days"}
		}, "result postage 2.50 -> "},
		{"fields in another order", nil, func(r *Record, f *Fields) {
			r.Inputs = "100\t1"
			f.Inputs = []string{"grams", "zone"}
		}, ""},
	}
	for _, tt := range tests {
		sides := [2]Set{}
		for i, change := range []func(*Record, *Fields){tt.old, tt.new} {
			r, f := base, parcelFields
			if change != nil {
				change(&r, &f)
			}
			sides[i] = one(r, f)
		}
		sum := Diff(sides[0], sides[1])
		var got []string
		for _, f := range sum.Fields {
			got = append(got, fmt.Sprintf("%s %s %s -> %s", f.Kind, f.Name, f.Samples[0].Old, f.Samples[0].New))
		}
		if strings.Join(got, "; ") != tt.want || sum.Changed != 1 {
			t.Errorf("%s: %d changed, %q, want %q", tt.reason, sum.Changed, got, tt.want)
		}
	}
}

func TestLostIsNotRemoved(t *testing.T) {
	p := &Pending{Set: Set{Digests: oldSet.Digests, Files: oldSet.Files[1:]}, Open: []OpenCase{
		{NotComputed, "a/x", "a1", "panic: boom"}, {NotComputed, "a/x", "a2", "panic: boom"}}}
	sum := DiffPending(oldSet, p)
	if sum.Removed != 0 || sum.Lost != 2 || sum.Before != 6 || sum.Same() {
		t.Errorf("%+v", sum)
	}
	if text := sum.Text(nil); !strings.Contains(text, "2 cases could not be computed, the first is a1: panic: boom\n") {
		t.Errorf("text:\n%s", text)
	}
}

// TestSummaryFits: 40 lines at any size, and the same text every time.
func TestSummaryFits(t *testing.T) {
	old, new := settlementFiles(6000, 60), settlementFiles(6000, 60)
	for i, f := range new {
		f.Shard = strings.Replace(f.Shard, "method01", "method11", 1)
		for j := range f.Records {
			r := &f.Records[j]
			if j%7 == 0 {
				r.ID += ".x"
			}
			values := strings.Split(r.Result, "\t")
			for k := range values {
				if (i+j)%(k+2) == 0 {
					values[k] += strings.Repeat("9", 60)
				}
			}
			r.Result, r.Known, r.Legacy = strings.Join(values, "\t"), "", ""
			if j%11 == 0 {
				r.Known, r.Legacy = fmt.Sprintf("KD-%03d", 100+j), "net=1"
			}
		}
	}
	p := &Pending{Set: Set{Files: new, Digests: Digests{{"axes", "b"}, {"data", "b"}, {"legacy", "b"}, {"known", "b"}}}, NotAsked: "--oracle none"}
	for _, reason := range []Reason{NotComputed, NotAsked, Disagrees} {
		p.Open = append(p.Open, OpenCase{Reason: reason, Shard: "s", ID: "x", What: "y"})
	}
	sum := DiffPending(Set{Files: old, Digests: Digests{{"axes", "a"}, {"data", "a"}, {"legacy", "a"}, {"known", "a"}}}, p)
	delta := func(field, old, new string) string { return "far" }
	for _, text := range []string{sum.Text(delta), sum.Markdown(delta)} {
		if n := strings.Count(text, "\n"); n > 40 {
			t.Errorf("%d lines:\n%s", n, text)
		}
	}
	if again := DiffPending(Set{Files: old, Digests: Digests{{"axes", "a"}, {"data", "a"}, {"legacy", "a"}, {"known", "a"}}}, p); again.Text(delta) != sum.Text(delta) {
		t.Error("not the same text twice")
	}
}

func ExampleSummary_Text() {
	sum := Diff(oldSet, newSet)
	fmt.Print(sum.Text(func(field, old, new string) string { return "more" }))
	// Output:
	// 6 cases -> 7: 1 changed, 2 added, 1 removed (1f7c7d59743e -> c20cbddabaa3)
	//   added: b3, c1
	//   removed: g1
	// axes: 1 -> 2
	// by file:
	//   a/x: 1 changed
	//   b/x: 1 added
	//   c/x: 1 added
	//   gone/x: 1 removed
	// by field:
	//   postage: 1 case
	//     a2: 2.00 -> 2.50 (more)
}
