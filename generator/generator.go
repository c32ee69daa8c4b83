// Package generator turns a file of axes and exclusions into the combinations that can occur: counted, listed, named, woven and measured.
//
//  1. A [Model] is read by [Load] and never changes. It knows no domain: an axis is a name with value tokens, nothing else.
//  2. A combination is a [Row], one value index per axis. A row is valid when no exclusion hits it.
//  3. The id of a row is the tokens of its values joined by dots, in axis order; an axis at its default is left out unless it leads.
//     Tokens are unique over all axes, so an id is read back without axis names, and a new axis or value renames nothing.
//  4. Exclusions are compiled to a decision diagram. Counts, ranks and the validity of tuples are read from it; nothing is
//     generated and then rejected.
//  5. [Model.Product] is every valid combination of some axes; [Model.Suite] is the product of the leading axes with the others
//     woven in at a strength; [Model.Coverage] measures any set of rows.
//  6. Every result is a function of the axes file alone: no clock, no map order, no random source.
package generator

import (
	"math/big"
	"slices"
)

// Row is one combination: the value index of every axis, in the order of Model.Axes.
type Row []uint8

// Axis is one dimension of the model.
type Axis struct {
	Name    string
	Values  []string // tokens, unique over all axes of the model
	Notes   []string // what a value means, one per value, "" where the file says nothing
	Default int      // index of the value that an id leaves out
	Lead    bool     // the value is always written in the id

	places []place // where each value stands in the file
}

type place struct{ line, col int }

// Exclusion is one reason why combinations cannot occur. An axis with only_when carries an implied one, named "only_when NAME".
type Exclusion struct {
	Name   string
	Reason string
	When   string // source text of the two conditions: a row is excluded where both hold
	Never  string

	line, col int
	hit       cond // when and never
}

// Model is a loaded axes file. It is immutable and safe for concurrent use; the exported slices are not to be changed.
type Model struct {
	Axes       []Axis
	Exclusions []Exclusion

	file    string
	axes    map[string]int    // axis name -> index
	tokens  map[string]symbol // value token -> where it belongs
	hashes  [][]uint64        // hash of every token, by axis and value
	written [][]string        // what every value adds to an id, by axis and value
	all     *layers           // the valid rows, axes in file order
	plan    *plan             // nil without a suite section
}

// symbol is one value of one axis.
type symbol struct {
	axis  int
	value uint8
}

// plan is the suite section: axis indices.
type plan struct {
	product  []int // in axis order
	woven    []int // in the order of the file
	strength int
}

// Axis finds an axis by name.
func (m *Model) Axis(name string) (index int, ok bool) {
	index, ok = m.axes[name]
	return index, ok
}

// Value finds a value by its token, which is unique over all axes.
func (m *Model) Value(token string) (axis, value int, ok bool) {
	s, ok := m.tokens[token]
	return s.axis, int(s.value), ok
}

// Defaults is the row with every axis at its default. It need not be valid.
func (m *Model) Defaults() Row {
	row := make(Row, len(m.Axes))
	for i := range m.Axes {
		row[i] = uint8(m.Axes[i].Default)
	}
	return row
}

// Count is the exact number of valid rows, without listing one.
func (m *Model) Count() *big.Int { return m.all.bigCount() }

// Valid says whether a row has the right shape and no exclusion hits it.
func (m *Model) Valid(row Row) bool { return m.shaped(row) && m.all.holds(row) }

// Excludes names the exclusions that hit a row, in the order of the file; none for a valid row.
// A row of the wrong shape hits none: its shape is what is wrong, and Valid says so.
func (m *Model) Excludes(row Row) []string {
	if !m.shaped(row) {
		return nil
	}
	var names []string
	for i := range m.Exclusions {
		if m.Exclusions[i].hit.eval(row) {
			names = append(names, m.Exclusions[i].Name)
		}
	}
	return names
}

func (m *Model) shaped(row Row) bool {
	if len(row) != len(m.Axes) {
		return false
	}
	for i, v := range row {
		if int(v) >= len(m.Axes[i].Values) {
			return false
		}
	}
	return true
}

// sizes is the number of values per axis.
func (m *Model) sizes() []int {
	sizes := make([]int, len(m.Axes))
	for i := range m.Axes {
		sizes[i] = len(m.Axes[i].Values)
	}
	return sizes
}

// layersIn builds the valid rows with the axes in the given order, which must name every axis once.
func (m *Model) layersIn(order []int) (*layers, error) {
	d := newDiagram(m.sizes(), order)
	root, err := m.join(d, slices.Values(m.Exclusions))
	if err != nil {
		return nil, err
	}
	return newLayers(d, root), nil
}
