package cases

import (
	"strings"
	"testing"

	"settleproof/generator"
)

// TestGrowthRenamesNothing grows the real axes and reads every id of the golden set with the grown ones: the coordinates stay what they
// were, and the new axis is at its default.
func TestGrowthRenamesNothing(t *testing.T) {
	text := string(read("axes.yaml").Data)
	replace := func(old, new string) string {
		t.Helper()
		if strings.Count(text, old) != 1 {
			t.Fatalf("axes.yaml has %q %d times; this test wants to grow it there", old, strings.Count(text, old))
		}
		return strings.Replace(text, old, new, 1)
	}
	const suiteEnd = "axes: [currency, amount, calendar, cut, reserve, tax]}"
	for _, row := range []struct{ reason, text string }{
		{"a value at the end of an axis", replace("values: [r0, r10]", "values: [r0, r10, r5]")},
		{"a value in the middle of an axis", replace("values: [down, half_up, half_even, up]", "values: [down, half_up, half_down, half_even, up]")},
		{"a value before all others", replace("values: [included, added]", "values: [none_at_all, included, added]")},
		{"an axis with a default", strings.Replace(replace(suiteEnd, "axes: [currency, amount, calendar, cut, reserve, tax, channel]}"),
			"# What cannot be", "  - name: channel\n    default: web\n    values: [web, shop, phone]\n\n# What cannot be", 1)},
		{"an axis with a default before the others", strings.Replace(replace(suiteEnd, "axes: [currency, amount, calendar, cut, reserve, tax, channel]}"),
			"  # What the contract says.", "  - name: channel\n    default: web\n    values: [web, shop, phone]\n\n  # What the contract says.", 1)},
	} {
		grown, err := generator.Load("axes.yaml", []byte(row.text))
		if err != nil {
			t.Fatalf("%s: %v", row.reason, err)
		}
		old := book(t).model
		for _, shard := range shards(t, "") {
			for i, id := range shard.IDs {
				before, err := book(t).rowOf(shard, i)
				if err != nil {
					t.Fatal(err)
				}
				after, err := grown.Parse(id)
				if err != nil {
					t.Fatalf("%s: %s is no id any more: %v", row.reason, id, err)
				}
				if grown.ID(after) != id {
					t.Fatalf("%s: %s is now called %s", row.reason, id, grown.ID(after))
				}
				for axis := range old.Axes {
					at, _ := grown.Axis(old.Axes[axis].Name)
					if was, is := old.Axes[axis].Values[before[axis]], grown.Axes[at].Values[after[at]]; was != is {
						t.Fatalf("%s: %s: %s was %s and is %s", row.reason, id, old.Axes[axis].Name, was, is)
					}
				}
			}
		}
	}
}
