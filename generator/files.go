package generator

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// File is one shard of the golden set.
type File struct {
	Name string   // value tokens: the first is a folder, the rest joined by dots, "all" where nothing more was split
	IDs  []string // ascending by bytes
	Rows []Row    // the row of each id
}

// Files splits the suite into files of at most max rows, by name.
//
//  1. A group of more than max rows is split by the first axis, in axis order, on which its rows differ.
//  2. Values next to each other whose rows fit into one file share it, except on the first split, which makes the folders. They are cut
//     into as few runs of (almost) equally many values as fit: counting values and not rows keeps the cuts where they are when a
//     few rows come or go.
//  3. A group is named by the tokens of the axes it was split by, a run by its first and last token: credit_card/general.m12-merchant,
//     credit_card/general.lump.pay~cancel-paid, gift_cert/all, or just all.
//  4. Rows stand in a file by id. A max below 1 counts as 1.
func (s *Suite) Files(max int) []File {
	f := &splitter{suite: s, max: max, ids: make([]string, 0, len(s.Rows)), rows: make([]Row, 0, len(s.Rows))}
	if f.max < 1 {
		f.max = 1
	}
	group := make([]int32, len(s.Rows))
	for i := range group {
		group[i] = int32(i)
	}
	f.split(group, 0, nil)
	slices.SortFunc(f.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return f.files
}

// splitter collects the files of one suite. Groups are row numbers: moving those is cheap, moving rows is not.
type splitter struct {
	suite *Suite
	max   int
	files []File
	ids   []string // of all files, one after the other
	rows  []Row
	keys  []idKey
}

// split divides a group by the axes from axis on; names are the tokens so far.
func (f *splitter) split(group []int32, axis int, names []string) {
	if len(group) <= f.max {
		f.files = append(f.files, f.file(group, names))
		return
	}
	for !f.differ(group, axis) {
		axis++ // rows are all different, so some axis tells them apart
	}
	values := f.suite.m.Axes[axis].Values
	sorted, start := f.byValue(group, axis)
	var present []int
	for v := range values {
		if start[v] < start[v+1] {
			present = append(present, v)
		}
	}
	for len(present) > 0 {
		n := 1
		if len(names) > 0 {
			n = f.run(present, &start)
		}
		first, last := present[0], present[n-1]
		name := values[first]
		if n > 1 {
			name += "~" + values[last]
		}
		f.split(sorted[start[first]:start[last+1]], axis+1, append(names[:len(names):len(names)], name))
		present = present[n:]
	}
}

// run is how many of the values share the next file: the length of the runs into which the small groups ahead are cut.
func (f *splitter) run(present []int, start *starts) int {
	small := 0
	for small < len(present) && start[present[small]+1]-start[present[small]] <= f.max {
		small++
	}
	for runs := 1; runs < small; runs++ {
		n, fits := (small+runs-1)/runs, true
		for i := 0; i < small; i += n {
			last := min(i+n, small) - 1
			fits = fits && start[present[last]+1]-start[present[i]] <= f.max
		}
		if fits {
			return n
		}
	}
	return 1
}

func (f *splitter) differ(group []int32, axis int) bool {
	rows := f.suite.Rows
	for _, i := range group {
		if rows[i][axis] != rows[group[0]][axis] {
			return true
		}
	}
	return false
}

// starts is where the rows of every value begin in a group sorted by value; the entry after the last value is the end.
type starts [valuesMax + 1]int

// byValue sorts a group by the value on an axis and keeps its order otherwise.
func (f *splitter) byValue(group []int32, axis int) ([]int32, starts) {
	rows := f.suite.Rows
	var start, next starts
	for _, i := range group {
		start[rows[i][axis]+1]++
	}
	for v := range valuesMax {
		start[v+1] += start[v]
	}
	next = start
	sorted := make([]int32, len(group))
	for _, i := range group {
		v := rows[i][axis]
		sorted[next[v]] = i
		next[v]++
	}
	return sorted, start
}

// idKey orders the ids of a file: the sixteen bytes after what all of them begin with decide nearly every comparison.
type idKey struct {
	head, tail uint64
	row        int32
	at         int32 // place of the id before sorting
}

// file names a group and puts it in the order of its ids.
func (f *splitter) file(group []int32, names []string) File {
	ids := f.spell(group)
	shared := len(ids[0])
	for _, id := range ids[1:] {
		shared = min(shared, len(id))
		for shared > 0 && id[:shared] != ids[0][:shared] {
			shared--
		}
	}
	f.keys = f.keys[:0]
	for n, id := range ids {
		f.keys = append(f.keys, newKey(id[shared:], group[n], n))
	}
	slices.SortFunc(f.keys, func(a, b idKey) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		if a.tail != b.tail {
			return cmp.Compare(a.tail, b.tail)
		}
		return strings.Compare(ids[a.at], ids[b.at])
	})
	start := len(f.ids)
	for _, k := range f.keys {
		f.ids = append(f.ids, ids[k.at])
		f.rows = append(f.rows, f.suite.Rows[k.row])
	}
	end := len(f.ids)
	return File{Name: fileName(names), IDs: f.ids[start:end:end], Rows: f.rows[start:end:end]}
}

// spell writes the ids of a group into one string. Rows that follow each other begin alike: what they share is spelled once.
func (f *splitter) spell(group []int32) []string {
	written := f.suite.m.written
	var ends [axesMax + 1]int // axis -> length of the id before it
	var text strings.Builder
	text.Grow(64 * len(group))
	id := make([]byte, 0, 256)
	stops := make([]int, len(group))
	var last Row
	for n, i := range group {
		row, same := f.suite.Rows[i], 0
		for same < len(last) && row[same] == last[same] {
			same++
		}
		id = id[:ends[same]]
		for axis := same; axis < len(row); axis++ {
			id = append(id, written[axis][row[axis]]...)
			ends[axis+1] = len(id)
		}
		text.Write(id[1:]) // without the first dot; some axis leads, so there is one
		stops[n] = text.Len()
		last = row
	}
	ids, whole, start := make([]string, len(group)), text.String(), 0
	for n, stop := range stops {
		ids[n] = whole[start:stop]
		start = stop
	}
	return ids
}

func newKey(text string, row int32, at int) idKey {
	k := idKey{head: head(text), row: row, at: int32(at)}
	if len(text) > 8 {
		k.tail = head(text[8:])
	}
	return k
}

// head is the first eight bytes as a number that compares as they do. Tokens have no zero bytes, so a shorter text comes first.
func head(text string) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64([]byte(text[:8]))
	}
	var h uint64
	for i := range len(text) {
		h |= uint64(text[i]) << (56 - 8*i)
	}
	return h
}

func fileName(names []string) string {
	switch len(names) {
	case 0:
		return "all"
	case 1:
		return names[0] + "/all"
	}
	return names[0] + "/" + strings.Join(names[1:], ".")
}
