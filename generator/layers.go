package generator

import (
	"math/big"
	"math/bits"
)

// layers is a decision diagram laid out for walking: every path asks every axis, level by level, and every node that is there
// leads to at least one valid row. So a walk never has to turn back.
type layers struct {
	order []int      // level -> axis
	size  []int      // level -> number of values
	next  [][]int32  // level -> node*size + value -> node of the next level, -1 where nothing valid follows
	live  [][]uint64 // level -> node -> the values that lead on
}

// newLayers lays out the condition root. Without any valid row the first level has no node.
func newLayers(d *diagram, root int32) *layers {
	n := len(d.order)
	l := &layers{order: d.order, size: d.size, next: make([][]int32, n), live: make([][]uint64, n)}
	if root == no {
		return l
	}
	here := []int32{root}
	place := make([]int32, len(d.at)) // diagram node -> its number in the next level + 1
	for level := range n {
		size := d.size[level]
		next := make([]int32, len(here)*size)
		live := make([]uint64, len(here))
		var below []int32
		for i, node := range here {
			for v := range size {
				child := d.child(node, int32(level), v)
				if child == no {
					next[i*size+v] = -1
					continue
				}
				if place[child] == 0 {
					below = append(below, child)
					place[child] = int32(len(below))
				}
				next[i*size+v] = place[child] - 1
				live[i] |= 1 << v
			}
		}
		for _, child := range below {
			place[child] = 0
		}
		l.next[level], l.live[level] = next, live
		here = below
	}
	return l
}

func (l *layers) empty() bool { return len(l.live) > 0 && len(l.live[0]) == 0 }

// width is the number of nodes of a level; below the last level there is the one end.
func (l *layers) width(level int) int {
	if level == len(l.live) {
		return 1
	}
	return len(l.live[level])
}

func (l *layers) step(level int, node int32, value uint8) int32 {
	return l.next[level][int(node)*l.size[level]+int(value)]
}

// holds says whether a row of the right shape is valid.
func (l *layers) holds(row Row) bool {
	if l.empty() {
		return false
	}
	node := int32(0)
	for level, axis := range l.order {
		if node = l.step(level, node, row[axis]); node < 0 {
			return false
		}
	}
	return true
}

// counts is the number of assignments of the levels above depth below every node; ok is false when one exceeds 64 bits.
func (l *layers) counts(depth int) (counts [][]uint64, ok bool) {
	counts = make([][]uint64, depth+1)
	counts[depth] = make([]uint64, l.width(depth))
	for i := range counts[depth] {
		counts[depth][i] = 1
	}
	ok = true
	for level := depth - 1; level >= 0; level-- {
		counts[level] = make([]uint64, l.width(level))
		for i := range counts[level] {
			for mask := l.live[level][i]; mask != 0; mask &= mask - 1 {
				sum, carry := bits.Add64(counts[level][i], counts[level+1][l.step(level, int32(i), uint8(lowest(mask)))], 0)
				counts[level][i] = sum
				ok = ok && carry == 0
			}
		}
	}
	return counts, ok
}

// bigCount is the number of valid rows without any limit.
func (l *layers) bigCount() *big.Int {
	if l.empty() {
		return new(big.Int)
	}
	if counts, ok := l.counts(len(l.order)); ok {
		return new(big.Int).SetUint64(counts[0][0])
	}
	below := []*big.Int{big.NewInt(1)}
	for level := len(l.order) - 1; level >= 0; level-- {
		here := make([]*big.Int, l.width(level))
		for i := range here {
			here[i] = new(big.Int)
			for mask := l.live[level][i]; mask != 0; mask &= mask - 1 {
				here[i].Add(here[i], below[l.step(level, int32(i), uint8(lowest(mask)))])
			}
		}
		below = here
	}
	return below[0]
}
