package generator

import "fmt"

// Weights of the greedy choice: a tuple that becomes covered counts for certain, one that only stays possible counts for a hope.
const (
	gainCovered  = 8
	gainPossible = 1
)

// repair adds rows until no valid tuple is uncovered.
func (w *weaver) repair() error {
	r := &repairer{weaver: w, below: w.tuples.reachable(), fixed: make([]bool, len(w.level)), with: make([][]int, len(w.level))}
	for i, s := range w.tuples.sets {
		for _, level := range s.levels {
			r.with[level] = append(r.with[level], i)
		}
	}
	for level := range w.level {
		r.dead = append(r.dead, make([]int32, w.l.width(level)))
	}
	for levels, values := range w.tuples.missing {
		if !r.build(levels, values) {
			return fmt.Errorf("no row has the valid tuple %v %v: the diagram contradicts itself", levels, values)
		}
		w.emit()
		w.tuples.mark(w.level)
	}
	return nil
}

// repairer builds one extra row after the other in weaver.level.
type repairer struct {
	*weaver
	below [][]uint64 // see tuples.reachable
	fixed []bool     // level -> its value is set: by the tuple, or by the walk above
	with  [][]int    // level -> the tuple sets that look at it
	dead  [][]int32  // level -> node -> the last attempt that found no way below it
	tries int32
	hash  uint64
	gains [valuesMax]int
}

// build finds a valid row with these values, greedily good, in level.
func (r *repairer) build(levels []int, values []uint8) bool {
	clear(r.fixed)
	r.hash = 0
	for i, level := range levels {
		r.fixed[level] = true
		r.level[level] = values[i]
		r.hash += r.hashes[level][values[i]]
	}
	r.tries++
	return r.descend(0, 0)
}

// descend chooses the values from level on. Values are tried by gain; what turns out to lead nowhere is not entered twice.
func (r *repairer) descend(level int, node int32) bool {
	if level == len(r.level) {
		return true
	}
	if r.dead[level][node] == r.tries {
		return false
	}
	mask := r.l.live[level][node]
	if r.fixed[level] {
		v := r.level[level]
		if mask>>v&1 != 0 && r.descend(level+1, r.l.step(level, node, v)) {
			return true
		}
		r.dead[level][node] = r.tries
		return false
	}
	mask = r.promising(level, node, mask)
	r.score(level, mask)
	gains := r.gains
	r.fixed[level] = true
	for mask != 0 {
		v := r.best(level, mask, &gains)
		mask &^= 1 << v
		r.level[level] = v
		if r.descend(level+1, r.l.step(level, node, v)) {
			return true
		}
	}
	r.fixed[level] = false
	r.dead[level][node] = r.tries
	return false
}

// promising keeps the values below which every fixed value of a later level still occurs, each for itself.
func (r *repairer) promising(level int, node int32, mask uint64) uint64 {
	out := mask
	for ; mask != 0; mask &= mask - 1 {
		v := lowest(mask)
		words := r.below[level+1][int(r.l.step(level, node, uint8(v)))*len(r.level):]
		for later := level + 1; later < len(r.level); later++ {
			if r.fixed[later] && words[later]>>r.level[later]&1 == 0 {
				out &^= 1 << v
				break
			}
		}
	}
	return out
}

// best is the value with the highest gain, ties by hash.
func (r *repairer) best(level int, mask uint64, gains *[valuesMax]int) uint8 {
	best := uint8(lowest(mask))
	high := mix(r.hash + r.hashes[level][best])
	for mask &= mask - 1; mask != 0; mask &= mask - 1 {
		v := uint8(lowest(mask))
		h := mix(r.hash + r.hashes[level][v])
		if gains[v] > gains[best] || gains[v] == gains[best] && h > high {
			best, high = v, h
		}
	}
	return best
}

// score sets the gain of every value in mask: uncovered tuples that it would cover together with the fixed values, and the
// last levels on which it keeps some possible.
func (r *repairer) score(level int, mask uint64) {
	for v := range r.l.size[level] {
		r.gains[v] = 0
	}
	for i := range r.tuples.sets {
		if s := &r.tuples.sets[i]; s.first <= level && r.assigned(s, -1) {
			at := s.word(r.level) + level - s.first
			for open := r.tuples.valid[at] &^ r.tuples.seen[at] & mask; open != 0; open &= open - 1 {
				r.gains[lowest(open)] += gainCovered
			}
		}
	}
	for _, i := range r.with[level] {
		if s := &r.tuples.sets[i]; r.assigned(s, level) {
			for m := mask; m != 0; m &= m - 1 {
				v := lowest(m)
				r.level[level] = uint8(v)
				r.gains[v] += r.hope(s, s.word(r.level))
			}
		}
	}
}

func (r *repairer) assigned(s *tupleSet, but int) bool {
	for _, level := range s.levels {
		if !r.fixed[level] && level != but {
			return false
		}
	}
	return true
}

// hope is what the words of one assignment of a set still offer.
func (r *repairer) hope(s *tupleSet, at int) int {
	sum := 0
	for k := range s.width {
		open := r.tuples.valid[at+k] &^ r.tuples.seen[at+k]
		switch last := s.first + k; {
		case open == 0:
		case !r.fixed[last]:
			sum += gainPossible
		case open>>r.level[last]&1 != 0:
			sum += gainCovered
		}
	}
	return sum
}
