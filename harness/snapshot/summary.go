package snapshot

import (
	"fmt"
	"strconv"
	"strings"
)

// What one screen holds. A summary that scrolls is not read.
const (
	shardsShown  = 4 // or one more, which takes no more room than saying so
	fieldsShown  = 5
	samplesShown = 2  // under each field
	knownShown   = 3  // or one more
	valueShown   = 48 // characters of an id or a value on one line; the id of a case is longer in full lines only
)

// Delta says in words how far two values of a field are apart; "" when there is nothing to say. The engine sees text.
type Delta func(field, old, new string) string

// Text is the summary for a terminal: 40 lines at most.
func (s Summary) Text(delta Delta) string { return s.write(plain{}, delta) }

// Markdown is the summary for CHANGES.md and for a comment on a pull request.
func (s Summary) Markdown(delta Delta) string { return s.write(markdown{}, delta) }

// style is what differs between the two.
type style interface {
	item(level int, text string) string
	code(text string) string // an id, a name or a value
}

type plain struct{}

func (plain) item(level int, text string) string { return strings.Repeat("  ", level) + text + "\n" }
func (plain) code(text string) string {
	if text == "" {
		return `""`
	}
	return text
}

type markdown struct{}

func (markdown) item(level int, text string) string {
	return strings.Repeat("  ", level) + "- " + text + "\n"
}

func (markdown) code(text string) string {
	if text == "" {
		return `""`
	}
	return "`" + strings.ReplaceAll(text, "`", "'") + "`"
}

func (s Summary) write(st style, delta Delta) string {
	var b strings.Builder
	add := func(level int, format string, args ...any) {
		b.WriteString(st.item(level, fmt.Sprintf(format, args...)))
	}
	s.writeHead(st, add)
	for _, d := range s.Digests {
		add(0, "%s: %s -> %s", d.Name, st.code(shortDigest(d.Old)), st.code(shortDigest(d.New)))
	}
	s.writeShards(st, add)
	s.writeFields(st, add, delta)
	for i, k := range s.Known {
		if i == knownShown && len(s.Known) > knownShown+1 {
			add(0, "and %s more known differences", thousands(len(s.Known)-i))
			break
		}
		add(0, "%s: %s -> %s cases", st.code(k.ID), thousands(k.Before), thousands(k.After))
	}
	s.writeOpen(st, add)
	return b.String()
}

type addLine func(level int, format string, args ...any)

func (s Summary) writeHead(st style, add addLine) {
	switch {
	case s.Old == "" && s.New != "":
		add(0, "%s cases, the first set (%s)", thousands(s.After), st.code(s.New))
	case s.Same():
		add(0, "%s cases, none moved (%s)", thousands(s.After), st.code(s.New))
		return
	default:
		add(0, "%s cases -> %s: %s changed, %s added, %s removed%s (%s -> %s)", thousands(s.Before), thousands(s.After),
			thousands(s.Changed), thousands(s.Added), thousands(s.Removed),
			optional(s.Moved, ", %s moved to another file"), st.code(s.Old), st.code(s.New))
	}
	for _, list := range []struct {
		what string
		n    int
		ids  []string
	}{{"added", s.Added, s.AddedIDs}, {"removed", s.Removed, s.RemovedIDs}} {
		if list.n > 0 && s.Old != "" {
			ids := make([]string, 0, len(list.ids))
			for _, id := range list.ids {
				ids = append(ids, st.code(id))
			}
			more := ""
			if list.n > len(ids) {
				more = ", ..."
			}
			add(1, "%s: %s%s", list.what, strings.Join(ids, ", "), more)
		}
	}
}

func optional(n int, format string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, thousands(n))
}

func (s Summary) writeShards(st style, add addLine) {
	if len(s.Shards) == 0 {
		return
	}
	add(0, "by file:")
	for i, sh := range s.Shards {
		if i == shardsShown && len(s.Shards) > shardsShown+1 {
			rest := 0
			for _, other := range s.Shards[i:] {
				rest += other.total()
			}
			add(1, "and %s more files with %s cases", thousands(len(s.Shards)-i), thousands(rest))
			break
		}
		var parts []string
		for _, c := range []struct {
			n    int
			what string
		}{{sh.Changed, "changed"}, {sh.Added, "added"}, {sh.Removed, "removed"}, {sh.Moved, "moved here"}} {
			if c.n > 0 {
				parts = append(parts, thousands(c.n)+" "+c.what)
			}
		}
		add(1, "%s: %s", st.code(sh.Name), strings.Join(parts, ", "))
	}
}

func (s Summary) writeFields(st style, add addLine, delta Delta) {
	if len(s.Fields) == 0 {
		return
	}
	add(0, "by field:")
	var rest []string
	for i, f := range s.Fields {
		name := f.label(st)
		if i >= fieldsShown {
			rest = append(rest, name+" "+thousands(f.Cases))
			continue
		}
		add(1, "%s: %s", name, casesText(f.Cases))
		for _, x := range f.Samples[:min(samplesShown, len(f.Samples))] {
			far := ""
			if delta != nil && (f.Kind == Result || f.Kind == Input || f.Kind == Legacy) {
				if far = delta(f.Name, x.Old, x.New); far != "" {
					far = " (" + far + ")"
				}
			}
			add(2, "%s: %s -> %s%s", st.code(x.ID), st.code(clip(x.Old)), st.code(clip(x.New)), far)
		}
	}
	if len(rest) > 0 {
		add(1, "also %s", strings.Join(rest, ", "))
	}
}

func (f FieldChange) label(st style) string {
	if f.Kind == Result || f.Kind == KnownID {
		return st.code(f.Name)
	}
	return string(f.Kind) + " " + st.code(f.Name)
}

func (s Summary) writeOpen(st style, add addLine) {
	if s.NotAsked != "" {
		add(0, "the legacy query was not asked: %s", s.NotAsked)
	}
	for _, o := range s.Open {
		format := map[Reason]string{
			NotComputed: "%s could not be computed, the first is %s: %s",
			NotAsked:    "the legacy query gave no answer to %s, the first is %s: %s",
			Disagrees:   "the legacy query answers %s otherwise and no known difference covers it, the first is %s: %s",
		}[o.Reason]
		add(0, format, casesText(o.Cases), st.code(o.First.ID), o.First.What)
	}
}

func casesText(n int) string {
	if n == 1 {
		return "1 case"
	}
	return thousands(n) + " cases"
}

// clip keeps a value on its line.
func clip(s string) string {
	if r := []rune(s); len(r) > valueShown {
		return string(r[:valueShown]) + "..."
	}
	return s
}

// shortDigest shows the beginning of a digest, as git does.
func shortDigest(s string) string {
	const digits = 12
	s = strings.TrimPrefix(s, "sha256:")
	if len(s) > digits {
		return s[:digits]
	}
	return s
}

// thousands prints 62311 as 62,311.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
