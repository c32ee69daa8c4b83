package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// File is one shard.
type File struct {
	Shard   string // credit_card/general.none; its file is below the golden directory, with .golden at the end
	Fields  Fields
	Records []Record // ascending by id, without repetition
	Sum     [32]byte // sha256 of the bytes that were read; zero for a file that was made in memory
}

// SyntaxError says where a file is not what Encode would have written. Lines and columns count from 1, columns in bytes.
type SyntaxError struct {
	File         string
	Line, Column int
	What         string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.What)
}

// Encode returns the text of f. It is the inverse of Parse.
func (f *File) Encode() []byte {
	size := 256
	for _, r := range f.Records {
		size += len(r.ID) + len(r.Inputs) + len(r.Result) + len(r.Known) + len(r.Legacy) + 8
	}
	b := make([]byte, 0, size)
	b = append(b, fileFormat...)
	b = append(b, "\n# shard "...)
	b = append(b, f.Shard...)
	b = append(b, "\n# records "...)
	b = strconv.AppendInt(b, int64(len(f.Records)), 10)
	b = append(b, "\n# fields id"...)
	for _, name := range f.Fields.Inputs {
		b = append(b, '\t')
		b = append(b, name...)
	}
	b = append(b, "\t="...)
	for _, name := range f.Fields.Results {
		b = append(b, '\t')
		b = append(b, name...)
	}
	b = append(b, '\n')
	for _, r := range f.Records {
		b = AppendRecord(b, r)
	}
	return b
}

// Parse reads the text of one shard; name stands in errors. In order:
//
//  1. The text is UTF-8 with no control character but tab and newline, and ends with a newline.
//  2. Four header lines: format, shard, records, fields. The number of records is the number of lines below.
//  3. A line is id, inputs, "=", then as many results as there are result fields, or a single err=CODE.
//  4. Where legacy is known to differ, "!", the ids of the known differences and the legacy values follow, such that
//     Overlay has an answer.
//  5. Ids ascend byte by byte; none is there twice.
//
// The strings of the records are parts of one copy of data.
func Parse(name string, data []byte) (*File, error) {
	p := parser{name: name, text: string(data)}
	f := &File{Sum: sha256.Sum256(data)}
	if err := p.checkBytes(); err != nil {
		return nil, err
	}
	count, err := p.header(f)
	if err != nil {
		return nil, err
	}
	// A header that promises more than the text can hold is caught below; it must not allocate first.
	f.Records = make([]Record, 0, min(count, len(p.text)/minLine))
	for p.at < len(p.text) {
		r, err := p.record(f.Fields)
		if err != nil {
			return nil, err
		}
		if n := len(f.Records); n > 0 && r.ID <= f.Records[n-1].ID {
			if r.ID == f.Records[n-1].ID {
				return nil, p.errorf(0, "id %s is there twice", r.ID)
			}
			return nil, p.errorf(0, "id %s comes before %s, the line above: ids ascend", r.ID, f.Records[n-1].ID)
		}
		f.Records = append(f.Records, r)
	}
	if len(f.Records) != count {
		p.line = 3
		return nil, p.errorf(len("# records "), "%d records announced, %d lines follow", count, len(f.Records))
	}
	return f, nil
}

// minLine is the shortest line there is: id, tab, an empty input, tab, "=", tab, an empty result, newline.
const minLine = 6

// parser walks over the lines of text.
type parser struct {
	name string
	text string
	at   int // start of the next line
	line int // lines taken so far, so the number of the current one, from 1
}

// errorf makes the error at byte offset of the current line.
func (p *parser) errorf(offset int, format string, args ...any) error {
	return &SyntaxError{File: p.name, Line: p.line, Column: offset + 1, What: fmt.Sprintf(format, args...)}
}

// next takes the next line, without its newline. checkBytes has seen to it that there is one.
func (p *parser) next() string {
	p.line++
	end := p.at + strings.IndexByte(p.text[p.at:], '\n')
	line := p.text[p.at:end]
	p.at = end + 1
	return line
}

// checkBytes looks at every byte once, before anything is made of them.
func (p *parser) checkBytes() error {
	at, what := len(p.text), ""
	if i := indexControl(p.text); i >= 0 {
		at, what = i, fmt.Sprintf("control character %#02x", p.text[i])
		if p.text[i] == '\r' {
			what = "carriage return: lines end with a newline alone"
		}
	} else if !utf8.ValidString(p.text) {
		for i, c := range p.text {
			if _, size := utf8.DecodeRuneInString(p.text[i:]); c == utf8.RuneError && size == 1 {
				at, what = i, "not UTF-8"
				break
			}
		}
	} else if p.text != "" && !strings.HasSuffix(p.text, "\n") {
		what = "no newline at the end: the file is cut off"
	}
	if what == "" {
		return nil
	}
	p.line = strings.Count(p.text[:at], "\n") + 1
	return p.errorf(at-strings.LastIndexByte(p.text[:at], '\n')-1, "%s", what)
}

// indexControl returns the index of the first byte below space that is neither tab nor newline, or -1. It takes eight
// bytes a step: a byte-wise loop over a whole golden set costs as much as all the rest of Parse.
func indexControl(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := word64(s, i)
		below := ^((x&low7 + 0x60*ones) | x) & high // high bit of each byte below 0x20
		if below != 0 && below&^(equalBytes(x, '\t')|equalBytes(x, '\n')) != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if s[i] < 0x20 && s[i] != '\t' && s[i] != '\n' {
			return i
		}
	}
	return -1
}

// headerLine takes the next line and what follows prefix in it.
func (p *parser) headerLine(prefix string) (string, error) {
	if p.at == len(p.text) {
		p.line++
		return "", p.errorf(0, "the file ends here, want the line %q", prefix+"...")
	}
	line := p.next()
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		return "", p.errorf(0, "line %s, want %q", quote(line), prefix+"...")
	}
	return rest, nil
}

// formatLine takes the first line, which must be want in full.
func (p *parser) formatLine(want string) error {
	if p.at == len(p.text) {
		p.line++
		return p.errorf(0, "empty file, want the line %q", want)
	}
	if line := p.next(); line != want {
		return p.errorf(0, "line %s, want %q", quote(line), want)
	}
	return nil
}

// number takes a header line with a number written the one way Encode writes it.
func (p *parser) number(prefix string) (int, error) {
	text, err := p.headerLine(prefix)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || strconv.Itoa(n) != text {
		return 0, p.errorf(len(prefix), "%s is not a number", quote(text))
	}
	return n, nil
}

func (p *parser) header(f *File) (count int, err error) {
	if err = p.formatLine(fileFormat); err != nil {
		return 0, err
	}
	const shard = "# shard "
	if f.Shard, err = p.headerLine(shard); err != nil {
		return 0, err
	}
	if err := checkShard(f.Shard); err != nil {
		return 0, p.errorf(len(shard), "%s", err)
	}
	const records = "# records "
	if count, err = p.number(records); err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, p.errorf(len(records), "a shard without records")
	}
	const fields = "# fields id\t"
	text, err := p.headerLine(fields)
	if err != nil {
		return 0, err
	}
	names := strings.Split(text, "\t")
	at := indexFrom(names, 0, "=")
	if at < 0 {
		return 0, p.errorf(len(fields), "no \"=\" between input and result fields")
	}
	f.Fields = Fields{Inputs: names[:at:at], Results: names[at+1:]}
	if err := f.Fields.check(); err != nil {
		return 0, p.errorf(len(fields), "%s", err)
	}
	return count, nil
}

func (p *parser) record(f Fields) (r Record, err error) {
	line := p.next()
	tab := strings.IndexByte(line, '\t')
	if tab < 0 {
		return r, p.errorf(0, "line %s has no fields", quote(line))
	}
	r.ID = line[:tab]
	if !validID(r.ID) {
		return r, p.errorf(0, "id %s is empty, starts with '#' or holds a space", quote(r.ID))
	}
	at := tab + 1
	end := endOfFields(line, at, len(f.Inputs))
	if end < 0 || end == len(line) {
		return r, p.errorf(at, "fewer than %d inputs and a \"=\"", len(f.Inputs))
	}
	r.Inputs, at = line[at:end], end+1
	if !strings.HasPrefix(line[at:], "=\t") {
		return r, p.errorf(at, "want \"=\" after %d inputs", len(f.Inputs))
	}
	at += 2
	width := len(f.Results)
	if strings.HasPrefix(line[at:], errPrefix) {
		width = 1
	}
	end = endOfFields(line, at, width)
	if end < 0 {
		return r, p.errorf(at, "%d results for %d result fields", strings.Count(line[at:], "\t")+1, width)
	}
	r.Result = line[at:end]
	if r.Result == errPrefix {
		return r, p.errorf(at, "a refusal without a code")
	}
	if end == len(line) {
		return r, nil
	}
	err = p.known(f, &r, line, end+1)
	return r, err
}

// known reads what follows the results, from offset at.
func (p *parser) known(f Fields, r *Record, line string, at int) error {
	if !strings.HasPrefix(line[at:], "!\t") {
		return p.errorf(at, "%s after the results, want the end of the line or \"!\"", quote(line[at:]))
	}
	at += 2
	var ok bool
	if r.Known, r.Legacy, ok = strings.Cut(line[at:], "\t"); !ok {
		return p.errorf(at, "\"!\" without legacy values")
	}
	if err := checkKnown(r.Known); err != nil {
		return p.errorf(at, "%s", err)
	}
	if r.Legacy == "" || r.Legacy == errPrefix || strings.HasPrefix(r.Legacy, errPrefix) && strings.Contains(r.Legacy, "\t") {
		return p.errorf(at+len(r.Known)+1, "legacy %s is neither field=value nor a single err=CODE", quote(r.Legacy))
	}
	if _, err := r.Overlay(f); err != nil {
		return p.errorf(at+len(r.Known)+1, "%s", err)
	}
	return nil
}

// checkKnown says why ids is not a list of names, ascending and without repetition.
func checkKnown(ids string) error {
	last := ""
	for id := range strings.SplitSeq(ids, ",") {
		if !word(id) {
			return fmt.Errorf("known difference %s is not one word", quote(id))
		}
		if id <= last {
			return fmt.Errorf("known difference %s is there twice or out of order", id)
		}
		last = id
	}
	return nil
}

func validID(id string) bool {
	return id != "" && id[0] != '#' && strings.IndexByte(id, ' ') < 0
}

// endOfFields returns where n tab-separated fields end that start at offset at: at a tab or at the end of the line; -1
// when there are fewer. Fields are short, so that counting the tabs of eight bytes at a time beats a search for each.
func endOfFields(line string, at, n int) int {
	for ; at+8 <= len(line); at += 8 {
		tabs := equalBytes(word64(line, at), '\t')
		if found := bits.OnesCount64(tabs); found < n {
			n -= found
			continue
		}
		for ; n > 1; n-- {
			tabs &= tabs - 1
		}
		return at + bits.TrailingZeros64(tabs)/8
	}
	for ; at < len(line); at++ {
		if line[at] == '\t' {
			if n--; n == 0 {
				return at
			}
		}
	}
	if n == 1 {
		return len(line)
	}
	return -1
}

const (
	ones = 0x0101010101010101
	low7 = 0x7f * ones
	high = 0x80 * ones
)

// word64 loads eight bytes of s, the first one lowest.
func word64(s string, at int) uint64 {
	return binary.LittleEndian.Uint64([]byte(s[at : at+8]))
}

// equalBytes has the high bit set in each byte of x that is c.
func equalBytes(x uint64, c byte) uint64 {
	y := x ^ uint64(c)*ones
	return ^((y&low7 + low7) | y) & high
}

// quote keeps an error readable when the line that it shows is not.
func quote(s string) string {
	const shown = 60 // enough to recognise a line, short enough for one line of terminal
	if len(s) > shown {
		return strconv.Quote(s[:shown]) + "..."
	}
	return strconv.Quote(s)
}
