package calc

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// decimalDigitsMax bounds a number on the wire: more digits than any amount has, few enough to compute with.
const decimalDigitsMax = 40

// depthMax bounds the nesting of a text: a request needs 3 levels.
const depthMax = 8

// The kinds of a JSON value.
const (
	objectKind  = '{'
	arrayKind   = '['
	stringKind  = '"'
	numberKind  = '0'
	literalKind = 'n' // true, false, null
)

// value is a JSON text taken apart once.
type value struct {
	kind   byte
	text   string // what a string says, else the literal
	names  []string
	fields []*value // of the names; nil once taken
	items  []*value
}

// String shows a value for a message.
func (v *value) String() string {
	switch v.kind {
	case objectKind:
		return "an object"
	case arrayKind:
		return "a list"
	case stringKind:
		return shorten(strconv.Quote(v.text))
	}
	return shorten(v.text)
}

func shorten(text string) string {
	const shown = 40 // enough to recognise it
	if len(text) > shown {
		return text[:shown] + "..."
	}
	return text
}

// readJSON reads one value and nothing after it. The library says whether the text is JSON; what it lets through is then taken apart
// in one pass, keeping what its decoder would lose: repeated fields, and how a value is written.
func readJSON(data []byte) (*value, error) {
	if !json.Valid(data) {
		var any json.RawMessage
		return nil, fmt.Errorf("no JSON: %w", json.Unmarshal(data, &any))
	}
	s := &scanner{data: data}
	v := s.value(depthMax)
	if s.err != nil {
		return nil, s.err
	}
	return v, nil
}

// scanner walks over valid JSON.
type scanner struct {
	data []byte
	at   int
	err  error
}

// next skips spaces and returns the byte that follows.
func (s *scanner) next() byte {
	for strings.IndexByte(" \t\r\n", s.data[s.at]) >= 0 {
		s.at++
	}
	return s.data[s.at]
}

func (s *scanner) value(depth int) *value {
	kind := s.next()
	switch kind {
	case stringKind:
		return &value{kind: stringKind, text: s.string()}
	case objectKind, arrayKind:
		return s.list(kind, depth)
	}
	from := s.at
	for s.at < len(s.data) && strings.IndexByte(" \t\r\n,]}", s.data[s.at]) < 0 {
		s.at++
	}
	text := string(s.data[from:s.at])
	if kind == '-' || '0' <= kind && kind <= '9' {
		return &value{kind: numberKind, text: text}
	}
	return &value{kind: literalKind, text: text}
}

// list reads an object or a list.
func (s *scanner) list(kind byte, depth int) *value {
	v := &value{kind: kind}
	if depth == 0 {
		s.err = fmt.Errorf("no request: nested deeper than %d levels", depthMax)
		return v
	}
	s.at++
	for c := s.next(); c != '}' && c != ']' && s.err == nil; c = s.next() {
		if c == ',' {
			s.at++
			s.next()
		}
		if kind == arrayKind {
			v.items = append(v.items, s.value(depth-1))
			continue
		}
		v.names = append(v.names, s.string())
		s.next()
		s.at++ // the colon
		v.fields = append(v.fields, s.value(depth-1))
	}
	s.at++
	return v
}

// string reads a string. One with escapes, or that is no UTF-8, is the library's business.
func (s *scanner) string() string {
	from := s.at
	plain := true
	for s.at++; s.data[s.at] != '"'; s.at++ {
		if s.data[s.at] == '\\' {
			s.at++
			plain = false
		}
	}
	s.at++
	text := s.data[from:s.at]
	if plain && utf8.Valid(text) {
		return string(text[1 : len(text)-1])
	}
	var decoded string
	if err := json.Unmarshal(text, &decoded); err != nil && s.err == nil {
		s.err = fmt.Errorf("no JSON: %w", err)
	}
	return decoded
}

// object is a JSON object whose fields are taken one by one; what is left at the end is unknown. The path of the root is empty.
type object struct {
	path string
	*value
}

// take returns a field, nil when it is not there.
func (o *object) take(name string) *value {
	for i, n := range o.names {
		if n == name && o.fields[i] != nil {
			v := o.fields[i]
			o.fields[i] = nil
			return v
		}
	}
	return nil
}

func (o *object) field(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// decoder keeps the first refusal; after it every reader returns a zero value.
type decoder struct{ refusal *Refusal }

func (d *decoder) refuse(code, field, format string, args ...any) {
	if d.refusal == nil {
		d.refusal = refuse(code, field, format, args...)
	}
}

// open starts to read an object. A field that is given twice is refused.
func (d *decoder) open(v *value, path string) *object {
	if v.kind != objectKind {
		d.refuse("BAD_JSON", path, "want an object, not %s", v)
		v = &value{kind: objectKind}
	}
	o := &object{path, v}
	for i, name := range v.names {
		for _, before := range v.names[:i] {
			if before == name {
				d.refuse("FIELD_TWICE", o.field(name), "the field is given twice")
			}
		}
	}
	return o
}

// need takes a field that has to be there.
func (d *decoder) need(o *object, name string) (*value, bool) {
	v := o.take(name)
	if v == nil {
		d.refuse("MISSING_FIELD", o.field(name), "the field is missing")
		return nil, false
	}
	return v, true
}

func (d *decoder) object(o *object, name, path string) *object {
	v, ok := d.need(o, name)
	if !ok {
		v = &value{kind: objectKind}
	}
	return d.open(v, path)
}

func (d *decoder) array(o *object, name string) []*value {
	v, ok := d.need(o, name)
	if ok && v.kind != arrayKind {
		d.refuse("BAD_JSON", o.field(name), "want a list, not %s", v)
	}
	if !ok {
		return nil
	}
	return v.items
}

// end refuses the first field that nobody took.
func (d *decoder) end(o *object) {
	for i, name := range o.names {
		if o.fields[i] != nil {
			d.refuse("UNKNOWN_FIELD", o.field(name), "there is no such field")
		}
	}
}

func (d *decoder) text(o *object, name string) string {
	v, ok := d.need(o, name)
	if !ok {
		return ""
	}
	if v.kind != stringKind {
		d.refuse("NOT_A_STRING", o.field(name), "want a JSON string, not %s", v)
		return ""
	}
	return v.text
}

func (d *decoder) decimal(o *object, name string) decimal.Decimal {
	return d.parseDecimal(o, name, d.text(o, name))
}

func (d *decoder) parseDecimal(o *object, name, s string) decimal.Decimal {
	v, err := ParseDecimal(s)
	if err != nil {
		d.refuse("BAD_DECIMAL", o.field(name), "%s", err)
	}
	return v
}

// ParseDecimal reads a plain decimal such as -12.30: digits, at most one point between digits, no exponent, no sign but minus.
func ParseDecimal(s string) (decimal.Decimal, error) {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if len(s) > decimalDigitsMax || !digits(whole) || point && !digits(fraction) {
		return decimal.Zero, fmt.Errorf("%q is no decimal like 12.30 of at most %d characters", shorten(s), decimalDigitsMax)
	}
	return decimal.NewFromString(s)
}

func (d *decoder) integer(o *object, name string) int {
	v, ok := d.need(o, name)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(v.text)
	if v.kind != numberKind || err != nil {
		d.refuse("BAD_NUMBER", o.field(name), "want a whole number, not %s", v)
	}
	return n
}

func (d *decoder) boolean(o *object, name string) bool {
	v, ok := d.need(o, name)
	if ok && (v.kind != literalKind || v.text != "true" && v.text != "false") {
		d.refuse("BAD_BOOLEAN", o.field(name), "want true or false, not %s", v)
	}
	return ok && v.text == "true"
}

func (d *decoder) currency(o *object, name string) Currency {
	c, err := ParseCurrency(d.text(o, name))
	if err != nil {
		d.refuse("UNKNOWN_CODE", o.field(name), "%s", err)
	}
	return c
}

func (d *decoder) date(o *object, name string) Date {
	day, err := ParseDate(d.text(o, name))
	if err != nil {
		d.refuse("BAD_DATE", o.field(name), "%s", err)
	}
	return day
}

func (d *decoder) instant(o *object, name string, mayBeEmpty bool) Date {
	s := d.text(o, name)
	if s == "" && mayBeEmpty {
		return 0
	}
	day, err := ParseInstant(s)
	if err != nil {
		d.refuse("BAD_DATE", o.field(name), "%s", err)
	}
	return day
}

// codeOf reads one of the words; the empty one only where a code may be absent.
func codeOf[C ~uint8](d *decoder, o *object, name string, words []string, mayBeEmpty bool) C {
	word := d.text(o, name)
	c, ok := code[C](words, word)
	if !ok && (word != "" || !mayBeEmpty) {
		d.refuse("UNKNOWN_CODE", o.field(name), "%q is none of %s", word, strings.Join(words[1:], ", "))
	}
	return c
}
