package generator

import (
	"fmt"
	"strings"
)

// ID names a row: the tokens of its values in axis order, joined by dots. An axis at its default is left out unless it leads.
func (m *Model) ID(row Row) string { return string(m.AppendID(nil, row)) }

// AppendID appends the id of a row of the right shape to dst.
func (m *Model) AppendID(dst []byte, row Row) []byte {
	first := true
	for i, v := range row {
		text := m.written[i][v]
		if text == "" {
			continue
		}
		if first {
			text, first = text[1:], false
		}
		dst = append(dst, text...)
	}
	return dst
}

// spellings is what each value adds to an id: its token after a dot, or nothing.
func (m *Model) spellings() [][]string {
	out := make([][]string, len(m.Axes))
	for i := range m.Axes {
		a := &m.Axes[i]
		out[i] = make([]string, len(a.Values))
		for v, token := range a.Values {
			if v != a.Default || a.Lead {
				out[i][v] = "." + token
			}
		}
	}
	return out
}

// Parse reads an id back.
//
//  1. Every token is a value of some axis; the axes come in order, none twice.
//  2. An axis that is not named is at its default, and a default is not named unless its axis leads; an axis that leads is always
//     named. So two different ids are never the same row.
//  3. A row that an exclusion hits is an error that names the exclusions.
func (m *Model) Parse(id string) (Row, error) {
	row := m.Defaults()
	last := -1
	for n, rest, more := 1, id, true; more; n++ {
		var token string
		token, rest, more = strings.Cut(rest, ".")
		s, ok := m.tokens[token]
		if !ok {
			return nil, fmt.Errorf("id %q: token %d %q is no value of any axis", id, n, token)
		}
		a := &m.Axes[s.axis]
		switch {
		case s.axis == last:
			return nil, fmt.Errorf("id %q: token %d %q is a second value of axis %s", id, n, token, a.Name)
		case s.axis < last:
			return nil, fmt.Errorf("id %q: token %d %q is out of order: axis %s comes before %s", id, n, token, a.Name, m.Axes[last].Name)
		case int(s.value) == a.Default && !a.Lead:
			return nil, fmt.Errorf("id %q: token %d %q is the default of axis %s, which is left out", id, n, token, a.Name)
		}
		if err := m.leads(id, last+1, s.axis); err != nil {
			return nil, err
		}
		row[s.axis] = s.value
		last = s.axis
	}
	if err := m.leads(id, last+1, len(m.Axes)); err != nil {
		return nil, err
	}
	if !m.all.holds(row) {
		return nil, fmt.Errorf("id %q is excluded by %s", id, strings.Join(m.Excludes(row), ", "))
	}
	return row, nil
}

// leads refuses an id that passes over an axis in [from, to) that is always written.
func (m *Model) leads(id string, from, to int) error {
	for i := from; i < to; i++ {
		if m.Axes[i].Lead {
			return fmt.Errorf("id %q: lacks a value of axis %s", id, m.Axes[i].Name)
		}
	}
	return nil
}
