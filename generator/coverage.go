package generator

import (
	"fmt"
	"slices"
	"strings"
)

// missingMax bounds the list of missing tuples; the counts say how many there are.
const missingMax = 100

// Coverage says how many combinations of Strength values can occur together and how many of them do.
type Coverage struct {
	Strength int
	Valid    uint64     // tuples that some valid row has
	Covered  uint64     // of those, the ones that a measured row has
	Missing  [][]string // the first tuples that are valid and not covered, as tokens in axis order; at most 100
}

// Complete says that nothing is missing.
func (c Coverage) Complete() bool { return c.Covered == c.Valid }

// Coverage measures rows at a strength, over all axes or over the named ones.
//
//  1. A tuple is one value for each of strength different axes. It is valid if some valid row of the model has it; that is read from
//     the decision diagram, so the count does not depend on the rows that are measured.
//  2. Every row must be valid: a combination that cannot run proves nothing, and saying so is better than leaving it out.
func (m *Model) Coverage(rows []Row, strength int, axes ...string) (Coverage, error) {
	chosen, err := m.indices(axes)
	if err != nil {
		return Coverage{}, err
	}
	if most := min(strengthMax, len(chosen)); strength < 1 || strength > most {
		return Coverage{}, fmt.Errorf("strength %d over %d axes must be from 1 to %d", strength, len(chosen), most)
	}
	l, err := m.ordered(chosen)
	if err != nil {
		return Coverage{}, err
	}
	t, err := newTuples(l, strength, 0, len(chosen))
	if err != nil {
		return Coverage{}, err
	}
	byLevel := make([]uint8, len(m.Axes))
	for n, row := range rows {
		if !m.shaped(row) {
			return Coverage{}, fmt.Errorf("row %d does not fit the axes of the model", n+1)
		}
		if !m.all.holds(row) {
			return Coverage{}, fmt.Errorf("row %d, %s, is excluded by %s", n+1, m.ID(row), strings.Join(m.Excludes(row), ", "))
		}
		for level, axis := range l.order {
			byLevel[level] = row[axis]
		}
		t.mark(byLevel)
	}
	return m.coverageOf(t), nil
}

func (m *Model) coverageOf(t *tuples) Coverage {
	c := Coverage{Strength: t.strength}
	c.Valid, c.Covered = t.totals()
	if c.Complete() {
		return c
	}
	for levels, values := range t.missing {
		tuple := make([]symbol, len(levels))
		for i, level := range levels {
			tuple[i] = symbol{t.l.order[level], values[i]}
		}
		slices.SortFunc(tuple, func(a, b symbol) int { return a.axis - b.axis })
		tokens := make([]string, len(tuple))
		for i, s := range tuple {
			tokens[i] = m.Axes[s.axis].Values[s.value]
		}
		if c.Missing = append(c.Missing, tokens); len(c.Missing) == missingMax {
			break
		}
	}
	return c
}
