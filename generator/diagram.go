package generator

import (
	"fmt"
	"iter"
)

// A decision diagram is bounded: beyond a million nodes, or four million steps of joining, it needs hundreds of megabytes. Published
// benchmark models of this size stay below 40,000 nodes. A model beyond the bound is refused with the exclusion that crossed it.
const (
	nodesMax = 1 << 20
	stepsMax = 4 << 20
)

// The two leaves of every diagram.
const (
	no  int32 = 0
	yes int32 = 1
)

// diagram holds conditions as shared decision diagrams over axes in one fixed order.
//
//  1. A node asks one axis and has one child per value; an axis is asked at most once on a path, in order.
//  2. A node whose children are all the same is that child; two nodes that are alike are one. So equal conditions are equal
//     numbers, and only the condition that never holds is the leaf no.
//  3. Past nodesMax or stepsMax every operation answers no and full says so.
type diagram struct {
	order []int // level -> axis
	level []int // axis -> level
	size  []int // level -> number of values

	at    []int32 // node -> level; leaves stand below all levels
	first []int32 // node -> its first child in kids
	kids  []int32
	index []int32 // open addressing: hash of level and children -> node, 0 where free
	memo  [2]map[uint64]int32
	sizes []int // axis -> number of values
	full  bool
}

func newDiagram(sizes, order []int) *diagram {
	d := &diagram{order: order, level: make([]int, len(order)), size: make([]int, len(order)), sizes: sizes}
	for l, axis := range order {
		d.level[axis] = l
		d.size[l] = sizes[axis]
	}
	leaf := int32(len(order))
	d.at = []int32{leaf, leaf}
	d.first = []int32{0, 0}
	d.index = make([]int32, 1<<10)
	d.memo = [2]map[uint64]int32{{}, {}}
	return d
}

func hashNode(level int32, kids []int32) uint64 {
	h := uint64(level)
	for _, k := range kids {
		h = (h ^ uint64(uint32(k))) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}

// node finds or makes the node with these children.
func (d *diagram) node(level int32, kids []int32) int32 {
	alike := true
	for _, k := range kids {
		alike = alike && k == kids[0]
	}
	if alike {
		return kids[0]
	}
	if len(d.at)*2 > len(d.index) {
		d.grow()
	}
	slot := hashNode(level, kids) & uint64(len(d.index)-1)
	for ; d.index[slot] != 0; slot = (slot + 1) & uint64(len(d.index)-1) {
		if n := d.index[slot]; d.at[n] == level && equal(d.children(n), kids) {
			return n
		}
	}
	if len(d.at) >= nodesMax {
		d.full = true
		return no
	}
	n := int32(len(d.at))
	d.at = append(d.at, level)
	d.first = append(d.first, int32(len(d.kids)))
	d.kids = append(d.kids, kids...)
	d.index[slot] = n
	return n
}

func (d *diagram) grow() {
	d.index = make([]int32, 2*len(d.index))
	for n := int32(2); n < int32(len(d.at)); n++ {
		slot := hashNode(d.at[n], d.children(n)) & uint64(len(d.index)-1)
		for d.index[slot] != 0 {
			slot = (slot + 1) & uint64(len(d.index)-1)
		}
		d.index[slot] = n
	}
}

func equal(a, b []int32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (d *diagram) children(n int32) []int32 {
	return d.kids[d.first[n] : int(d.first[n])+d.size[d.at[n]]]
}

// child is where value v leads from node n when the axis of level is asked, whether or not n asks it.
func (d *diagram) child(n, level int32, v int) int32 {
	if d.at[n] != level {
		return n
	}
	return d.kids[int(d.first[n])+v]
}

// apply joins two conditions by opAnd or opOr.
func (d *diagram) apply(o op, a, b int32) int32 {
	neutral, final := yes, no
	if o == opOr {
		neutral, final = no, yes
	}
	switch {
	case a == final || b == final || d.full:
		return final
	case a == neutral || a == b:
		return b
	case b == neutral:
		return a
	case a > b:
		a, b = b, a
	}
	key := uint64(a)<<32 | uint64(b)
	memo := d.memo[o-opAnd]
	if n, ok := memo[key]; ok {
		return n
	}
	var kids [valuesMax]int32
	level := min(d.at[a], d.at[b])
	size := d.size[level]
	for v := range size {
		kids[v] = d.apply(o, d.child(a, level, v), d.child(b, level, v))
	}
	n := d.node(level, kids[:size])
	memo[key] = n
	d.full = d.full || len(memo) > stepsMax
	return n
}

// build turns a condition into a diagram.
func (d *diagram) build(c *cond) int32 {
	switch c.op {
	case opConst:
		if c.mask != 0 {
			return yes
		}
		return no
	case opIn:
		return d.choose(c.axis, c.mask)
	case opSame:
		return d.buildSame(c)
	}
	out := d.build(&c.kids[0])
	for i := 1; i < len(c.kids); i++ {
		out = d.apply(c.op, out, d.build(&c.kids[i]))
	}
	return out
}

// choose is the condition that the value of an axis is in mask.
func (d *diagram) choose(axis int, mask uint64) int32 {
	var kids [valuesMax]int32
	size := d.sizes[axis]
	for v := range size {
		kids[v] = int32(mask >> v & 1)
	}
	return d.node(int32(d.level[axis]), kids[:size])
}

func (d *diagram) buildSame(c *cond) int32 {
	out := no
	for v, other := range c.same {
		var mask uint64
		if other != none {
			mask = 1 << other
		}
		if c.mask == 0 {
			mask = ^mask & full(d.sizes[c.other])
		}
		out = d.apply(opOr, out, d.apply(opAnd, d.choose(c.axis, 1<<v), d.choose(c.other, mask)))
	}
	return out
}

// join is the condition that none of the exclusions hits.
func (m *Model) join(d *diagram, exclusions iter.Seq[Exclusion]) (int32, error) {
	root := yes
	for x := range exclusions {
		allowed := x.hit.not(d.sizes)
		root = d.apply(opAnd, root, d.build(&allowed))
		if d.full {
			return no, &Error{File: m.file, Line: x.line, Col: x.col, Msg: fmt.Sprintf(
				"exclusion %s: the exclusions together need a decision diagram beyond %d nodes or %d steps", x.Name, nodesMax, stepsMax)}
		}
	}
	return root, nil
}
