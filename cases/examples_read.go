package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"settleproof/calc"
)

// exampleKinds says what a source is, the strongest first.
var exampleKinds = []string{
	"real_api_response", "official_doc", "official_or_real", "official_notice", "official_sdk_fixture", "official_sample_report",
	"derived_from_official_table", "vendor_blog", "third_party_doc",
}

// exampleID is the id of a source's example, with a suffix where it is told in parts: PO-04.line1.
var exampleID = regexp.MustCompile(`^[A-Z]+-[0-9]{2}(\.[a-z0-9_]+)?$`)

// readExamples reads examples/*.yaml, by file name and in the order of the files. In order:
//
//  1. A file is a mapping of the lists examples, not_expressible and worked (see group); unknown, missing and repeated keys are errors, and so are aliases.
//  2. An id stands once in all files, the parts of an example beside its whole never.
//  3. An example's request is the base request with the paths of "set" replaced; what calc.DecodeRequest refuses is an error at that path.
//  4. "want" names fields of a result or fee_with_vat; every value is a quoted text.
//  5. "inferred" names paths of "set" and fields of "want" of the same example: an inference is about something that is there.
//
// calendar is that of examples without holidays. All errors are reported together, each as file:line:column: what.
func readExamples(fsys fs.FS, calendar *calc.Calendar) ([]Example, []NotExpressible, error) {
	names, err := fs.Glob(fsys, "examples/*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("cases/examples: %w", err)
	}
	if len(names) == 0 {
		return nil, nil, errors.New("cases/examples: there are no files")
	}
	r := &exampleReader{calendar: calendar, positions: map[string]string{}, parts: map[string]bool{}}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("cases/%s: %w", name, err)
		}
		r.name = "cases/" + name
		r.file(data)
	}
	if len(r.errs) > 0 {
		return nil, nil, errors.Join(r.errs...)
	}
	return r.examples, r.not, nil
}

// exampleReader collects examples and everything that is wrong with them.
type exampleReader struct {
	calendar  *calc.Calendar
	base      map[string]any    // the base request, decoded once
	name      string            // of the file being read
	positions map[string]string // of ids
	parts     map[string]bool   // ids without their suffix: whether there is one
	examples  []Example
	not       []NotExpressible
	errs      []error
}

func (r *exampleReader) pos(n *yaml.Node) string {
	return fmt.Sprintf("%s:%d:%d", r.name, n.Line, n.Column)
}

func (r *exampleReader) errorf(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", r.pos(n), fmt.Sprintf(format, args...)))
}

func (r *exampleReader) file(data []byte) {
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		at, what := &yaml.Node{Line: 1, Column: 1}, err.Error()
		var one *yaml.LoadError
		var many *yaml.LoadErrors
		if errors.As(err, &many) && len(many.Errors) > 0 {
			one = many.Errors[0]
		}
		if one != nil || errors.As(err, &one) {
			at.Line, at.Column, what = max(one.Mark.Line, 1), max(one.Mark.Column, 1), one.Message
		}
		r.errorf(at, "not YAML: %s", strings.TrimPrefix(what, "yaml: "))
		return
	}
	if len(doc.Content) != 1 {
		r.errorf(&yaml.Node{Line: 1, Column: 1}, "the file is empty")
		return
	}
	fields := r.mapping(doc.Content[0], "the file", "examples?", "not_expressible?", "worked?")
	for _, n := range r.list(fields["examples"], "examples") {
		r.example(n)
	}
	for _, n := range r.list(fields["not_expressible"], "not_expressible") {
		f := r.mapping(n, "an example that is not expressible", "id", "source", "about", "reason")
		id, pos := r.id(f["id"], exampleID, "PO-04 or PO-04.line1")
		r.not = append(r.not, NotExpressible{id, r.source(f["source"]), r.text(f["about"], "about"), r.text(f["reason"], "reason"), pos})
	}
	for _, n := range r.list(fields["worked"], "worked") {
		r.group(n)
	}
}

func (r *exampleReader) example(n *yaml.Node) {
	f := r.mapping(n, "an example", "id", "source", "kind", "about", "note?", "set", "want", "inferred?")
	id, pos := r.id(f["id"], exampleID, "PO-04 or PO-04.line1")
	e := Example{ID: id, Pos: pos, Source: r.source(f["source"]), Kind: r.text(f["kind"], "kind"), About: r.text(f["about"], "about"), Note: r.text(f["note"], "note")}
	if e.Kind != "" && !slices.Contains(exampleKinds, e.Kind) {
		r.errorf(f["kind"], "kind %q is none of %s", e.Kind, strings.Join(exampleKinds, ", "))
	}
	set := r.pairs(f["set"], "set")
	var err error
	if e.request, err = r.request(f["set"], id, set); err != nil {
		at := f["set"]
		var refusal *calc.Refusal
		if errors.As(err, &refusal) {
			at = nodeOf(at, set, refusal.Field)
		}
		r.errorf(at, "%s", err)
	}
	wants := r.pairs(f["want"], "want")
	for _, pair := range wants {
		if name := pair.key.Value; name != feeWithVAT && !slices.Contains(calc.ResultFields, name) {
			r.errorf(pair.key, "a result has no field %q", name)
		}
		e.Want = append(e.Want, FieldWant{Field: pair.key.Value, Value: r.text(pair.value, "the wanted "+pair.key.Value)})
	}
	for _, name := range r.list(f["inferred"], "inferred") {
		e.infer(r, name, set)
	}
	r.examples = append(r.examples, e)
}

// infer marks what the source does not state.
func (e *Example) infer(r *exampleReader, n *yaml.Node, set []yamlPair) {
	name := r.text(n, "an inferred name")
	wanted := slices.IndexFunc(e.Want, func(w FieldWant) bool { return w.Field == name })
	given := slices.ContainsFunc(set, func(p yamlPair) bool { return p.key.Value == name })
	switch {
	case name == "":
	case slices.Contains(e.Inferred, name):
		r.errorf(n, "%q is named twice", name)
	case wanted >= 0:
		e.Want[wanted].Inferred = true
	case !given:
		r.errorf(n, "%q is neither set nor wanted by this example", name)
	}
	e.Inferred = append(e.Inferred, name)
}

// request builds the request of an example; the error is that of calc.DecodeRequest. What cannot be set is reported here.
func (r *exampleReader) request(n *yaml.Node, id string, set []yamlPair) (calc.Request, error) {
	root, ok := r.change(id, set)
	if !ok || n == nil {
		return calc.Request{}, nil
	}
	text, err := json.Marshal(root)
	if err != nil {
		return calc.Request{}, err
	}
	request, _, err := calc.DecodeRequest(text, r.calendar)
	return request, err
}

// change returns the base request with the paths of set replaced; ok says whether all of them could be.
func (r *exampleReader) change(id string, set []yamlPair) (root map[string]any, ok bool) {
	before := len(r.errs)
	if r.base == nil {
		d := json.NewDecoder(strings.NewReader(baseRequest))
		d.UseNumber()
		if err := d.Decode(&r.base); err != nil {
			r.errs = append(r.errs, fmt.Errorf("the base request of the examples: %w", err))
			return nil, false
		}
	}
	root = copied(r.base)
	if tx, ok := root["transaction"].(map[string]any); ok {
		tx["id"] = id
	}
	for _, pair := range set {
		r.put(root, pair)
	}
	return root, len(r.errs) == before
}

// copied copies an object and the objects in it; nothing else in it is ever changed.
func copied(object map[string]any) map[string]any {
	c := make(map[string]any, len(object))
	for name, value := range object {
		if inner, ok := value.(map[string]any); ok {
			value = copied(inner)
		}
		c[name] = value
	}
	return c
}

// put replaces one value of the request: a path such as contract.fee.rate, or one of the lists rates and holidays.
func (r *exampleReader) put(root map[string]any, pair yamlPair) {
	steps := strings.Split(pair.key.Value, ".")
	last := steps[len(steps)-1]
	at := root
	for _, step := range steps[:len(steps)-1] {
		at, _ = at[step].(map[string]any) // nil where there is no such object: nothing is found in it
	}
	old, there := at[last]
	switch _, object := old.(map[string]any); {
	case pair.key.Value == "transaction.id":
		r.errorf(pair.key, "the id of the transaction is that of the example")
	case object:
		r.errorf(pair.key, "%q has fields: set them one by one", pair.key.Value)
	case !there && pair.key.Value != "holidays": // the base request leaves them to the built-in table
		r.errorf(pair.key, "a request has no field %q", pair.key.Value)
	default:
		at[last] = r.value(pair.value)
	}
}

// value turns a node into what encoding/json writes. Decimals and times have to be quoted: unquoted, YAML has its own idea of them.
func (r *exampleReader) value(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode && n.Tag == "!!map":
		object := map[string]any{}
		for _, pair := range r.pairs(n, "a value") {
			object[pair.key.Value] = r.value(pair.value)
		}
		return object
	case n.Kind == yaml.SequenceNode && n.Tag == "!!seq":
		list := []any{}
		for _, item := range n.Content {
			list = append(list, r.value(item))
		}
		return list
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		return n.Value
	case n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && (n.Value == "true" || n.Value == "false"):
		return n.Value == "true"
	case n.Kind == yaml.ScalarNode && n.Tag == "!!int":
		if v, err := strconv.Atoi(n.Value); err == nil {
			return v
		}
	}
	r.errorf(n, "want a quoted text, a whole number, true, false or a list, not %s", nodeName(n))
	return nil
}

// nodeOf finds the node of a field such as rates[0].unit, the nearest that there is.
func nodeOf(n *yaml.Node, set []yamlPair, field string) *yaml.Node {
	for _, pair := range set {
		rest, ok := strings.CutPrefix(field, pair.key.Value)
		if !ok || rest != "" && rest[0] != '[' {
			continue
		}
		n = pair.value
		for _, step := range strings.FieldsFunc(rest, func(c rune) bool { return c == '[' || c == ']' || c == '.' }) {
			i, err := strconv.Atoi(step)
			switch {
			case n.Kind == yaml.SequenceNode && err == nil && i < len(n.Content):
				n = n.Content[i]
			case n.Kind == yaml.MappingNode:
				for k := 0; k+1 < len(n.Content); k += 2 {
					if n.Content[k].Value == step {
						n = n.Content[k+1]
						break
					}
				}
			}
		}
	}
	return n
}

// yamlPair is one entry of a mapping.
type yamlPair struct{ key, value *yaml.Node }

// pairs reads a mapping that is not empty and names nothing twice.
func (r *exampleReader) pairs(n *yaml.Node, what string) []yamlPair {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode || n.Tag != "!!map" {
		r.errorf(n, "%s must be a mapping, not %s", what, nodeName(n))
		return nil
	}
	if len(n.Content) == 0 {
		r.errorf(n, "%s is empty", what)
	}
	var pairs []yamlPair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag != "!!str":
			r.errorf(key, "a key of %s must be a text, not %s", what, nodeName(key))
		case slices.ContainsFunc(pairs, func(p yamlPair) bool { return p.key.Value == key.Value }):
			r.errorf(key, "%q is given twice in %s", key.Value, what)
		default:
			pairs = append(pairs, yamlPair{key, n.Content[i+1]})
		}
	}
	return pairs
}

// mapping reads a mapping with exactly these keys; a key ending in "?" may be missing. A missing value is nil.
func (r *exampleReader) mapping(n *yaml.Node, what string, keys ...string) map[string]*yaml.Node {
	fields := map[string]*yaml.Node{}
	pairs := r.pairs(n, what)
	for _, pair := range pairs {
		name := pair.key.Value
		if !slices.Contains(keys, name) && !slices.Contains(keys, name+"?") {
			r.errorf(pair.key, "unknown key %q in %s; known: %s", name, what, strings.ReplaceAll(strings.Join(keys, ", "), "?", ""))
			continue
		}
		fields[name] = pair.value
	}
	for _, key := range keys {
		if fields[key] == nil && !strings.HasSuffix(key, "?") && len(pairs) > 0 {
			r.errorf(n, "%s lacks the key %q", what, key)
		}
	}
	return fields
}

// list reads a list that is not empty; a missing one is nil.
func (r *exampleReader) list(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.SequenceNode || n.Tag != "!!seq":
		r.errorf(n, "%s must be a list, not %s", what, nodeName(n))
		return nil
	case len(n.Content) == 0:
		r.errorf(n, "%s is empty", what)
	}
	return n.Content
}

// text reads a text that is not blank; a missing one is "".
func (r *exampleReader) text(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		hint := ""
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			hint = "; quote it"
		}
		r.errorf(n, "%s must be a text, not %s%s", what, nodeName(n), hint)
		return ""
	}
	s := strings.TrimSpace(n.Value)
	if s == "" {
		r.errorf(n, "%s is empty", what)
	}
	return s
}

// id reads the id of an example, of the given pattern, and returns it with its position.
func (r *exampleReader) id(n *yaml.Node, pattern *regexp.Regexp, like string) (id, pos string) {
	if id = r.text(n, "id"); id == "" {
		return "", ""
	}
	pos = r.pos(n)
	whole, _, part := strings.Cut(id, ".")
	parts, seen := r.parts[whole]
	switch {
	case !pattern.MatchString(id):
		r.errorf(n, "id %q is none like %s", id, like)
	case r.positions[id] != "":
		r.errorf(n, "id %s stands at %s already", id, r.positions[id])
	case seen && parts != part:
		r.errorf(n, "id %s: an example is told whole or in parts, not both", id)
	default:
		r.positions[id], r.parts[whole] = pos, part
	}
	return id, pos
}

// source reads an address that a reader can open.
func (r *exampleReader) source(n *yaml.Node) string {
	s := r.text(n, "source")
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, " \t\n") {
		r.errorf(n, "source %q is no https address", s)
	}
	return s
}

// nodeName says what a node is in an error.
func nodeName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		return strings.TrimPrefix(n.Tag, "!!") + " " + strconv.Quote(n.Value)
	}
	return "something else"
}
