package generator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// expressionMax bounds an expression in bytes: the parser recurses, and a condition longer than this is a table in disguise.
const expressionMax = 8192

// exprError is a finding at a character offset of an expression.
type exprError struct {
	offset int
	msg    string
}

// Where compiles an expression over the axes of the model to a predicate on rows. An error is an *Error with the column.
//
// The language is a corner of expr-lang (github.com/expr-lang/expr), chosen so that everything in it can be checked before it runs:
//
//  1. axis == "value", axis != "value", axis in ["value", ...], axis not in [...]; the literal may stand on the left of == and !=.
//  2. axis == other and axis != other compare tokens.
//  3. and, or, not, &&, ||, !, parentheses, true, false. `not` binds tighter than `==`, so it wants parentheses.
//  4. The whole must be a condition. A name must be an axis and a literal must be a value of the axis it is compared with.
//  5. Nothing else: no numbers, arithmetic, functions, indexing, ranges, ternaries or declarations.
func (m *Model) Where(expr string) (func(Row) bool, error) {
	c, bad := m.compile(expr)
	if bad != nil {
		return nil, &Error{Line: 1, Col: bad.offset + 1, Msg: bad.msg}
	}
	return func(row Row) bool { return c.eval(row) }, nil
}

// compile parses and checks an expression.
func (m *Model) compile(expr string) (cond, *exprError) {
	if len(expr) > expressionMax {
		return cond{}, &exprError{0, fmt.Sprintf("expression of %d bytes, at most %d", len(expr), expressionMax)}
	}
	if !utf8.ValidString(expr) {
		return cond{}, &exprError{0, "expression is not valid UTF-8"}
	}
	if strings.TrimSpace(expr) == "" {
		return cond{}, &exprError{0, "expression is empty"}
	}
	tree, err := parser.Parse(expr)
	if err != nil {
		var at *file.Error
		if errors.As(err, &at) {
			return cond{}, &exprError{min(at.From, utf8.RuneCountInString(expr)), at.Message}
		}
		return cond{}, &exprError{0, err.Error()}
	}
	c := checker{m: m, sizes: m.sizes()}
	return c.condition(tree.Node)
}

// checker turns the syntax tree into a condition and stops at the first thing outside the language.
type checker struct {
	m     *Model
	sizes []int
}

func bad(n ast.Node, format string, args ...any) (cond, *exprError) {
	return cond{}, &exprError{n.Location().From, fmt.Sprintf(format, args...)}
}

func (c *checker) condition(n ast.Node) (cond, *exprError) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return constant(n.Value), nil
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" {
			return bad(n, "operator %q is not part of this language", n.Operator)
		}
		inner, err := c.condition(n.Node)
		if err != nil {
			return cond{}, err
		}
		return inner.not(c.sizes), nil
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return c.both(opAnd, n)
		case "or", "||":
			return c.both(opOr, n)
		case "==", "!=":
			return c.compare(n)
		case "in":
			return c.member(n)
		}
		return bad(n, "operator %q is not part of this language", n.Operator)
	case *ast.IdentifierNode:
		if _, err := c.axis(n); err != nil {
			return cond{}, err
		}
		return bad(n, "axis %s stands alone: compare it with a value", n.Value)
	case *ast.StringNode:
		return bad(n, "%q stands alone: compare an axis with it", n.Value)
	case nil:
		return cond{}, &exprError{0, "expression is empty"}
	}
	return bad(n, "%s is not part of this language", foreign(n))
}

func (c *checker) both(o op, n *ast.BinaryNode) (cond, *exprError) {
	left, err := c.condition(n.Left)
	if err != nil {
		return cond{}, err
	}
	right, err := c.condition(n.Right)
	if err != nil {
		return cond{}, err
	}
	return cond{op: o, kids: []cond{left, right}}, nil
}

// compare checks == and !=.
func (c *checker) compare(n *ast.BinaryNode) (cond, *exprError) {
	left, right := n.Left, n.Right
	if _, ok := left.(*ast.StringNode); ok {
		left, right = right, left
	}
	axis, err := c.axis(left)
	if err != nil {
		return cond{}, err
	}
	var out cond
	switch right := right.(type) {
	case *ast.StringNode:
		value, err := c.value(axis, right)
		if err != nil {
			return cond{}, err
		}
		out = cond{op: opIn, axis: axis, mask: 1 << value}
	default:
		other, err := c.axis(right)
		if err != nil {
			return cond{}, err
		}
		out = c.same(axis, other)
	}
	if n.Operator == "!=" {
		out = out.not(c.sizes)
	}
	return out, nil
}

func (c *checker) same(axis, other int) cond {
	if axis == other {
		return constant(true)
	}
	same := make([]uint8, c.sizes[axis])
	for v, token := range c.m.Axes[axis].Values {
		same[v] = none
		if at := slices.Index(c.m.Axes[other].Values, token); at >= 0 {
			same[v] = uint8(at)
		}
	}
	return cond{op: opSame, axis: axis, other: other, mask: 1, same: same}
}

// member checks `axis in [...]`.
func (c *checker) member(n *ast.BinaryNode) (cond, *exprError) {
	axis, err := c.axis(n.Left)
	if err != nil {
		return cond{}, err
	}
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return bad(n.Right, "`in` wants a list of values in brackets, not %s", foreign(n.Right))
	}
	out := cond{op: opIn, axis: axis}
	for _, item := range list.Nodes {
		s, ok := item.(*ast.StringNode)
		if !ok {
			return bad(item, "a list holds values in quotes, not %s", foreign(item))
		}
		value, err := c.value(axis, s)
		if err != nil {
			return cond{}, err
		}
		if out.mask>>value&1 != 0 {
			return bad(item, "%q twice in the list", s.Value)
		}
		out.mask |= 1 << value
	}
	if out.mask == 0 {
		return bad(list, "the list is empty")
	}
	return out, nil
}

func (c *checker) axis(n ast.Node) (int, *exprError) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		_, err := bad(n, "expected an axis, not %s", foreign(n))
		return 0, err
	}
	axis, ok := c.m.axes[id.Value]
	if !ok {
		_, err := bad(n, "unknown axis %s", id.Value)
		return 0, err
	}
	return axis, nil
}

func (c *checker) value(axis int, n *ast.StringNode) (int, *exprError) {
	a := &c.m.Axes[axis]
	value := slices.Index(a.Values, n.Value)
	if value < 0 {
		_, err := bad(n, "%q is not a value of axis %s; it has %s", n.Value, a.Name, strings.Join(a.Values, ", "))
		return 0, err
	}
	return value, nil
}

// foreign says what a node is that the language does not have at this place.
func foreign(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.StringNode:
		return fmt.Sprintf("the value %q", n.Value)
	case *ast.BoolNode:
		return fmt.Sprintf("the constant %t", n.Value)
	case *ast.NilNode:
		return "nil"
	case *ast.IdentifierNode:
		return "the name " + n.Value
	case *ast.CallNode, *ast.BuiltinNode:
		return "a function call"
	case *ast.MemberNode, *ast.ChainNode, *ast.SliceNode:
		return "an access with dot or brackets"
	case *ast.ConditionalNode:
		return "a conditional"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		return "a declaration or sequence"
	case *ast.ArrayNode:
		return "a list"
	case *ast.MapNode:
		return "a map"
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return "a negation (`not` before a comparison wants parentheses around it)"
		}
		return "arithmetic"
	case *ast.BinaryNode:
		return "a condition or arithmetic"
	}
	return "something outside this language"
}
