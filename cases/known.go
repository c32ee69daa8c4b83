package cases

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"

	"settleproof/calc"
	"settleproof/calc/terms"
	"settleproof/generator"
	"settleproof/harness"
)

// knownID is how a known difference is called.
var knownID = regexp.MustCompile(`^KD-[0-9]{3}$`)

// ledgerFile is known_differences.yaml.
type ledgerFile struct {
	Format int         `yaml:"format"`
	Known  []yaml.Node `yaml:"known_differences"`
}

// ledgerEntry is one known difference. It never says "ignore this field": in the golden set the exact legacy values stand in the line
// and must match, and elsewhere the bound of each field holds.
type ledgerEntry struct {
	ID         string      `yaml:"id"`
	Owner      string      `yaml:"owner"`
	Reason     string      `yaml:"reason"`
	Ticket     string      `yaml:"ticket"`
	ApprovedBy string      `yaml:"approved_by"`
	Expires    string      `yaml:"expires"`
	Promotable *bool       `yaml:"promotable"`
	When       []yaml.Node `yaml:"when"`   // conjunctions over the axes; the case matches where one of them holds
	Fields     yaml.Node   `yaml:"fields"` // field: largest difference
}

// readKnown reads the ledger strictly. Errors are file:line:column: what, all of them at once.
func (b *Book) readKnown(file terms.File) ([]harness.Known, error) {
	var ledger ledgerFile
	if err := decodeStrict(file.Data, &ledger); err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name, err)
	}
	if ledger.Format != 1 {
		return nil, fmt.Errorf("%s:1:1: format %d is not 1", file.Name, ledger.Format)
	}
	var known []harness.Known
	var errs []error
	for i := range ledger.Known {
		node := &ledger.Known[i]
		k, err := b.knownOf(file.Name, node)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.ContainsFunc(known, func(o harness.Known) bool { return o.ID == k.ID }) {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s is there already", file.Name, node.Line, node.Column, k.ID))
		}
		known = append(known, k)
	}
	return known, errors.Join(errs...)
}

func decodeStrict(data []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	return d.Decode(into)
}

func (b *Book) knownOf(file string, node *yaml.Node) (harness.Known, error) {
	at := func(n *yaml.Node, format string, args ...any) error {
		return fmt.Errorf("%s:%d:%d: %s", file, n.Line, n.Column, fmt.Sprintf(format, args...))
	}
	text, err := yaml.Marshal(node)
	if err != nil {
		return harness.Known{}, at(node, "%s", err)
	}
	var strict ledgerEntry // once for unknown fields, once from the node itself for the positions of the expressions
	if err := decodeStrict(text, &strict); err != nil {
		return harness.Known{}, at(node, "%s", err)
	}
	var e ledgerEntry
	if err := node.Decode(&e); err != nil {
		return harness.Known{}, at(node, "%s", err)
	}
	for _, required := range []struct{ name, value string }{
		{"owner", e.Owner}, {"reason", e.Reason}, {"ticket", e.Ticket}, {"approved_by", e.ApprovedBy}, {"expires", e.Expires},
	} {
		if required.value == "" {
			return harness.Known{}, at(node, "%s: %s is missing: a known difference is signed, explained and ends", e.ID, required.name)
		}
	}
	if !knownID.MatchString(e.ID) {
		return harness.Known{}, at(node, "id %q is not like KD-001", e.ID)
	}
	if _, err := calc.ParseDate(e.Expires); err != nil {
		return harness.Known{}, at(node, "%s: expires: %s", e.ID, err)
	}
	if e.Promotable == nil {
		return harness.Known{}, at(node, "%s: promotable is missing: true where the legacy behaviour may become the rule", e.ID)
	}
	k := harness.Known{
		ID: e.ID, Owner: e.Owner, Reason: e.Reason, Ticket: e.Ticket, ApprovedBy: e.ApprovedBy, Expires: e.Expires, Promotable: *e.Promotable,
		Pos: fmt.Sprintf("%s:%d", file, node.Line),
	}
	if len(e.When) == 0 {
		return harness.Known{}, at(node, "%s: when is missing: no known difference covers everything", e.ID)
	}
	var conditions []func(generator.Row) bool
	for i := range e.When {
		holds, err := b.model.Where(e.When[i].Value)
		if err != nil {
			return harness.Known{}, at(&e.When[i], "%s: when: %s", e.ID, err)
		}
		conditions = append(conditions, holds)
	}
	k.Match = func(id string) (bool, error) {
		row, err := b.model.Parse(id)
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(conditions, func(holds func(generator.Row) bool) bool { return holds(row) }), nil
	}
	if e.Fields.Kind != yaml.MappingNode || len(e.Fields.Content) == 0 {
		return harness.Known{}, at(node, "%s: fields is missing: name each field that differs with its largest difference", e.ID)
	}
	for i := 0; i+1 < len(e.Fields.Content); i += 2 {
		field, bound := e.Fields.Content[i], e.Fields.Content[i+1]
		if !slices.Contains(calc.ResultFields, field.Value) {
			return harness.Known{}, at(field, "%s: there is no field %q", e.ID, field.Value)
		}
		if _, err := within(field.Value, "2025-01-01", "2025-01-01", bound.Value); err != nil {
			return harness.Known{}, at(bound, "%s: %s", e.ID, err)
		}
		k.Max = append(k.Max, harness.FieldMax{Field: field.Value, Max: bound.Value})
	}
	return k, nil
}
