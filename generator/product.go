package generator

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// Product is every valid combination of some axes, in the order of their values, first axis slowest.
//
//  1. A combination of the product's axes counts if the other axes can complete it to a valid row.
//  2. The rows it gives are complete and valid: in axis order, each other axis takes its default where that can be completed, else its
//     first value that can. So every row has an id, and an axis that joins the model with a default changes none.
//  3. Ranks run from 0 to Count()-1 in the order of All. A rank is a position, never a name: it moves when a value is added.
type Product struct {
	m      *Model
	l      *layers
	depth  int // the first levels are the product, the rest are filled in
	counts [][]uint64
	fill   [][]uint8 // node at depth -> values of the levels from there on
}

// Product prepares the product over the named axes, all axes when none is named. The order of the names does not matter.
func (m *Model) Product(axes ...string) (*Product, error) {
	chosen, err := m.indices(axes)
	if err != nil {
		return nil, err
	}
	l, err := m.ordered(chosen)
	if err != nil {
		return nil, err
	}
	counts, ok := l.counts(len(chosen))
	if !ok {
		return nil, fmt.Errorf("the product of %d axes has more than %d combinations", len(chosen), ^uint64(0))
	}
	return &Product{m: m, l: l, depth: len(chosen), counts: counts, fill: m.fillings(l, len(chosen))}, nil
}

// indices are the named axes, ascending; all of them when none is named.
func (m *Model) indices(names []string) ([]int, error) {
	var chosen []int
	for _, name := range names {
		i, ok := m.axes[name]
		if !ok {
			return nil, fmt.Errorf("unknown axis %q", name)
		}
		if slices.Contains(chosen, i) {
			return nil, fmt.Errorf("axis %q twice", name)
		}
		chosen = append(chosen, i)
	}
	if len(chosen) == 0 {
		for i := range m.Axes {
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

// ordered is the valid rows with the chosen axes first.
func (m *Model) ordered(chosen []int) (*layers, error) {
	if len(chosen) == len(m.Axes) && slices.IsSorted(chosen) {
		return m.all, nil
	}
	order := slices.Clone(chosen)
	for i := range m.Axes {
		if !slices.Contains(chosen, i) {
			order = append(order, i)
		}
	}
	return m.layersIn(order)
}

// fillings completes every node at depth: the default where it leads on, else the first value that does.
func (m *Model) fillings(l *layers, depth int) [][]uint8 {
	fill := make([][]uint8, l.width(depth))
	for i := range fill {
		node := int32(i)
		for level := depth; level < len(l.order); level++ {
			v := uint8(m.Axes[l.order[level]].Default)
			if l.live[level][node]>>v&1 == 0 {
				v = uint8(lowest(l.live[level][node]))
			}
			fill[i] = append(fill[i], v)
			node = l.step(level, node, v)
		}
	}
	return fill
}

// Count is the exact number of combinations.
func (p *Product) Count() uint64 { return p.counts[0][0] }

// Rank is the position of a row; ok is false when the row has the wrong shape or the product does not have it. Only the product's
// axes are looked at.
func (p *Product) Rank(row Row) (rank uint64, ok bool) {
	if !p.m.shaped(row) {
		return 0, false
	}
	node := int32(0)
	for level := range p.depth {
		v := row[p.l.order[level]]
		live := p.l.live[level][node]
		if live>>v&1 == 0 {
			return 0, false
		}
		for mask := live & (1<<v - 1); mask != 0; mask &= mask - 1 {
			rank += p.counts[level+1][p.l.step(level, node, uint8(lowest(mask)))]
		}
		node = p.l.step(level, node, v)
	}
	return rank, true
}

// Unrank writes the row at a position into row, which must have one place per axis of the model.
func (p *Product) Unrank(rank uint64, row Row) error {
	if rank >= p.Count() {
		return fmt.Errorf("rank %d of a product of %d", rank, p.Count())
	}
	if len(row) != len(p.m.Axes) {
		return fmt.Errorf("row with %d places for %d axes", len(row), len(p.m.Axes))
	}
	p.unrank(rank, row, make([]int32, p.depth+1))
	return nil
}

// unrank also leaves the nodes it passed in path.
func (p *Product) unrank(rank uint64, row Row, path []int32) {
	path[0] = 0
	for level := range p.depth {
		for mask := p.l.live[level][path[level]]; ; mask &= mask - 1 {
			v := uint8(lowest(mask))
			child := p.l.step(level, path[level], v)
			if n := p.counts[level+1][child]; rank >= n {
				rank -= n
				continue
			}
			row[p.l.order[level]] = v
			path[level+1] = child
			break
		}
	}
	p.complete(row, path[p.depth])
}

func (p *Product) complete(row Row, node int32) {
	for i, v := range p.fill[node] {
		row[p.l.order[p.depth+i]] = v
	}
}

// All streams the product with the rank of each row. The row is reused: clone it to keep it.
func (p *Product) All() iter.Seq2[uint64, Row] { return p.Range(0, p.Count()) }

// Range streams the rows with from <= rank < to, starting at once wherever from is. The row is reused.
func (p *Product) Range(from, to uint64) iter.Seq2[uint64, Row] {
	to = min(to, p.Count())
	return func(yield func(uint64, Row) bool) {
		if from >= to {
			return
		}
		row := make(Row, len(p.m.Axes))
		path := make([]int32, p.depth+1)
		p.unrank(from, row, path)
		for rank := from; yield(rank, row); {
			if rank++; rank == to {
				return
			}
			p.advance(row, path)
		}
	}
}

// advance moves to the next row, which must exist.
func (p *Product) advance(row Row, path []int32) {
	level := p.depth - 1
	var mask uint64
	for ; ; level-- {
		v := row[p.l.order[level]]
		if mask = p.l.live[level][path[level]] &^ (1<<v | (1<<v - 1)); mask != 0 {
			break
		}
	}
	for {
		v := uint8(lowest(mask))
		row[p.l.order[level]] = v
		path[level+1] = p.l.step(level, path[level], v)
		if level++; level == p.depth {
			break
		}
		mask = p.l.live[level][path[level]]
	}
	p.complete(row, path[p.depth])
}

// Part is the contiguous part of the ranks that s.Index of s.Count equal parts has, give or take one: from <= rank < to.
func (p *Product) Part(s Shard) (from, to uint64) {
	return scale(p.Count(), s.Index-1, s.Count), scale(p.Count(), s.Index, s.Count)
}

// scale is n*i/k without overflow.
func scale(n uint64, i, k int) uint64 {
	hi, lo := bits.Mul64(n, uint64(i))
	q, _ := bits.Div64(hi, lo, uint64(k))
	return q
}
