package generator

import "math/bits"

// op is the shape of a condition. There is no negation: it is pushed down to the leaves when the condition is built.
type op uint8

const (
	opConst op = iota // mask != 0
	opIn              // the value of axis is in mask
	opSame            // axis and other have the same token (mask != 0) or not (mask == 0)
	opAnd
	opOr
)

// cond is a checked condition over one row.
type cond struct {
	op          op
	axis, other int
	mask        uint64  // values of axis, as bits: the reason for 64 values at most
	same        []uint8 // opSame: for every value of axis the equal value of other, none where there is none
	kids        []cond
}

const none = 0xff

func constant(b bool) cond {
	if b {
		return cond{op: opConst, mask: 1}
	}
	return cond{op: opConst}
}

func (c *cond) eval(row Row) bool {
	switch c.op {
	case opConst:
		return c.mask != 0
	case opIn:
		return c.mask>>row[c.axis]&1 != 0
	case opSame:
		return (c.same[row[c.axis]] == row[c.other]) == (c.mask != 0)
	case opAnd:
		for i := range c.kids {
			if !c.kids[i].eval(row) {
				return false
			}
		}
		return true
	}
	for i := range c.kids {
		if c.kids[i].eval(row) {
			return true
		}
	}
	return false
}

// not is the complement; sizes are the numbers of values per axis.
func (c cond) not(sizes []int) cond {
	switch c.op {
	case opConst:
		return constant(c.mask == 0)
	case opIn:
		c.mask = ^c.mask & full(sizes[c.axis])
		return c
	case opSame:
		c.mask ^= 1
		return c
	}
	kids := make([]cond, len(c.kids))
	for i := range kids {
		kids[i] = c.kids[i].not(sizes)
	}
	return cond{op: opAnd + opOr - c.op, kids: kids}
}

// mentions is the set of axes the condition looks at.
func (c *cond) mentions() uint64 {
	switch c.op {
	case opConst:
		return 0
	case opIn:
		return 1 << c.axis
	case opSame:
		return 1<<c.axis | 1<<c.other
	}
	var set uint64
	for i := range c.kids {
		set |= c.kids[i].mentions()
	}
	return set
}

// full is the mask of n values.
func full(n int) uint64 { return ^uint64(0) >> (64 - n) }

func lowest(mask uint64) int { return bits.TrailingZeros64(mask) }
