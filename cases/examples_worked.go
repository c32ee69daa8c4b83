package cases

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"settleproof/calc"
)

// Worked examples are no third truth: they follow from our own page of rules. They guard what no contract of the golden set comes near,
// so that a slip there is seen by the gate too: refusals and their bounds, long numbers, rates of different days, other holiday lists.

// workedKind is the kind of every worked example.
const workedKind = "worked"

// errCode and errField are what an example of a refusal wants: code and field of the page's list.
const (
	errCode  = "err"
	errField = "err_field"
)

// rulesPage is what a worked example is worked out from; its source is a heading of it.
const rulesPage = "docs/settlement-rules.md#"

// workedID is a running number: unlike a published example a worked one has no name of its own.
var workedID = regexp.MustCompile(`^EDGE-[0-9]{3}$`)

// group reads a group of worked examples. In order:
//
//  1. A group names the part of the rules, what it is about, and what its rows have in common.
//  2. A row changes that further: the base request, then the set of the group, then the set of the row.
//  3. A row wants fields of the result, or a refusal: err and err_field together and nothing else.
//  4. A request that cannot be read is refused like one that cannot be settled; in a published example it would be an error.
func (r *exampleReader) group(n *yaml.Node) {
	f := r.mapping(n, "a group of worked examples", "source", "about", "set?", "rows")
	group := Example{Kind: workedKind, Source: r.text(f["source"], "source"), Group: r.text(f["about"], "about")}
	if group.Source != "" && (!strings.HasPrefix(group.Source, rulesPage) || group.Source == rulesPage) {
		r.errorf(f["source"], "source %q is no part of the rules like %s6-cancels", group.Source, rulesPage)
	}
	common := r.pairs(f["set"], "set")
	if _, ok := r.change("", common); !ok {
		return // else every row would repeat what is wrong with the group
	}
	for _, row := range r.list(f["rows"], "rows") {
		r.row(row, group, common)
	}
}

func (r *exampleReader) row(n *yaml.Node, e Example, common []yamlPair) {
	f := r.mapping(n, "a worked example", "id", "about", "set?", "want")
	e.ID, e.Pos = r.id(f["id"], workedID, "EDGE-001")
	e.About = r.text(f["about"], "about")
	set := append(slices.Clone(common), r.pairs(f["set"], "set")...)
	var err error
	if e.request, err = r.request(n, e.ID, set); err != nil && !errors.As(err, &e.unread) {
		r.errorf(n, "%s", err)
	}
	wants := r.pairs(f["want"], "want")
	for _, pair := range wants {
		name := pair.key.Value
		if name != errCode && name != errField && name != feeWithVAT && !slices.Contains(calc.ResultFields, name) {
			r.errorf(pair.key, "neither a result nor a refusal has a field %q", name)
		}
		value := "" // such as a void row's payout date
		if pair.value.Kind != yaml.ScalarNode || pair.value.Tag != "!!str" || pair.value.Value != "" {
			value = r.text(pair.value, "the wanted "+name)
		}
		e.Want = append(e.Want, FieldWant{Field: name, Value: value})
	}
	isRefusal := func(w FieldWant) bool { return w.Field == errCode || w.Field == errField }
	if slices.ContainsFunc(e.Want, isRefusal) && (len(e.Want) != 2 || !isRefusal(e.Want[0]) || !isRefusal(e.Want[1])) {
		r.errorf(f["want"], "a refusal is wanted as err and err_field and nothing else")
	}
	r.examples = append(r.examples, e)
}
