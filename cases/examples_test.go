package cases

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"settleproof/calc"
)

// published lists the ids of the collection of published examples, in its order. Each is read here, whole or in parts: none is dropped silently.
var published = []string{
	"PO-01", "PO-02", "PO-03", "PO-04", "TOSS-01", "TOSS-03", "TOSSVAT-01", "TOSSVAT-02", "TOSSVAT-04", "RZP-01", "RZP-02", "MOL-01", "MOL-02",
	"OMI-01", "SQU-01", "JPM-01", "JPM-05", "JPMDATE-01", "JPMDATE-04", "JPMDATE-07", "FIN-01", "DUN-01", "MINFEE-01", "FXKR-01",
	"KSN-01", "KSN-02", "KSN-03", "KSN-04", "KSN-05", "KSN-06", "KSN-07", "KSN-08", "KSN-09", "KSN-10",
}

func koreanDays(t testing.TB) *calc.Calendar {
	t.Helper()
	c, err := calc.KoreanCalendar()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readAll(t testing.TB) ([]Example, []NotExpressible) {
	t.Helper()
	examples, not, err := readExamples(exampleFiles, koreanDays(t))
	if err != nil {
		t.Fatal(err)
	}
	return examples, not
}

func readPublished(t testing.TB) ([]Example, []NotExpressible) {
	t.Helper()
	examples, not := readAll(t)
	return slices.DeleteFunc(examples, func(e Example) bool { return e.Worked() }), not
}

func TestExamplesHold(t *testing.T) {
	examples, _ := readAll(t)
	for i := range examples {
		e := &examples[i]
		t.Run(e.ID, func(t *testing.T) {
			results := e.Check()
			if len(results) == 0 {
				t.Fatalf("%s: nothing is compared", e.Pos)
			}
			for _, r := range results {
				if !r.OK || r.Err != nil {
					t.Errorf("%s: %s = %q, want %q, %v\n%s\n%s", e.Pos, r.Field, r.Got, r.Want, r.Err, e.About, e.Source)
				}
			}
		})
	}
}

func TestEveryPublishedExampleIsReadOnce(t *testing.T) {
	examples, not := readPublished(t)
	var ids []string
	for _, e := range examples {
		ids = append(ids, e.ID)
	}
	for _, n := range not {
		ids = append(ids, n.ID)
	}
	var wholes []string
	for _, id := range ids {
		whole, _, part := strings.Cut(id, ".")
		if slices.Contains(wholes, whole) && !part {
			t.Errorf("%s is read twice", id)
		}
		if !slices.Contains(wholes, whole) {
			wholes = append(wholes, whole)
		}
		if !slices.Contains(published, whole) {
			t.Errorf("%s is not in the list of published examples", id)
		}
	}
	for _, id := range published {
		if !slices.Contains(wholes, id) {
			t.Errorf("%s is neither an example nor not expressible", id)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(ids))); len(sorted) != len(ids) {
		t.Errorf("ids repeat: %d of %d are different", len(sorted), len(ids))
	}
}

// A changed want is found, at that field alone: otherwise the examples would hold because nobody looks.
func TestAWrongWantIsReported(t *testing.T) {
	examples, _ := readAll(t)
	for i := range examples {
		e := &examples[i]
		for k := range e.Want {
			right := e.Want[k].Value
			digit := byte('0')
			if strings.HasSuffix(right, "0") {
				digit = '1'
			}
			e.Want[k].Value = right[:max(len(right)-1, 0)] + string(digit)
			for j, r := range e.Check() {
				if r.OK == (j == k) || r.Err != nil {
					t.Errorf("%s with %s changed to %s: %s is OK = %t, err %v", e.ID, e.Want[k].Field, e.Want[k].Value, r.Field, r.OK, r.Err)
				}
			}
			e.Want[k].Value = right
		}
	}
}

func TestCheckWithoutAnAnswer(t *testing.T) {
	examples, _ := readPublished(t)
	refused := examples[0]
	refused.request.Transaction.Amount = refused.request.Transaction.Amount.Neg()
	for _, r := range refused.Check() {
		if r.OK || r.Got != "err=AMOUNT_NOT_POSITIVE" || r.Err != nil {
			t.Errorf("a refusal is a wrong answer: %+v", r)
		}
	}
	closed := examples[0]
	var days []calc.Date
	for i := range calc.Date(400) {
		days = append(days, closed.request.Transaction.Approved+i)
	}
	closed.request.Calendar = calc.NewCalendar(days)
	for _, r := range closed.Check() {
		if r.OK || r.Got != "err=NO_BUSINESS_DAY" {
			t.Errorf("without a business day there is nothing to compare: %+v", r)
		}
	}
}

// good is a file without errors; the rows below change one place of it.
const good = `examples:
  - id: A-01
    source: https://example.org/a
    kind: official_doc
    about: "a fee of 3 %"
    set: {transaction.amount: "1000", contract.fee.rate: "0.03"}
    want: {fee: "30", net: "967"}
    inferred: [contract.fee.rate, net]
not_expressible:
  - {id: B-01, source: "https://example.org/b", about: "a sum", reason: "several rows"}
`

func readOne(t testing.TB, text string) ([]Example, []NotExpressible, error) {
	t.Helper()
	return readExamples(fstest.MapFS{"examples/x.yaml": {Data: []byte(text)}}, koreanDays(t))
}

func TestReadExamples(t *testing.T) {
	examples, not, err := readOne(t, good)
	if err != nil {
		t.Fatal(err)
	}
	e := examples[0]
	if e.ID != "A-01" || e.Pos != "cases/examples/x.yaml:2:9" || e.About != "a fee of 3 %" || len(e.Want) != 2 || e.Want[0].Inferred || !e.Want[1].Inferred {
		t.Errorf("example %+v", e)
	}
	if n := not[0]; n.ID != "B-01" || n.Reason != "several rows" || n.Pos != "cases/examples/x.yaml:10:10" {
		t.Errorf("not expressible %+v", n)
	}
	for _, r := range e.Check() {
		if !r.OK || r.Inferred != (r.Field == "net") {
			t.Errorf("result %+v", r)
		}
	}
}

func TestReadExamplesIsStrict(t *testing.T) {
	for _, tt := range []struct{ reason, from, to, want string }{
		{"a slip in a key", "about: \"a fee", "abuot: \"a fee", `5:5: unknown key "abuot" in an example; known: id, source, kind, about, note, set, want, inferred`},
		{"a key is missing", "    kind: official_doc\n", "", `2:5: an example lacks the key "kind"`},
		{"a key twice", "    kind: official_doc\n", "    kind: official_doc\n    kind: official_doc\n", `5:5: "kind" is given twice in an example`},
		{"a word of its own", "official_doc", "rumour", `4:11: kind "rumour" is none of real_api_response`},
		{"an id with a small letter", "A-01", "a-01", `2:9: id "a-01" is none like PO-04 or PO-04.line1`},
		{"an id twice", "B-01", "A-01", `10:10: id A-01 stands at cases/examples/x.yaml:2:9 already`},
		{"a part beside its whole", "B-01", "A-01.sum", `10:10: id A-01.sum: an example is told whole or in parts, not both`},
		{"no address", "https://example.org/a", "a book", `3:13: source "a book" is no https address`},
		{"a path that is not there", "transaction.amount", "transaction.amont", `6:11: a request has no field "transaction.amont"`},
		{"a path through a value", "transaction.amount", "transaction.amount.x", `6:11: a request has no field "transaction.amount.x"`},
		{"a path with fields", "contract.fee.rate: \"0.03\"", "contract.fee: \"0.03\"", `6:39: "contract.fee" has fields: set them one by one`},
		{"the id is given once", "transaction.amount", "transaction.id", `6:11: the id of the transaction is that of the example`},
		{"a decimal that is not quoted", "\"0.03\"", "0.03", `6:58: want a quoted text, a whole number, true, false or a list, not float "0.03"`},
		{"a text where a number belongs", "transaction.amount", "contract.cycle.lag_days", `6:36: contract.cycle.lag_days: BAD_NUMBER`},
		{"a number where a text belongs", "\"1000\"", "1000", `6:31: transaction.amount: NOT_A_STRING`},
		{"a number that only YAML reads", "\"1000\"", "1_000", `6:31: want a quoted text, a whole number, true, false or a list, not int "1_000"`},
		{"a time that is not quoted", "transaction.amount: \"1000\"", "transaction.event_at: 2025-02-10", `6:33: want a quoted text`},
		{"a bad code", "transaction.amount: \"1000\"", "transaction.event: PAID", `6:30: transaction.event: UNKNOWN_CODE`},
		{"inside a list", "transaction.amount: \"1000\"", "rates: [{date: \"2025-02-10\", currency: USD, quote: KRW, posting: FIRST, unit: \"1\", base: \"x\", ttb: \"1\"}]", `6:100: rates[0].base: BAD_DECIMAL`},
		{"a list of holidays", "transaction.amount: \"1000\"", "holidays: [\"2025-02-30\"]", `6:22: holidays[0]: BAD_DATE`},
		{"a missing field of a rate", "transaction.amount: \"1000\"", "rates: [{date: \"2025-02-10\"}]", `6:19: rates[0].currency: MISSING_FIELD`},
		{"an alias", "want: {fee: \"30\", net: \"967\"}", "want: &w {fee: \"30\"}\n    note: *w", `8:11: note must be a text, not an alias`},
		{"a field that no result has", "net: \"967\"", "nett: \"967\"", `7:23: a result has no field "nett"`},
		{"a wanted number", "net: \"967\"", "net: 967", `7:28: the wanted net must be a text, not int "967"; quote it`},
		{"an empty want", "{fee: \"30\", net: \"967\"}", "{}", `7:11: want is empty`},
		{"an inference about nothing", "inferred: [contract.fee.rate, net]", "inferred: [contract.cycle.kind]", `8:16: "contract.cycle.kind" is neither set nor wanted by this example`},
		{"an inference twice", "inferred: [contract.fee.rate, net]", "inferred: [net, net]", `8:21: "net" is named twice`},
		{"a list in place of a mapping", "{fee: \"30\", net: \"967\"}", "[fee]", `7:11: want must be a mapping, not a list`},
		{"a mapping in place of a list", "inferred: [contract.fee.rate, net]", "inferred: {net: x}", `8:15: inferred must be a list, not a mapping`},
		{"a reason that is blank", "\"several rows\"", "\" \"", `10:73: reason is empty`},
		{"a section of its own", "not_expressible:", "not_expressed:", `9:1: unknown key "not_expressed" in the file`},
		{"no YAML", "{fee: \"30\", net: \"967\"}", "{fee: \"30\"", `not YAML`},
		{"an empty file", good, "", `1:1: not YAML: no documents in stream`},
		{"nothing but a comment", good, "# examples\n", `1:1: not YAML: no documents in stream`},
		{"two documents", "not_expressible:", "---\nnot_expressible:", `not YAML`},
		{"a text as a file", good, "examples", `1:1: the file must be a mapping, not str "examples"`},
	} {
		text := strings.Replace(good, tt.from, tt.to, 1)
		if text == good {
			t.Errorf("%s: nothing was changed", tt.reason)
		}
		_, _, err := readOne(t, text)
		if err == nil || !strings.Contains(err.Error(), "cases/examples/x.yaml:"+tt.want) && !(strings.HasPrefix(tt.want, "not YAML") && strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s:\n got %v\nwant %s", tt.reason, err, tt.want)
		}
	}
}

func TestReadExamplesWithoutFiles(t *testing.T) {
	if _, _, err := readExamples(fstest.MapFS{}, koreanDays(t)); err == nil {
		t.Error("no examples at all is an error, not a pass")
	}
}

func TestAllErrorsAreReported(t *testing.T) {
	_, _, err := readOne(t, strings.NewReplacer("official_doc", "rumour", "B-01", "b").Replace(good))
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 2 {
		t.Errorf("want two errors, got %v", err)
	}
}

// Setting a path to what the base request has there changes nothing, whatever the order of the paths.
func TestSettingTheBaseChangesNothing(t *testing.T) {
	base := []string{
		`transaction.event: PAY`, `transaction.amount: "1000"`, `transaction.escrow: false`, `transaction.instalment_months: 0`, `contract.fee.rate: "0"`,
		`contract.vat.mode: ADDED`, `contract.rounding.split: HALF_UP`, `contract.cycle.lag_days: 0`, `contract.holiday_shift: AFTER`, `rates: []`,
	}
	file := "examples:\n- {id: A-01, source: 'https://example.org', kind: official_doc, about: x, set: {%s}, want: {net: '1000', supply_amount: '909', payout_date: '2025-02-10'}}\n"
	rapid.Check(t, func(rt *rapid.T) {
		set := rapid.Permutation(base).Draw(rt, "order")[:rapid.IntRange(1, len(base)).Draw(rt, "number")]
		examples, _, err := readOne(t, fmt.Sprintf(file, strings.Join(set, ", ")))
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range examples[0].Check() {
			if !r.OK {
				rt.Errorf("%s = %s, want %s", r.Field, r.Got, r.Want)
			}
		}
	})
}

// What is read can be checked: every wanted field has one result and no example is without one.
func FuzzReadExamples(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("examples:\n- &a {id: A-01, set: *a}\n"))
	f.Add([]byte("examples: [[[[{}]]]]\nnot_expressible: {<<: x}"))
	err := fs.WalkDir(exampleFiles, "examples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(exampleFiles, name)
		f.Add(data)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	calendar := koreanDays(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		examples, _, err := readExamples(fstest.MapFS{"examples/x.yaml": {Data: data}}, calendar)
		if err != nil {
			if len(examples) > 0 {
				t.Error("examples beside an error")
			}
			return
		}
		for i := range examples {
			if results := examples[i].Check(); len(results) == 0 || len(results) != len(examples[i].Want) {
				t.Errorf("%s: %d results for %d wanted fields", examples[i].Pos, len(results), len(examples[i].Want))
			}
		}
	})
}

// The table of docs/examples.md is made of the files, so it cannot say that something holds that does not.
func TestDocumentationListsTheExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/examples.md")
	if err != nil {
		t.Fatal(err)
	}
	want := exampleTable(t)
	if !strings.Contains(string(page), want) {
		t.Errorf("docs/examples.md does not hold this table:\n%s", want)
	}
}

func exampleTable(t *testing.T) string {
	examples, not := readPublished(t)
	rows := map[string][]string{}
	add := func(id, about, source, verdict string) {
		whole, _, _ := strings.Cut(id, ".")
		rows[whole] = append(rows[whole], fmt.Sprintf("| %s | %s | <%s> | %s |\n", id, about, source, verdict))
	}
	for i := range examples {
		verdict, values := "holds", []string{}
		for _, r := range examples[i].Check() {
			if !r.OK {
				verdict = "does not hold"
			}
			mark := ""
			if r.Inferred {
				mark = "*"
			}
			values = append(values, r.Field+" "+r.Want+mark)
		}
		add(examples[i].ID, examples[i].About, examples[i].Source, verdict+": "+strings.Join(values, ", "))
	}
	for _, n := range not {
		add(n.ID, n.About, n.Source, "not expressible: "+n.Reason)
	}
	var b strings.Builder
	b.WriteString("| id | what | source | result |\n|---|---|---|---|\n")
	for _, id := range published {
		for _, row := range rows[id] {
			b.WriteString(row)
		}
	}
	return b.String()
}
