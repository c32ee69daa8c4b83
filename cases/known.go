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
	ID         string        `yaml:"id"`
	Owner      string        `yaml:"owner"`
	Reason     string        `yaml:"reason"`
	Ticket     string        `yaml:"ticket"`
	ApprovedBy string        `yaml:"approved_by"`
	Expires    string        `yaml:"expires"`
	Promotable *bool         `yaml:"promotable"`
	Covers     []ledgerCover `yaml:"covers"`
}

// ledgerCover is a conjunction over the axes and what differs where it holds.
type ledgerCover struct {
	When   yaml.Node `yaml:"when"`
	Fields yaml.Node `yaml:"fields"` // field: largest difference
}

// cover is a ledgerCover, checked.
type cover struct {
	holds  func(generator.Row) bool
	fields []harness.FieldMax
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
	if len(e.Covers) == 0 {
		return harness.Known{}, at(node, "%s: covers is missing: say when it differs, and which fields", e.ID)
	}
	covers := make([]cover, len(e.Covers))
	for i := range e.Covers {
		if covers[i], err = b.coverOf(e.ID, node, &e.Covers[i], at); err != nil {
			return harness.Known{}, err
		}
	}
	k.Covers = func(id string) ([]harness.FieldMax, error) {
		row, err := b.model.Parse(id)
		if err != nil {
			return nil, err
		}
		return fieldsOf(covers, row), nil
	}
	return k, nil
}

// fieldsOf returns the fields of the covers that hold for a row.
func fieldsOf(covers []cover, row generator.Row) []harness.FieldMax {
	var fields []harness.FieldMax
	for _, c := range covers {
		if c.holds(row) {
			fields = append(fields, c.fields...)
		}
	}
	return fields
}

// coverOf checks one cover. at makes an error with a position.
func (b *Book) coverOf(id string, entry *yaml.Node, c *ledgerCover, at func(*yaml.Node, string, ...any) error) (cover, error) {
	if c.When.Value == "" {
		return cover{}, at(entry, "%s: when is missing: no known difference covers everything", id)
	}
	holds, err := b.model.Where(c.When.Value)
	if err != nil {
		return cover{}, at(&c.When, "%s: when: %s", id, err)
	}
	if c.Fields.Kind != yaml.MappingNode || len(c.Fields.Content) == 0 {
		return cover{}, at(&c.When, "%s: fields is missing: name each field that differs with its largest difference", id)
	}
	checked := cover{holds: holds}
	for i := 0; i+1 < len(c.Fields.Content); i += 2 {
		field, bound := c.Fields.Content[i], c.Fields.Content[i+1]
		if !slices.Contains(calc.ResultFields, field.Value) {
			return cover{}, at(field, "%s: there is no field %q", id, field.Value)
		}
		if _, err := within(field.Value, "2025-01-01", "2025-01-01", bound.Value); err != nil {
			return cover{}, at(bound, "%s: %s", id, err)
		}
		checked.fields = append(checked.fields, harness.FieldMax{Field: field.Value, Max: bound.Value})
	}
	return checked, nil
}
