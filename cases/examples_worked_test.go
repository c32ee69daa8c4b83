package cases

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readWorked(t testing.TB) []Example {
	t.Helper()
	examples, _ := readAll(t)
	return slices.DeleteFunc(examples, func(e Example) bool { return !e.Worked() })
}

func rules(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/settlement-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// A worked example is worked out from a part of the page that is there.
func TestWorkedExamplesNameAPartOfTheRules(t *testing.T) {
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(rules(t), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, rulesPage+strings.ReplaceAll(anchor, " ", "-"))
	}
	for _, e := range readWorked(t) {
		if !slices.Contains(anchors, e.Source) {
			t.Errorf("%s: the page has no part %s", e.Pos, e.Source)
		}
	}
}

// Every refusal of the page is met by an example, so that none is left to chance.
func TestEveryRefusalHasAnExample(t *testing.T) {
	notExpressible := map[string]string{
		"FIELD_TWICE":      "an example sets a path once",
		"HOLIDAYS_MISSING": "the examples always have a built-in table",
	}
	var wanted []string
	for _, e := range readWorked(t) {
		if e.Want[0].Field == errCode {
			wanted = append(wanted, e.Want[0].Value)
		}
	}
	_, list, _ := strings.Cut(rules(t), "## Refusals")
	codes := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(list, -1)
	if len(codes) == 0 {
		t.Fatal("the page lists no refusals")
	}
	for _, code := range codes {
		if _, not := notExpressible[code[1]]; slices.Contains(wanted, code[1]) == not {
			t.Errorf("%s: an example %t, not expressible %t", code[1], !not, not)
		}
	}
}

// edges is a file without errors; the rows below change one place of it.
const edges = `worked:
  - source: docs/settlement-rules.md#4-fee
    about: "a fee of 3 %"
    set: {contract.fee.rate: "0.03"}
    rows:
      - {id: EDGE-001, about: "30 won", want: {fee: "30", reserve_release_date: ""}}
      - {id: EDGE-002, about: "4 %", set: {contract.fee.rate: "0.04"}, want: {fee: "40"}}
      - {id: EDGE-003, about: "nothing", set: {transaction.amount: "0"}, want: {err: AMOUNT_NOT_POSITIVE, err_field: transaction.amount}}
      - {id: EDGE-004, about: "no number", set: {transaction.amount: "x"}, want: {err: BAD_DECIMAL, err_field: transaction.amount}}
`

func TestReadWorkedExamples(t *testing.T) {
	examples, _, err := readOne(t, edges)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range examples {
		if !e.Worked() || e.Group != "a fee of 3 %" || e.Source != rulesPage+"4-fee" || e.ID != fmt.Sprintf("EDGE-%03d", i+1) || e.Pos != fmt.Sprintf("cases/examples/x.yaml:%d:14", 6+i) {
			t.Errorf("example %+v", e)
		}
		for _, r := range e.Check() {
			if !r.OK || !r.Worked || r.Err != nil {
				t.Errorf("result %+v", r)
			}
		}
	}
	if len(examples) != 4 {
		t.Errorf("%d examples", len(examples))
	}
}

// A wanted refusal that does not come, and one that comes unwanted, are wrong answers.
func TestARefusalIsNeverConfusedWithAResult(t *testing.T) {
	text := strings.NewReplacer(`amount: "0"`, `amount: "1"`, `"0.04"`, `"-1"`, `amount: "x"`, `amount: "0"`).Replace(edges)
	examples, _, err := readOne(t, text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"EDGE-001 fee": "30", "EDGE-001 reserve_release_date": "", "EDGE-002 fee": "err=RATE_NEGATIVE", "EDGE-003 err": "no refusal",
		"EDGE-003 err_field": "no refusal", "EDGE-004 err": "AMOUNT_NOT_POSITIVE", "EDGE-004 err_field": "transaction.amount",
	}
	for i := range examples {
		for _, r := range examples[i].Check() {
			if key := r.ID + " " + r.Field; r.Got != want[key] || r.OK != (r.Got == r.Want) {
				t.Errorf("%s: %+v, want %q", key, r, want[key])
			}
		}
	}
}

func TestReadWorkedExamplesIsStrict(t *testing.T) {
	for _, tt := range []struct{ reason, from, to, want string }{
		{"an id of a published example", "EDGE-001", "PO-04", `6:14: id "PO-04" is none like EDGE-001`},
		{"an id twice", "EDGE-002", "EDGE-001", `7:14: id EDGE-001 stands at cases/examples/x.yaml:6:14 already`},
		{"a source that is not the page", "docs/settlement-rules.md#4-fee", "https://example.org/a", `2:13: source "https://example.org/a" is no part of the rules like docs/settlement-rules.md#6-cancels`},
		{"a source without its part", "#4-fee", "#", `2:13: source "docs/settlement-rules.md#" is no part`},
		{"a slip in a key of the group", "    rows:", "    lines:", `5:5: unknown key "lines" in a group of worked examples; known: source, about, set, rows`},
		{"a key of a published example", `about: "30 won"`, `about: "30 won", kind: worked`, `6:41: unknown key "kind" in a worked example; known: id, about, set, want`},
		{"no expectation", `, want: {fee: "40"}`, "", `7:9: a worked example lacks the key "want"`},
		{"an empty expectation", `{fee: "40"}`, "{}", `want is empty`},
		{"a path of the group that is not there", `{contract.fee.rate: "0.03"}`, `{contract.fee.rat: "0.03"}`, `4:11: a request has no field "contract.fee.rat"`},
		{"a path of a row that is not there", `{contract.fee.rate: "0.04"}`, `{contract.fee.rat: "0.04"}`, `7:44: a request has no field "contract.fee.rat"`},
		{"a code without its field", "err: AMOUNT_NOT_POSITIVE, err_field: transaction.amount", "err: AMOUNT_NOT_POSITIVE", `a refusal is wanted as err and err_field and nothing else`},
		{"a refusal beside a figure", "err: AMOUNT_NOT_POSITIVE, err_field", "err: AMOUNT_NOT_POSITIVE, fee", `a refusal is wanted as err and err_field and nothing else`},
		{"a field that nothing has", "fee: \"40\"", "fees: \"40\"", `neither a result nor a refusal has a field "fees"`},
		{"a wanted number", "fee: \"40\"", "fee: 40", `the wanted fee must be a text, not int "40"; quote it`},
		{"a decimal that is not quoted", `"0.04"`, "0.04", `want a quoted text, a whole number, true, false or a list, not float "0.04"`},
	} {
		text := strings.Replace(edges, tt.from, tt.to, 1)
		if text == edges {
			t.Errorf("%s: nothing was changed", tt.reason)
		}
		if _, _, err := readOne(t, text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.reason, err, tt.want)
		}
	}
	published := strings.Replace(good, `net: "967"`, "err: RATE_MISSING", 1)
	if _, _, err := readOne(t, published); err == nil || !strings.Contains(err.Error(), `a result has no field "err"`) {
		t.Errorf("a published example wants no refusal: %v", err)
	}
	twice := strings.Replace(edges, `{contract.fee.rate: "0.03"}`, `{contract.fee.rat: "0.03"}`, 1)
	if _, _, err := readOne(t, twice); err == nil || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("what is wrong with the group is said once, not for every row: %v", err)
	}
}

// The list of docs/examples.md is made of the files, like the table of the published ones.
func TestDocumentationListsTheWorkedExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/examples.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := workedTable(t); !strings.HasSuffix(string(page), want) {
		t.Errorf("docs/examples.md does not end with this list:\n%s", want)
	}
}

func workedTable(t *testing.T) string {
	var b strings.Builder
	source, group := "", ""
	for _, e := range readWorked(t) {
		if e.Source != source || e.Group != group {
			source, group = e.Source, e.Group
			fmt.Fprintf(&b, "\n**%s** ([rules](%s))\n\n| id | what | comes out |\n|---|---|---|\n", group, strings.TrimPrefix(source, "docs/"))
		}
		verdict, values := "", []string{}
		for _, r := range e.Check() {
			if !r.OK {
				verdict = "does not hold: "
			}
			if r.Want == "" {
				r.Want = "none"
			}
			values = append(values, r.Field+" "+r.Want)
		}
		fmt.Fprintf(&b, "| %s | %s | %s%s |\n", e.ID, e.About, verdict, strings.Join(values, ", "))
	}
	return b.String()
}
