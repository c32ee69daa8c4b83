// Package snapshot keeps the approved answers: one text file per shard, a manifest over them, a pending set beside
// them, and one way to turn the second into the first.
//
// In order:
//
//  1. A shard file is text, one tab-separated line per case, ascending by id, below four header lines; Parse accepts
//     exactly what Encode writes and nothing else, so that equal answers are equal bytes.
//  2. MANIFEST lists every shard with sha256, number of records, first and last id, below digests of what the answers
//     were computed from; Check recomputes every line of it.
//  3. Stage writes a complete new set to .pending and leaves the approved set alone.
//  4. Accept moves it into place with a reason. Until its journal is there the old set is the approved one; from then on
//     the new one is, and whoever reads sees it, whether the files have been moved yet or not.
//  5. Diff says what moved between two sets, in about one screen at any size.
//
// Values are text. What they mean, and how far two of them differ, is the caller's business.
package snapshot

import (
	"fmt"
	"strings"
)

const (
	fileFormat     = "# settleproof golden format 1"
	manifestFormat = "# settleproof golden manifest 1"
	pendingFormat  = "# settleproof golden pending 1"
	journalFormat  = "# settleproof golden accept 1"

	// ManifestName, ChangesName and PendingName are what a golden directory holds beside its shards.
	ManifestName = "MANIFEST"
	ChangesName  = "CHANGES.md"
	PendingName  = ".pending"

	// shardSuffix keeps the shards apart from everything else in the directory: a file with it that MANIFEST does not
	// list is a finding.
	shardSuffix = ".golden"

	// errPrefix marks a refusal in the place of the results.
	errPrefix = "err="
)

// Fields names the columns of a shard.
type Fields struct{ Inputs, Results []string }

// Equal reports whether both name the same columns in the same order.
func (f Fields) Equal(g Fields) bool {
	return strings.Join(f.Inputs, "\t") == strings.Join(g.Inputs, "\t") &&
		strings.Join(f.Results, "\t") == strings.Join(g.Results, "\t")
}

// check says why f cannot head a shard: no field on one side of the "=", or a name that is empty, repeated, reserved
// or not one word.
func (f Fields) check() error {
	if len(f.Inputs) == 0 {
		return fmt.Errorf("no input field")
	}
	if len(f.Results) == 0 {
		return fmt.Errorf("no result field")
	}
	seen := make(map[string]bool, len(f.Inputs)+len(f.Results))
	for _, list := range [][]string{f.Inputs, f.Results} {
		clear(seen) // an input and a result may share a name (currency); two inputs may not
		for _, name := range list {
			switch {
			case !word(name):
				return fmt.Errorf("field name %q is not one word of letters, digits, '_', '-' and '.'", name)
			case name == "err":
				return fmt.Errorf("field name %q is reserved for refusals", name)
			case seen[name]:
				return fmt.Errorf("field name %q is there twice", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// Record is one case: what went in and what came out, as text.
type Record struct {
	ID     string
	Inputs string // tab-joined, in the order of Fields.Inputs
	Result string // tab-joined, in the order of Fields.Results; or err=CODE for a refusal
	Known  string // ids of the known differences that explain Legacy, comma-joined; "" where there is none
	Legacy string // tab-joined field=value where legacy answers otherwise, in the order of Fields.Results; or err=CODE
}

// Refused reports whether the answer is a refusal.
func (r Record) Refused() bool { return strings.HasPrefix(r.Result, errPrefix) }

// AppendRecord appends the line of r, with its newline.
func AppendRecord(dst []byte, r Record) []byte {
	dst = append(dst, r.ID...)
	dst = append(dst, '\t')
	dst = append(dst, r.Inputs...)
	dst = append(dst, "\t=\t"...)
	dst = append(dst, r.Result...)
	if r.Known != "" || r.Legacy != "" {
		dst = append(dst, "\t!\t"...)
		dst = append(dst, r.Known...)
		dst = append(dst, '\t')
		dst = append(dst, r.Legacy...)
	}
	return append(dst, '\n')
}

// Overlay returns what legacy must answer: Result, with the values that Legacy lists put in.
//
//  1. Without Legacy it is Result.
//  2. A Legacy of err=CODE replaces the whole Result.
//  3. A refusal in Result has no values to keep, so Legacy must then list every field.
//  4. Fields come in the order of f.Results, each at most once, and each says something else than Result.
func (r Record) Overlay(f Fields) (string, error) {
	switch {
	case r.Legacy == "":
		return r.Result, nil
	case strings.HasPrefix(r.Legacy, errPrefix):
		if r.Legacy == r.Result {
			return "", fmt.Errorf("legacy %s is what the result says anyway", r.Legacy)
		}
		return r.Legacy, nil
	}
	var have []string
	if !r.Refused() {
		have = strings.Split(r.Result, "\t")
		if len(have) != len(f.Results) {
			return "", fmt.Errorf("%d results for %d result fields", len(have), len(f.Results))
		}
	}
	out := make([]string, 0, len(f.Results))
	next := 0 // the field after the last one listed
	for item := range strings.SplitSeq(r.Legacy, "\t") {
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			return "", fmt.Errorf("legacy %q is not field=value", item)
		}
		at := indexFrom(f.Results, next, name)
		if at < 0 {
			if indexFrom(f.Results, 0, name) >= 0 {
				return "", fmt.Errorf("legacy field %s is out of order or there twice", name)
			}
			return "", fmt.Errorf("legacy field %q is not a result field", name)
		}
		if have == nil && at != next {
			return "", fmt.Errorf("legacy field %s is missing: a refusal leaves no value to take its place", f.Results[next])
		}
		if have != nil {
			if have[at] == value {
				return "", fmt.Errorf("legacy %s is what the result says anyway", item)
			}
			out = append(out, have[next:at]...)
		}
		out = append(out, value)
		next = at + 1
	}
	if have == nil {
		if next != len(f.Results) {
			return "", fmt.Errorf("legacy field %s is missing: a refusal leaves no value to take its place", f.Results[next])
		}
		return strings.Join(out, "\t"), nil
	}
	return strings.Join(append(out, have[next:]...), "\t"), nil
}

// Underlay is Overlay backwards: the Legacy text with which a record of this result answers legacy. Both are
// well-formed answers over f.
func Underlay(f Fields, result, legacy string) string {
	if result == legacy || strings.HasPrefix(legacy, errPrefix) {
		if result == legacy {
			return ""
		}
		return legacy
	}
	theirs := strings.Split(legacy, "\t")
	var ours []string
	if !strings.HasPrefix(result, errPrefix) {
		ours = strings.Split(result, "\t")
	}
	var items []string
	for i, name := range f.Results {
		if i < len(theirs) && (i >= len(ours) || ours[i] != theirs[i]) {
			items = append(items, name+"="+theirs[i])
		}
	}
	return strings.Join(items, "\t")
}

func indexFrom(names []string, from int, name string) int {
	for i := from; i < len(names); i++ {
		if names[i] == name {
			return i
		}
	}
	return -1
}

// word reports whether s is a name: letters, digits, '_', '-' and '.', nothing else.
func word(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != ""
}

// checkShard says why name cannot be a shard: it becomes a path below the golden directory, on every file system. A part
// may be a range, first~last.
func checkShard(name string) error {
	for part := range strings.SplitSeq(name, "/") {
		if !word(strings.ReplaceAll(part, "~", "-")) || part[0] == '.' || part != strings.ToLower(part) {
			return fmt.Errorf("shard name %q is not lower-case words joined by '/'", name)
		}
	}
	return nil
}
