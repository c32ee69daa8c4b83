package generator

import (
	"fmt"
	"slices"
)

// Warnings finds what is legal and probably not meant:
//
//  1. an exclusion, or an only_when, that takes away nothing which the others leave;
//  2. a value that no valid combination has.
func (m *Model) Warnings() []Warning {
	var out []Warning
	d := newDiagram(m.sizes(), m.all.order)
	for i := range m.Exclusions {
		x := &m.Exclusions[i]
		others := func(yield func(Exclusion) bool) {
			for _, o := range slices.Concat(m.Exclusions[:i], m.Exclusions[i+1:]) {
				if !yield(o) {
					return
				}
			}
		}
		rest, err := m.join(d, others)
		if err != nil {
			continue // too large to say anything about this one
		}
		if d.apply(opAnd, rest, d.build(&x.hit)) == no && !d.full {
			out = append(out, Warning{m.file, x.line, x.col, fmt.Sprintf("exclusion %s excludes nothing that the others leave", x.Name)})
		}
	}
	for i := range m.Axes {
		var seen uint64
		for _, live := range m.all.live[i] {
			seen |= live
		}
		for v, token := range m.Axes[i].Values {
			if at := m.Axes[i].places[v]; seen>>v&1 == 0 {
				out = append(out, Warning{m.file, at.line, at.col, fmt.Sprintf("no combination has the value %s of axis %s", token, m.Axes[i].Name)})
			}
		}
	}
	return out
}
