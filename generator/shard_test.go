package generator

import "testing"

func TestParseShard(t *testing.T) {
	for _, c := range []struct {
		reason, text string
		want         Shard
		ok           bool
	}{
		{"the usual", "2/8", Shard{2, 8}, true},
		{"everything", "1/1", Shard{1, 1}, true},
		{"the last one", "8/8", Shard{8, 8}, true},
		{"they count from one", "0/8", Shard{}, false},
		{"beyond the last", "9/8", Shard{}, false},
		{"no parts", "1/0", Shard{}, false},
		{"negative", "-1/8", Shard{}, false},
		{"a typing error", "1/99999999", Shard{}, false},
		{"no slash", "3", Shard{}, false},
		{"words", "a/b", Shard{}, false},
		{"too many", "1/2/3", Shard{}, false},
		{"nothing", "", Shard{}, false},
	} {
		got, err := ParseShard(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%s: %v %v", c.reason, got, err)
		}
		if err == nil && got.String() != c.text {
			t.Errorf("%s: printed %s", c.reason, got)
		}
	}
}

func TestShardsAreEvenAndStay(t *testing.T) {
	m := settlement(t)
	s, err := m.Suite()
	if err != nil {
		t.Fatal(err)
	}
	const parts = 8
	counts := make([]int, parts+1)
	for _, row := range s.Rows {
		id := m.ID(row)
		n := ShardOf(id, parts)
		counts[n]++
		if !(Shard{n, parts}).Has(id) || (Shard{n%parts + 1, parts}).Has(id) || !(Shard{1, 1}).Has(id) {
			t.Fatalf("%s is in shard %d or not", id, n)
		}
	}
	for n, count := range counts[1:] {
		if mean := len(s.Rows) / parts; count < mean*95/100 || count > mean*105/100 {
			t.Errorf("shard %d has %d rows, the mean is %d", n+1, count, mean)
		}
	}
	// Fixed answers: a change of the hash would move every case to another machine.
	for id, want := range map[string]int{"credit_card.krw.pay.d3": 830, "gift_cert.krw.pay.d1": 480} {
		if got := ShardOf(id, 1000); got != want {
			t.Errorf("%s is in shard %d of 1000, want %d", id, got, want)
		}
	}
}

// TestMixIsSplitmix64 compares with the published first outputs of splitmix64 for seed 0.
func TestMixIsSplitmix64(t *testing.T) {
	state := uint64(0)
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		state += 0x9e3779b97f4a7c15
		if got := mix(state); got != want {
			t.Errorf("mix(%#x) is %#x, want %#x", state, got, want)
		}
	}
	if hashText("ab", "c") == hashText("a", "bc") {
		t.Error("the end of a text does not count")
	}
}
