package oracle

import (
	"bytes"
	"fmt"
	"hash/maphash"
)

// COPY text format: one line per row, columns separated by a tab, \N for null, and a backslash before what would
// otherwise end a column or a line.

const null = `\N`

// appendColumn appends one value, escaped.
func appendColumn(dst []byte, v string) []byte {
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '\\':
			dst = append(dst, '\\', '\\')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendLine appends one row of values none of which is null.
func appendLine(dst []byte, vs ...string) []byte {
	for i, v := range vs {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = appendColumn(dst, v)
	}
	return append(dst, '\n')
}

// unescape returns the value of one column as the server writes it. A null is an error: the legacy query answers with
// text in every column.
func unescape(col []byte) (string, error) {
	if string(col) == null {
		return "", errNull
	}
	if bytes.IndexByte(col, '\\') < 0 {
		return string(col), nil
	}
	out := make([]byte, 0, len(col))
	for i := 0; i < len(col); i++ {
		c := col[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if i++; i == len(col) {
			return "", fmt.Errorf("%q ends in a backslash", col)
		}
		switch c = col[i]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'v':
			c = '\v'
		}
		out = append(out, c)
	}
	return string(out), nil
}

// lineWriter cuts what is written to it into lines and hands each over without its newline. It never fails, because an
// error from here would cost the connection; what a line means is for the receiver to judge, and keep.
type lineWriter struct {
	line func(line []byte) // the bytes are only valid during the call
	rest []byte            // the beginning of a line whose end has not come yet
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			w.rest = append(w.rest, p...)
			return n, nil
		}
		if len(w.rest) == 0 {
			w.line(p[:end])
		} else {
			w.rest = append(w.rest, p[:end]...)
			w.line(w.rest)
			w.rest = w.rest[:0]
		}
		p = p[end+1:]
	}
}

// tally counts lines and adds up their hashes, so that the same rows in another order have the same tally.
type tally struct {
	rows int64
	sum  uint64
}

// add uses the process's own seed: both sides of a comparison are computed here.
func (t *tally) add(seed maphash.Seed, line []byte) {
	t.rows++
	t.sum += maphash.Bytes(seed, line)
}

func tallyOf(seed maphash.Seed, text []byte) tally {
	var t tally
	w := lineWriter{line: func(line []byte) { t.add(seed, line) }}
	w.Write(text)
	return t
}
