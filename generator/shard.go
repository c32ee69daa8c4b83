package generator

import (
	"fmt"
	"strconv"
	"strings"
)

// shardsMax bounds n of a shard i/n: more parallel runs than this are a typing error.
const shardsMax = 1 << 20

// Shard is one of Count parts of any set of cases: the cases whose id hashes to it. A case keeps its shard when the set grows.
type Shard struct{ Index, Count int } // Index from 1 to Count

// ParseShard reads "i/n".
func ParseShard(text string) (Shard, error) {
	left, right, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	switch {
	case !ok || err1 != nil || err2 != nil:
		return Shard{}, fmt.Errorf("shard %q: want i/n, such as 2/8", text)
	case n < 1 || n > shardsMax:
		return Shard{}, fmt.Errorf("shard %q: %d parts, want 1 to %d", text, n, shardsMax)
	case i < 1 || i > n:
		return Shard{}, fmt.Errorf("shard %q: part %d of %d", text, i, n)
	}
	return Shard{i, n}, nil
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// Has says whether the case with this id belongs to the shard.
func (s Shard) Has(id string) bool { return ShardOf(id, s.Count) == s.Index }

// ShardOf is the shard, from 1 to count, of the case with this id.
func ShardOf(id string, count int) int {
	if count < 2 {
		return 1
	}
	return int(hashText(id)%uint64(count)) + 1
}
