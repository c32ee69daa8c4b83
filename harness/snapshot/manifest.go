package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Digest names one thing the answers were computed from (axes, data, legacy, known) and says which version of it.
type Digest struct{ Name, Value string }

// Digests are in the order of the manifest's header.
type Digests []Digest

// Differ lists the names whose value is not the same in both, in the order of d, then what only e has.
func (d Digests) Differ(e Digests) []DigestChange {
	var out []DigestChange
	for _, a := range d {
		if b, ok := e.value(a.Name); !ok || a.Value != b {
			out = append(out, DigestChange{Name: a.Name, Old: a.Value, New: b})
		}
	}
	for _, b := range e {
		if _, ok := d.value(b.Name); !ok {
			out = append(out, DigestChange{Name: b.Name, New: b.Value})
		}
	}
	return out
}

// DigestChange is a digest that is not the same on both sides; "" where one has none.
type DigestChange struct{ Name, Old, New string }

func (d Digests) value(name string) (string, bool) {
	for _, x := range d {
		if x.Name == name {
			return x.Value, true
		}
	}
	return "", false
}

// ShardSum is what the manifest says about one shard.
type ShardSum struct {
	Name        string
	Sum         [32]byte // sha256 of the file
	Records     int
	First, Last string // ids
}

// Manifest lists a golden set: every shard, ascending by name, below the digests of what it was computed from.
type Manifest struct {
	Digests Digests
	Shards  []ShardSum
}

// Records counts the records of all shards.
func (m *Manifest) Records() int {
	n := 0
	for _, s := range m.Shards {
		n += s.Records
	}
	return n
}

// Shard returns the line of one shard.
func (m *Manifest) Shard(name string) (ShardSum, bool) {
	i := sort.Search(len(m.Shards), func(i int) bool { return m.Shards[i].Name >= name })
	if i == len(m.Shards) || m.Shards[i].Name != name {
		return ShardSum{}, false
	}
	return m.Shards[i], true
}

// Short identifies the set: the first digits of the sha256 of its manifest.
func (m *Manifest) Short() string {
	const digits = 12 // as many as git shows when it is careful; nobody keeps enough sets for two to be alike
	sum := sha256.Sum256(m.Encode())
	return hex.EncodeToString(sum[:])[:digits]
}

// SumOf makes the manifest line of a shard whose Sum is set.
func SumOf(f *File) ShardSum {
	s := ShardSum{Name: f.Shard, Sum: f.Sum, Records: len(f.Records)}
	if s.Records > 0 {
		s.First, s.Last = f.Records[0].ID, f.Records[s.Records-1].ID
	}
	return s
}

// Encode returns the text of m. It is the inverse of ParseManifest.
func (m *Manifest) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(manifestFormat + "\n")
	for _, d := range m.Digests {
		fmt.Fprintf(&b, "# digest %s %s\n", d.Name, d.Value)
	}
	fmt.Fprintf(&b, "# shards %d\n# records %d\n", len(m.Shards), m.Records())
	for _, s := range m.Shards {
		b.WriteString(s.line())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (s ShardSum) line() string {
	return s.Name + "\t" + hex.EncodeToString(s.Sum[:]) + "\t" + strconv.Itoa(s.Records) + "\t" + s.First + "\t" + s.Last
}

// ParseManifest reads the text of a manifest; name stands in errors. Like Parse it accepts only what Encode writes:
// format, digests, the two totals, then one line per shard, ascending by name.
func ParseManifest(name string, data []byte) (*Manifest, error) {
	p := parser{name: name, text: string(data)}
	if err := p.checkBytes(); err != nil {
		return nil, err
	}
	if err := p.formatLine(manifestFormat); err != nil {
		return nil, err
	}
	m := &Manifest{}
	const digest = "# digest "
	for strings.HasPrefix(p.text[p.at:], digest) {
		name, value, _ := strings.Cut(p.next()[len(digest):], " ")
		if !word(name) || value == "" || strings.ContainsAny(value, " \t") {
			return nil, p.errorf(len(digest), "want a name and a value, each one word")
		}
		if _, ok := m.Digests.value(name); ok {
			return nil, p.errorf(len(digest), "digest %s is there twice", name)
		}
		m.Digests = append(m.Digests, Digest{Name: name, Value: value})
	}
	shards, err := p.number("# shards ")
	if err != nil {
		return nil, err
	}
	shardsLine := p.line
	records, err := p.number("# records ")
	if err != nil {
		return nil, err
	}
	for p.at < len(p.text) {
		s, err := p.shardSum()
		if err != nil {
			return nil, err
		}
		if n := len(m.Shards); n > 0 && s.Name <= m.Shards[n-1].Name {
			return nil, p.errorf(0, "shard %s is there twice or out of order", s.Name)
		}
		m.Shards = append(m.Shards, s)
	}
	switch p.line = shardsLine; {
	case len(m.Shards) != shards:
		return nil, p.errorf(len("# shards "), "%d shards announced, %d lines follow", shards, len(m.Shards))
	case m.Records() != records:
		p.line++
		return nil, p.errorf(len("# records "), "%d records announced, the lines add up to %d", records, m.Records())
	}
	return m, nil
}

func (p *parser) shardSum() (s ShardSum, err error) {
	line := p.next()
	part := strings.Split(line, "\t")
	if len(part) != 5 {
		return s, p.errorf(0, "line %s: want shard, sha256, records, first and last id", quote(line))
	}
	if err := checkShard(part[0]); err != nil {
		return s, p.errorf(0, "%s", err)
	}
	at := len(part[0]) + 1
	sum, err := hex.DecodeString(part[1])
	if err != nil || len(sum) != len(s.Sum) || part[1] != strings.ToLower(part[1]) {
		return s, p.errorf(at, "%s is not a sha256 in lower-case hexadecimal", quote(part[1]))
	}
	at += len(part[1]) + 1
	n, err := strconv.Atoi(part[2])
	if err != nil || n < 1 || strconv.Itoa(n) != part[2] {
		return s, p.errorf(at, "%s is not a number of records", quote(part[2]))
	}
	at += len(part[2]) + 1
	if !validID(part[3]) || !validID(part[4]) || part[3] > part[4] || (n == 1) != (part[3] == part[4]) {
		return s, p.errorf(at, "%s to %s is not a range of %d ids", quote(part[3]), quote(part[4]), n)
	}
	s = ShardSum{Name: part[0], Records: n, First: part[3], Last: part[4]}
	copy(s.Sum[:], sum)
	return s, nil
}

// newManifest lists files, whose Sum is set.
func newManifest(d Digests, files []*File) *Manifest {
	m := &Manifest{Digests: slices.Clone(d)}
	for _, f := range files {
		m.Shards = append(m.Shards, SumOf(f))
	}
	slices.SortFunc(m.Shards, func(a, b ShardSum) int { return strings.Compare(a.Name, b.Name) })
	return m
}
