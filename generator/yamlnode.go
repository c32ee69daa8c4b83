package generator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// reader walks a YAML tree strictly and collects findings in place of stopping at the first.
type reader struct {
	file string
	src  string
	errs Errors
}

func (r *reader) errorAt(line, col int, format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Line: max(line, 1), Col: max(col, 1), Msg: fmt.Sprintf(format, args...)})
}

func (r *reader) errorf(n *yaml.Node, format string, args ...any) {
	r.errorAt(n.Line, n.Column, format, args...)
}

// parse returns the root of the only document, nil after an error.
func (r *reader) parse(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		line, col, msg := 1, 1, err.Error()
		var one *yaml.LoadError
		var many *yaml.LoadErrors
		switch {
		case errors.As(err, &one):
			line, col, msg = one.Mark.Line, one.Mark.Column, one.Message
		case errors.As(err, &many) && len(many.Errors) > 0:
			line, col, msg = many.Errors[0].Mark.Line, many.Errors[0].Mark.Column, many.Errors[0].Message
		}
		r.errorAt(line, col, "not YAML: %s", strings.TrimPrefix(msg, "yaml: "))
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.errorAt(1, 1, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// field is one key of a mapping with its value; a missing one has a nil value.
type field struct{ key, value *yaml.Node }

// fields reads a mapping with exactly these keys. A key ending in "?" may be missing. The answer has one entry per key, in their order.
func (r *reader) fields(n *yaml.Node, what string, keys ...string) []field {
	found := make([]field, len(keys))
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = strings.TrimSuffix(k, "?")
	}
	if n.Kind != yaml.MappingNode || n.Tag != "!!map" {
		r.errorf(n, "%s must be a mapping, not %s", what, kindName(n))
		return found
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := -1
		if key.Kind == yaml.ScalarNode {
			at = slices.Index(names, key.Value)
		}
		switch {
		case at < 0:
			r.errorf(key, "unknown key %q in %s; known: %s", key.Value, what, strings.Join(names, ", "))
		case found[at].key != nil:
			r.errorf(key, "key %q twice in %s, first at line %d", key.Value, what, found[at].key.Line)
		default:
			found[at] = field{key, value}
		}
	}
	for i, k := range keys {
		if found[i].key == nil && !strings.HasSuffix(k, "?") {
			r.errorf(n, "%s lacks the key %q", what, names[i])
		}
	}
	return found
}

// list reads a sequence; nil after an error or for a missing value.
func (r *reader) list(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || n.Tag != "!!seq" {
		r.errorf(n, "%s must be a list, not %s", what, kindName(n))
		return nil
	}
	if len(n.Content) == 0 {
		r.errorf(n, "%s is empty", what)
	}
	return n.Content
}

// scalar reads a scalar whose YAML type is one of tags; "" after an error or for a missing value.
func (r *reader) scalar(n *yaml.Node, what string, tags ...string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.Tag) {
		hint := ""
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" && slices.Contains(tags, "!!str") {
			hint = "; quote it"
		}
		r.errorf(n, "%s must be %s, not %s%s", what, tagName(tags[0]), kindName(n), hint)
		return ""
	}
	return n.Value
}

// text reads a string that is not blank.
func (r *reader) text(n *yaml.Node, what string) string {
	s := strings.TrimSpace(r.scalar(n, what, "!!str"))
	if s == "" && n != nil && n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		r.errorf(n, "%s is empty", what)
	}
	return s
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		return tagName(n.Tag)
	}
	return "something else"
}

func tagName(tag string) string {
	switch tag {
	case "!!str":
		return "a string"
	case "!!int":
		return "a whole number"
	case "!!float":
		return "a number with a fraction"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return "a value tagged " + tag
}
