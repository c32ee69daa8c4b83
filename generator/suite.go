package generator

import (
	"errors"
	"fmt"
	"slices"
)

// Suite is the set of cases that is kept: the product of the leading axes, with the other axes woven in.
type Suite struct {
	Rows     []Row    // all different, all valid: the product in its order, then the extra rows
	Base     int      // how many of them are the product
	Coverage Coverage // at the strength of the weave, counting the tuples with at least one woven axis

	m *Model
}

// Suite computes the suite of the axes file.
//
//  1. The base is every valid combination of the product axes. Each gets one value for each woven axis.
//  2. The value is chosen by rendezvous: for the woven axes in their order, of the values that can still be completed, the one
//     whose hash with the id of the base combination is highest. So a choice depends on nothing but that combination and that axis: a
//     new value takes its share of the rows and leaves the others as they are, and so does a new axis.
//  3. What the base covers is measured: every valid tuple of the strength of the weave that has a woven axis. (A tuple of product axes
//     only is in the product.)
//  4. For every tuple that is not covered, in a fixed order, an extra row is built that has it and as many other uncovered ones
//     as a greedy choice finds. An extra row covers something new, so it is no row that is there already.
//  5. The result is complete, or it is an error.
func (m *Model) Suite() (*Suite, error) {
	if m.plan == nil {
		return nil, errors.New("the axes file has no suite section")
	}
	p := m.plan
	l, err := m.ordered(slices.Concat(p.product, p.woven))
	if err != nil {
		return nil, err
	}
	w := &weaver{m: m, l: l, base: len(p.product), level: make([]uint8, len(m.Axes))}
	if len(p.woven) > 0 {
		if w.tuples, err = newTuples(l, p.strength, w.base, len(m.Axes)); err != nil {
			return nil, err
		}
	}
	if err := w.weave(); err != nil {
		return nil, err
	}
	s := &Suite{m: m, Base: len(w.flat) / len(m.Axes)}
	if w.tuples != nil {
		if err := w.repair(); err != nil {
			return nil, err
		}
		s.Coverage = m.coverageOf(w.tuples)
	}
	s.Rows = make([]Row, len(w.flat)/len(m.Axes))
	for i := range s.Rows {
		s.Rows[i] = w.flat[i*len(m.Axes) : (i+1)*len(m.Axes) : (i+1)*len(m.Axes)]
	}
	return s, nil
}

// rowsMax bounds a suite: it is held in memory and kept as files, so a product of this size belongs in the stream of Product.
const rowsMax = 4 << 20

// weaver builds one suite. Its levels are the product axes, then the woven ones.
type weaver struct {
	m      *Model
	l      *layers
	base   int // number of product levels
	tuples *tuples
	flat   []uint8 // the rows so far, in axis order, one after the other
	level  []uint8 // the row at hand, by level

	ends   [][]int      // product level -> the outer sets that end there
	acc    [][][]uint64 // level -> q -> block q of the rows below the value at hand
	heads  []int        // the words of the sets that end at the last product level, before its value is added
	stamp  stamp
	hashes [][]uint64 // level -> value -> hash of the token
	idHash [][]uint64 // level -> value -> what the token adds to the hash of the id: 0 where an id leaves it out
}

// weave writes the base rows and marks their tuples.
//
//  1. The product is walked as a tree. What the rows below a node saw of the woven levels is collected in blocks, and added once per
//     node to the tuples with the values above: that is most of the work of measuring, done per subtree and not per row.
//  2. A row by itself sees little of a block, so on the last level rows are marked one by one.
func (w *weaver) weave() error {
	counts, ok := w.l.counts(w.base)
	if !ok || counts[0][0] > rowsMax {
		return fmt.Errorf("the product of the suite has more than %d rows", rowsMax)
	}
	w.flat = make([]uint8, 0, (int(counts[0][0])+int(counts[0][0])/8)*len(w.m.Axes))
	for _, axis := range w.l.order {
		id := slices.Clone(w.m.hashes[axis])
		if a := &w.m.Axes[axis]; !a.Lead {
			id[a.Default] = 0
		}
		w.hashes = append(w.hashes, w.m.hashes[axis])
		w.idHash = append(w.idHash, id)
	}
	w.ends = make([][]int, w.base)
	w.acc = make([][][]uint64, w.base)
	if w.tuples == nil {
		w.walk(0, 0, 0)
		return nil
	}
	for level := range w.acc {
		for _, words := range w.tuples.blocks[:w.tuples.strength-1] {
			w.acc[level] = append(w.acc[level], make([]uint64, words))
		}
	}
	for i, o := range w.tuples.outers {
		if n := len(o.levels); n > 0 {
			w.ends[o.levels[n-1]] = append(w.ends[o.levels[n-1]], i)
		}
	}
	w.heads = make([]int, len(w.ends[w.base-1]))
	w.stamp = newStamp(w.tuples)
	w.walk(0, 0, 0)
	return nil
}

// walk visits every product row below a node of a product level; hash is the sum over the tokens of the id so far. It leaves in
// acc[level] what it saw.
func (w *weaver) walk(level int, node int32, hash uint64) {
	for _, block := range w.acc[level] {
		clear(block)
	}
	if level == w.base-1 {
		w.leaves(level, node, hash)
		return
	}
	for mask := w.l.live[level][node]; mask != 0; mask &= mask - 1 {
		v := uint8(lowest(mask))
		w.level[level] = v
		w.walk(level+1, w.l.step(level, node, v), hash+w.idHash[level][v])
		for q, block := range w.acc[level+1] {
			or(w.acc[level][q], block)
		}
		for _, i := range w.ends[level] {
			o := &w.tuples.outers[i]
			block := w.acc[level+1][o.q]
			or(w.tuples.seen[o.block(w.level):][:len(block)], block)
		}
	}
}

// leaves completes and writes the rows below a node of the last product level.
func (w *weaver) leaves(level int, node int32, hash uint64) {
	t := w.tuples
	w.level[level] = 0
	for n, i := range w.ends[level] {
		w.heads[n] = t.outers[i].block(w.level)
	}
	for mask := w.l.live[level][node]; mask != 0; mask &= mask - 1 {
		v := uint8(lowest(mask))
		w.level[level] = v
		w.choose(w.l.step(level, node, v), hash+w.idHash[level][v])
		w.emit()
		if t == nil {
			continue
		}
		w.stamp.press(t, w.level)
		w.stamp.mark(t.seen, t.strength-1) // the set without outer level comes first
		for n, i := range w.ends[level] {
			o := &t.outers[i]
			w.stamp.mark(t.seen[w.heads[n]+int(v)*o.stride[len(o.stride)-1]:], o.q)
		}
		for q, block := range w.acc[level] {
			w.stamp.mark(block, q)
		}
	}
}

// stamp is the tuples of one row inside blocks, computed once and then marked in several.
type stamp struct {
	words [][]stampWords // q -> where and what
	bits  []uint64       // inner level -> the value of the row
}

type stampWords struct {
	at   int
	bits []uint64 // a part of stamp.bits
}

func newStamp(t *tuples) stamp {
	s := stamp{words: make([][]stampWords, t.strength), bits: make([]uint64, t.depth-t.from)}
	for q, sets := range t.inners {
		for _, in := range sets {
			s.words[q] = append(s.words[q], stampWords{bits: s.bits[in.first-t.from:]})
		}
	}
	return s
}

// press takes the impression of a row by level.
func (s *stamp) press(t *tuples, row []uint8) {
	for i, v := range row[t.from:t.depth] {
		s.bits[i] = 1 << v
	}
	for q, sets := range t.inners {
		for i := range sets {
			s.words[q][i].at = sets[i].word(row)
		}
	}
}

// mark notes the row's tuples in a block q.
func (s *stamp) mark(block []uint64, q int) {
	for i := range s.words[q] {
		w := &s.words[q][i]
		or(block[w.at:][:len(w.bits)], w.bits)
	}
}

// choose picks the woven values of the row at hand, from the node where the product ends.
func (w *weaver) choose(node int32, hash uint64) {
	for level := w.base; level < len(w.level); level++ {
		mask := w.l.live[level][node]
		best := uint8(lowest(mask))
		if mask &= mask - 1; mask != 0 {
			hashes := w.hashes[level]
			high := mix(hash + hashes[best])
			for ; mask != 0; mask &= mask - 1 {
				v := uint8(lowest(mask))
				if h := mix(hash + hashes[v]); h > high {
					best, high = v, h
				}
			}
		}
		w.level[level] = best
		node = w.l.step(level, node, best)
	}
}

// emit appends the row at hand.
func (w *weaver) emit() {
	n := len(w.flat)
	w.flat = append(w.flat, w.level...)
	row := w.flat[n:]
	for level, axis := range w.l.order {
		row[axis] = w.level[level]
	}
}
