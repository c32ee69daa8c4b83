package generator

import (
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// positionIn finds where the character at offset (from 0) of a scalar's value stands in the source.
//
//  1. A plain or quoted scalar starts at the node, a block scalar on the line after it.
//  2. Source and value are walked together. A character of the value is the same character of the source or, inside
//     quotes, an escape.
//  3. A run of white space in the value is a run of white space in the source: that is all that folding does.
//  4. Where the two do not agree the answer is the start of the scalar, which is never wrong, only coarse.
func (r *reader) positionIn(n *yaml.Node, offset int) (line, col int) {
	w := walker{src: r.src, line: 1, col: 1}
	block := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	for w.at < len(w.src) && (w.line < n.Line || block && w.line == n.Line || !block && w.col < n.Column) {
		w.step()
	}
	if quoted {
		w.step()
	}
	for i, c := range []rune(n.Value) {
		space := unicode.IsSpace(c)
		for !space && w.at < len(w.src) && unicode.IsSpace(w.peek()) {
			w.step()
		}
		if i == offset {
			return w.line, w.col
		}
		if space && w.peek() != '\\' {
			if unicode.IsSpace(w.peek()) {
				w.step()
			}
			continue
		}
		if !w.match(n.Style, c) {
			return n.Line, n.Column
		}
	}
	return w.line, w.col
}

// walker is a place in the source.
type walker struct {
	src       string
	at        int
	line, col int
}

// peek is the next character, 0 at the end.
func (w *walker) peek() rune {
	if w.at >= len(w.src) {
		return 0
	}
	c, _ := utf8.DecodeRuneInString(w.src[w.at:])
	return c
}

// step moves over one character and returns it, 0 at the end.
func (w *walker) step() rune {
	if w.at >= len(w.src) {
		return 0
	}
	c, size := utf8.DecodeRuneInString(w.src[w.at:])
	w.at += size
	w.col++
	if c == '\n' {
		w.line++
		w.col = 1
	}
	return c
}

// match moves over what stands for the character c and says whether it did.
func (w *walker) match(style yaml.Style, c rune) bool {
	got := w.step()
	if style&yaml.SingleQuotedStyle != 0 && got == '\'' {
		w.step() // a quote is written twice
		return c == '\''
	}
	if style&yaml.DoubleQuotedStyle == 0 || got != '\\' {
		return got == c
	}
	digits := 0
	switch w.step() {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	for range digits {
		w.step()
	}
	return true
}
