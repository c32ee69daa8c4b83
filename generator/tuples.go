package generator

import (
	"fmt"
	"math/bits"
	"slices"
)

// wordsMax bounds a tuple table: 16 million words are 128 MB, twice.
const wordsMax = 16 << 20

// tuples counts, for a strength t, which combinations of values of t axes can occur and which were seen.
//
//  1. Axes are levels of a layers: a tuple has one value on each of t levels. Levels from depth on are not looked at.
//  2. Levels below from are outer, the others inner, and the last level of a tuple is inner. (The suite asks for the tuples with a
//     woven axis; product levels are outer, woven levels inner. Without outer levels these are all tuples.)
//  3. A set is the first t-1 levels of a tuple. For every assignment of a set there is one word per possible last level, side by side,
//     whose bits are the values of that level.
//  4. The words of one assignment of the outer levels of a set stand together, as a block: block q has the words of every assignment
//     of every q inner levels. So what the rows of a whole subtree saw is added to an outer assignment in one pass.
//  5. valid comes from the decision diagram: a tuple is valid if some valid row has it, whether or not a row was marked.
type tuples struct {
	l        *layers
	strength int
	from     int
	depth    int
	outers   []outerSet // by levels, as a tree is walked
	inners   [][]tupleSet
	blocks   []int      // q -> words of block q
	sets     []tupleSet // every outer set with every inner set
	valid    []uint64
	seen     []uint64
}

// outerSet is where the blocks of one set of outer levels are.
type outerSet struct {
	levels []int
	stride []int
	offset int
	q      int
}

// tupleSet is where the words of one set of levels are; in inners the offset counts from the start of the block.
type tupleSet struct {
	levels []int
	stride []int
	offset int
	first  int // the last level of the tuple runs from here to depth-1
	width  int
}

func newTuples(l *layers, strength, from, depth int) (*tuples, error) {
	t := &tuples{l: l, strength: strength, from: from, depth: depth}
	words := 0
	for q := range strength {
		sets, size := t.innerSets(q)
		t.inners = append(t.inners, sets)
		t.blocks = append(t.blocks, size)
		words = max(words, size)
	}
	if words <= wordsMax {
		words = t.placeOuters()
	}
	if words > wordsMax {
		return nil, fmt.Errorf("tuples of strength %d over %d axes need a table of more than %d words", strength, depth, wordsMax)
	}
	t.valid, t.seen = make([]uint64, words), make([]uint64, words)
	t.fillValid()
	return t, nil
}

// innerSets lays out block q. Past wordsMax the size is only known to be too large.
func (t *tuples) innerSets(q int) (sets []tupleSet, words int) {
	subsets(t.from, t.depth, q, func(levels []int) bool {
		s := tupleSet{levels: levels, offset: words, first: t.from}
		if q > 0 {
			s.first = levels[q-1] + 1
		}
		if s.width = t.depth - s.first; s.width == 0 {
			return true
		}
		var size int
		s.stride, size = t.strides(levels, s.width)
		words += size
		sets = append(sets, s)
		return words <= wordsMax
	})
	return sets, words
}

// placeOuters lays out all blocks and lists the sets.
func (t *tuples) placeOuters() (words int) {
	for s := range t.strength {
		q := t.strength - 1 - s
		if t.blocks[q] == 0 {
			continue // fewer inner levels than such a tuple needs
		}
		subsets(0, t.from, s, func(levels []int) bool {
			o := outerSet{levels: levels, offset: words, q: q}
			var size int
			o.stride, size = t.strides(levels, t.blocks[q])
			words += size
			t.outers = append(t.outers, o)
			for _, in := range t.inners[q] {
				t.sets = append(t.sets, tupleSet{
					levels: slices.Concat(levels, in.levels),
					stride: slices.Concat(o.stride, in.stride),
					offset: o.offset + in.offset,
					first:  in.first,
					width:  in.width,
				})
			}
			return words <= wordsMax
		})
	}
	return words
}

// strides are the distances between neighbouring values of the levels when the last level is unit words apart.
func (t *tuples) strides(levels []int, unit int) (strides []int, size int) {
	strides = make([]int, len(levels))
	for i := len(levels) - 1; i >= 0; i-- {
		strides[i] = unit
		if unit = unit * t.l.size[levels[i]]; unit > wordsMax {
			return strides, unit
		}
	}
	return strides, unit
}

// subsets calls f with every ascending choice of n numbers from [from, to) until f says stop.
func subsets(from, to, n int, f func([]int) bool) bool {
	var extend func(chosen []int, next int) bool
	extend = func(chosen []int, next int) bool {
		if len(chosen) == n {
			return f(slices.Clone(chosen))
		}
		for i := next; i < to; i++ {
			if !extend(append(chosen, i), i+1) {
				return false
			}
		}
		return true
	}
	return extend(make([]int, 0, n), from)
}

// fillValid walks the diagram once per combination of t-2 values, not once per tuple: the nodes reached with those values fixed say
// which values of the next level are possible, and the nodes below say which values of every level after it.
func (t *tuples) fillValid() {
	v := validator{tuples: t, below: t.reachable(), byLevels: map[string]int{}}
	for i, s := range t.sets {
		v.byLevels[levelKey(s.levels)] = i
	}
	if t.strength == 1 {
		for i := range t.sets {
			s := &t.sets[i]
			copy(t.valid[s.offset:s.offset+s.width], v.below[0][s.first:t.depth])
		}
		return
	}
	reached := make([][]bool, t.depth+1)
	for level := range reached {
		reached[level] = make([]bool, t.l.width(level))
		for i := range reached[level] {
			reached[level][i] = true
		}
	}
	v.extend(nil, nil, reached)
}

func levelKey(levels []int) string {
	key := make([]byte, len(levels))
	for i, l := range levels {
		key[i] = byte(l)
	}
	return string(key)
}

// validator is one run of fillValid.
type validator struct {
	*tuples
	below    [][]uint64 // level -> node*depth + later level -> values that can follow
	byLevels map[string]int
}

// reachable is, for every node, the values of its level and all later ones that valid rows through it have.
func (t *tuples) reachable() [][]uint64 {
	below := make([][]uint64, t.depth+1)
	below[t.depth] = make([]uint64, t.l.width(t.depth)*t.depth)
	for level := t.depth - 1; level >= 0; level-- {
		below[level] = make([]uint64, t.l.width(level)*t.depth)
		for node := range t.l.width(level) {
			words := below[level][node*t.depth:][:t.depth]
			words[level] = t.l.live[level][node]
			for mask := words[level]; mask != 0; mask &= mask - 1 {
				child := t.l.step(level, int32(node), uint8(lowest(mask)))
				or(words[level+1:], below[level+1][int(child)*t.depth+level+1:])
			}
		}
	}
	return below
}

func or(dst, src []uint64) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] |= src[i]
	}
}

// extend fixes one more value after those of levels; reached are the nodes that rows with the fixed values pass.
func (v *validator) extend(levels []int, values []uint8, reached [][]bool) {
	start := 0
	if len(levels) > 0 {
		start = levels[len(levels)-1] + 1
	}
	last := len(levels) == v.strength-2
	for level := start; level < v.depth; level++ {
		set := -1
		if last {
			i, ok := v.byLevels[levelKey(append(levels[:len(levels):len(levels)], level))]
			if !ok {
				continue
			}
			set = i
		}
		for value := range uint8(v.l.size[level]) {
			children := v.children(level, value, reached[level])
			if children == nil {
				continue
			}
			longer := append(values[:len(values):len(values)], value)
			if last {
				v.record(&v.sets[set], longer, level, children)
				continue
			}
			v.extend(append(levels[:len(levels):len(levels)], level), longer, v.forward(level+1, children))
		}
	}
}

// children are the nodes that a value leads to, nil when it leads to none.
func (v *validator) children(level int, value uint8, reached []bool) []bool {
	var out []bool
	for node, here := range reached {
		if !here {
			continue
		}
		if child := v.l.step(level, int32(node), value); child >= 0 {
			if out == nil {
				out = make([]bool, v.l.width(level+1))
			}
			out[child] = true
		}
	}
	return out
}

// forward follows every value from the nodes of a level down to depth.
func (v *validator) forward(level int, nodes []bool) [][]bool {
	reached := make([][]bool, v.depth+1)
	reached[level] = nodes
	for ; level < v.depth; level++ {
		below := make([]bool, v.l.width(level+1))
		for node, here := range reached[level] {
			if !here {
				continue
			}
			for _, child := range v.l.next[level][node*v.l.size[level]:][:v.l.size[level]] {
				if child >= 0 {
					below[child] = true
				}
			}
		}
		reached[level+1] = below
	}
	return reached
}

func (v *validator) record(s *tupleSet, values []uint8, level int, children []bool) {
	words := v.valid[s.at(values):][:s.width]
	for child, here := range children {
		if here {
			or(words, v.below[level+1][child*v.depth+s.first:])
		}
	}
}

// at is the first word of an assignment of the set's levels.
func (s *tupleSet) at(values []uint8) int {
	at := s.offset
	for i, v := range values {
		at += s.stride[i] * int(v)
	}
	return at
}

// word is the first word of the set for a row by level.
func (s *tupleSet) word(row []uint8) int { return index(s.offset, s.levels, s.stride, row) }

// block is the first word of the block of a row by level.
func (o *outerSet) block(row []uint8) int { return index(o.offset, o.levels, o.stride, row) }

func index(at int, levels, stride []int, row []uint8) int {
	stride = stride[:len(levels)]
	for i, level := range levels {
		at += stride[i] * int(row[level])
	}
	return at
}

// mark notes every tuple of a row given by level.
func (t *tuples) mark(row []uint8) {
	for i := range t.outers {
		o := &t.outers[i]
		t.markBlock(t.seen[o.block(row):], o.q, row)
	}
}

// markBlock notes the tuples of one outer assignment in a block q.
func (t *tuples) markBlock(block []uint64, q int, row []uint8) {
	for i := range t.inners[q] {
		s := &t.inners[q][i]
		words := block[s.word(row):][:s.width]
		for k, v := range row[s.first:t.depth] {
			words[k] |= 1 << v
		}
	}
}

// totals counts the valid tuples and those of them that were seen.
func (t *tuples) totals() (valid, covered uint64) {
	for i, w := range t.valid {
		valid += uint64(bits.OnesCount64(w))
		covered += uint64(bits.OnesCount64(w & t.seen[i]))
	}
	return valid, covered
}

// missing streams the valid tuples that were not seen when the walk passes them, in the order of sets, values and last level.
func (t *tuples) missing(yield func(levels []int, values []uint8) bool) {
	for i := range t.sets {
		s := &t.sets[i]
		levels, values := append(slices.Clone(s.levels), 0), make([]uint8, t.strength)
		prefix := values[:len(values)-1]
		for more := true; more; more = next(prefix, s.levels, t.l.size) {
			at := s.at(prefix)
			for k := range s.width {
				level := s.first + k
				if t.valid[at+k]&^t.seen[at+k] == 0 {
					continue
				}
				for v := range uint8(t.l.size[level]) {
					if (t.valid[at+k]&^t.seen[at+k])>>v&1 == 0 {
						continue
					}
					levels[t.strength-1], values[t.strength-1] = level, v
					if !yield(levels, values) {
						return
					}
				}
			}
		}
	}
}

// next moves values on like an odometer, last place fastest, and says whether it did not wrap.
func next(values []uint8, levels, size []int) bool {
	for i := len(levels) - 1; i >= 0; i-- {
		if values[i]++; int(values[i]) < size[levels[i]] {
			return true
		}
		values[i] = 0
	}
	return false
}
