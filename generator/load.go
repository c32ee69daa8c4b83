package generator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"go.yaml.in/yaml/v4"
)

const (
	formatVersion = "1"
	fileMax       = 1 << 20 // bytes: an axes file is written by hand
	axesMax       = 40      // axes are bits of one word, and a row of more is not readable as an id
	valuesMax     = 64      // values of an axis are bits of one word: the speed of every mask rests on it
	strengthMax   = 6       // no interaction fault beyond six factors has been published
)

// Load reads an axes file; file is the name that errors carry.
//
//  1. The file is YAML with exactly the keys of the format; unknown and doubled keys, aliases and wrong types are errors.
//  2. Names of axes are words of the expression language; tokens are [a-z0-9][a-z0-9_-]* and unique over all axes.
//  3. At least one axis leads, so no id is empty. The default of an axis is one of its values.
//  4. only_when looks at other axes and stands for an exclusion: where it does not hold, the axis is at its default.
//  5. The suite section, if there is one, names every axis once, as product or as woven.
//  6. At least one combination must be left.
//
// The error is an Errors with every finding, by position, or an *Error when the exclusions cannot be compiled.
func Load(file string, data []byte) (*Model, error) {
	l := &loader{
		reader: reader{file: file, src: string(data)},
		m:      &Model{file: file, axes: map[string]int{}, tokens: map[string]symbol{}},
	}
	switch {
	case len(data) > fileMax:
		l.errorAt(1, 1, "%d bytes, an axes file has at most %d", len(data), fileMax)
	case !utf8.Valid(data):
		l.errorAt(1, 1, "not valid UTF-8")
	case l.oddBreak():
	default:
		l.document(l.parse(data))
	}
	if len(l.errs) > 0 {
		return nil, l.errs.sorted()
	}
	return l.m.compiled()
}

// oddBreak refuses line breaks that YAML knows and editors do not count: with them no line number would be right.
func (l *loader) oddBreak() bool {
	w := walker{src: l.src, line: 1, col: 1}
	for w.at < len(w.src) {
		line, col := w.line, w.col
		c := w.step()
		if c == '\r' && w.peek() != '\n' || c == '\u0085' || c == '\u2028' || c == '\u2029' {
			l.errorAt(line, col, "a line break that is neither LF nor CRLF")
			return true
		}
	}
	return false
}

// compiled builds what is derived from the file.
func (m *Model) compiled() (*Model, error) {
	order := make([]int, len(m.Axes))
	for i := range m.Axes {
		order[i] = i
		hashes := make([]uint64, len(m.Axes[i].Values))
		for v, token := range m.Axes[i].Values {
			hashes[v] = hashText(m.Axes[i].Name, token)
		}
		m.hashes = append(m.hashes, hashes)
	}
	m.written = m.spellings()
	var err error
	if m.all, err = m.layersIn(order); err != nil {
		return nil, err
	}
	if m.all.empty() {
		return nil, &Error{File: m.file, Line: 1, Col: 1, Msg: "the exclusions leave no combination"}
	}
	return m, nil
}

// The shapes of names and tokens, as errors show them.
const (
	nameShape  = "[a-z][a-z0-9_]*"
	tokenShape = "[a-z0-9][a-z0-9_-]*"
)

func isName(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func isToken(s string) bool {
	return s != "" && s[0] != '_' && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// loader builds a model section by section. Conditions are read last: they need every axis.
type loader struct {
	reader
	m *Model
}

func (l *loader) document(root *yaml.Node) {
	if root == nil {
		return
	}
	f := l.fields(root, "the file", "format", "axes", "exclusions?", "suite?")
	if v := l.scalar(f[0].value, "format", "!!int", "!!str"); f[0].value != nil && v != "" && v != formatVersion {
		l.errorf(f[0].value, "format %s is not known, this is format %s", v, formatVersion)
	}
	conditions := l.axes(f[1].value)
	for _, c := range conditions {
		l.onlyWhen(c.axis, c.node)
	}
	if f[2].value != nil {
		l.exclusions(f[2].value)
	}
	if f[3].value != nil {
		l.suite(f[3].value)
	}
}

// condition is the only_when of an axis, kept until all axes are known.
type condition struct {
	axis int
	node *yaml.Node
}

func (l *loader) axes(n *yaml.Node) []condition {
	var conditions []condition
	items := l.list(n, "axes")
	if len(items) > axesMax {
		l.errorf(n, "%d axes, at most %d", len(items), axesMax)
		return nil
	}
	lead := false
	for _, item := range items {
		f := l.fields(item, "an axis", "name", "default", "lead?", "only_when?", "values")
		name := l.text(f[0].value, "name")
		if name == "" {
			continue
		}
		l.axisName(f[0].value, name)
		at := len(l.m.Axes)
		if _, twice := l.m.axes[name]; !twice {
			l.m.axes[name] = at
		}
		a := Axis{Name: name, Lead: l.scalar(f[2].value, "lead", "!!bool") == "true"}
		lead = lead || a.Lead
		l.values(f[4].value, at, &a)
		if token := l.scalar(f[1].value, "default", "!!str", "!!int"); token != "" {
			if a.Default = slices.Index(a.Values, token); a.Default < 0 {
				l.errorf(f[1].value, "default %q is not a value of axis %s", token, name)
			}
		}
		l.m.Axes = append(l.m.Axes, a)
		if f[3].value != nil {
			conditions = append(conditions, condition{at, f[3].value})
		}
	}
	if !lead && len(l.errs) == 0 {
		l.errorf(n, "no axis has lead: true, so the combination of all defaults would have an empty id")
	}
	return conditions
}

func (l *loader) axisName(n *yaml.Node, name string) {
	if _, twice := l.m.axes[name]; twice {
		l.errorf(n, "axis %q twice", name)
	}
	if !isName(name) {
		l.errorf(n, "axis name %q must match %s", name, nameShape)
		return
	}
	// A word of the expression language is no name: it could not be written in a condition.
	tree, err := parser.Parse(name)
	if err == nil {
		if id, ok := tree.Node.(*ast.IdentifierNode); ok && id.Value == name {
			return
		}
	}
	l.errorf(n, "axis name %q is a word of the expression language", name)
}

func (l *loader) values(n *yaml.Node, axis int, a *Axis) {
	items := l.list(n, "values of axis "+a.Name)
	if len(items) > valuesMax {
		l.errorf(n, "axis %s has %d values, at most %d", a.Name, len(items), valuesMax)
		return
	}
	for _, item := range items {
		node, note := item, ""
		if item.Kind == yaml.MappingNode {
			f := l.fields(item, "a value of axis "+a.Name, "value", "note?")
			if f[0].value == nil {
				continue
			}
			node, note = f[0].value, l.scalar(f[1].value, "note", "!!str")
		}
		token := l.scalar(node, "a value of axis "+a.Name, "!!str", "!!int")
		if token == "" {
			if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
				l.errorf(node, "a value of axis %s is empty", a.Name)
			}
			continue
		}
		if !isToken(token) {
			l.errorf(node, "value %q of axis %s must match %s", token, a.Name, tokenShape)
			continue
		}
		if s, twice := l.m.tokens[token]; twice {
			owner := a.Name
			if s.axis < axis {
				owner = l.m.Axes[s.axis].Name
			}
			l.errorf(node, "value %q of axis %s is already a value of axis %s; tokens are unique so that an id can be read", token, a.Name, owner)
			continue
		}
		l.m.tokens[token] = symbol{axis, uint8(len(a.Values))}
		a.Values = append(a.Values, token)
		a.Notes = append(a.Notes, strings.TrimSpace(note))
		a.places = append(a.places, place{node.Line, node.Column})
	}
}

// expression reads and checks a condition; errors point into it.
func (l *loader) expression(n *yaml.Node, what string) (string, cond, bool) {
	if n == nil {
		return "", cond{}, false
	}
	text := l.scalar(n, what, "!!str", "!!bool")
	if text == "" && (n.Kind != yaml.ScalarNode || n.Tag != "!!str") {
		return "", cond{}, false
	}
	c, bad := l.m.compile(text)
	if bad != nil {
		line, col := l.positionIn(n, bad.offset)
		l.errorAt(line, col, "%s: %s", what, bad.msg)
		return "", cond{}, false
	}
	return strings.TrimSpace(text), c, true
}

func (l *loader) onlyWhen(axis int, n *yaml.Node) {
	a := &l.m.Axes[axis]
	text, c, ok := l.expression(n, "only_when")
	if !ok || a.Default < 0 || len(a.Values) == 0 {
		return
	}
	if c.mentions()>>axis&1 != 0 {
		l.errorf(n, "only_when of axis %s looks at %s itself", a.Name, a.Name)
		return
	}
	other := cond{op: opIn, axis: axis, mask: full(len(a.Values)) &^ (1 << a.Default)}
	l.m.Exclusions = append(l.m.Exclusions, Exclusion{
		Name:   "only_when " + a.Name,
		Reason: fmt.Sprintf("%s stays at %s elsewhere", a.Name, a.Values[a.Default]),
		When:   "not (" + text + ")",
		Never:  fmt.Sprintf("%s != %q", a.Name, a.Values[a.Default]),
		line:   n.Line, col: n.Column,
		hit: cond{op: opAnd, kids: []cond{c.not(l.m.sizes()), other}},
	})
}

func (l *loader) exclusions(n *yaml.Node) {
	names := map[string]bool{}
	for _, item := range l.list(n, "exclusions") {
		f := l.fields(item, "an exclusion", "name", "reason", "when", "never")
		x := Exclusion{
			Name:   l.text(f[0].value, "name"),
			Reason: l.text(f[1].value, "reason"),
			line:   item.Line, col: item.Column,
		}
		if x.Name != "" {
			if !isToken(x.Name) {
				l.errorf(f[0].value, "exclusion name %q must match %s", x.Name, tokenShape)
			}
			if names[x.Name] {
				l.errorf(f[0].value, "exclusion %q twice", x.Name)
			}
			names[x.Name] = true
		}
		when, c1, ok1 := l.expression(f[2].value, "when")
		never, c2, ok2 := l.expression(f[3].value, "never")
		if ok1 && ok2 {
			x.When, x.Never = when, never
			x.hit = cond{op: opAnd, kids: []cond{c1, c2}}
			l.m.Exclusions = append(l.m.Exclusions, x)
		}
	}
}

func (l *loader) suite(n *yaml.Node) {
	f := l.fields(n, "suite", "product", "weave?")
	p := &plan{}
	used := map[int]bool{}
	p.product = l.axisList(f[0].value, "product", used)
	slices.Sort(p.product)
	if f[1].value != nil {
		w := l.fields(f[1].value, "weave", "strength", "axes")
		p.woven = l.axisList(w[1].value, "axes", used)
		strength := l.scalar(w[0].value, "strength", "!!int")
		t, err := strconv.Atoi(strength)
		if most := min(strengthMax, len(l.m.Axes)); strength != "" && (err != nil || t < 1 || t > most) {
			l.errorf(w[0].value, "strength %s must be from 1 to %d", strength, most)
		}
		p.strength = t
	}
	var missing []string
	for i := range l.m.Axes {
		if !used[i] {
			missing = append(missing, l.m.Axes[i].Name)
		}
	}
	if len(missing) > 0 {
		l.errorf(n, "suite leaves out %s: every axis is either in product or in weave", strings.Join(missing, ", "))
	}
	l.m.plan = p
}

func (l *loader) axisList(n *yaml.Node, what string, used map[int]bool) []int {
	var out []int
	for _, item := range l.list(n, what) {
		name := l.text(item, "an axis of "+what)
		i, ok := l.m.axes[name]
		switch {
		case name == "":
		case !ok:
			l.errorf(item, "unknown axis %q in %s", name, what)
		case used[i]:
			l.errorf(item, "axis %q twice in suite", name)
		default:
			used[i] = true
			out = append(out, i)
		}
	}
	return out
}
