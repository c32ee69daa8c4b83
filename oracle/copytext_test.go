package oracle

import (
	"bytes"
	"hash/maphash"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendLine(t *testing.T) {
	for _, tt := range []struct {
		reason string
		values []string
		want   string
	}{
		{"plain values stand as they are", []string{"a", "1.50", ""}, "a\t1.50\t\n"},
		{"a tab would end the column", []string{"a\tb"}, "a\\tb\n"},
		{"a newline would end the row", []string{"a\nb", "c\rd"}, "a\\nb\tc\\rd\n"},
		{"a backslash would escape what follows", []string{`a\b`}, "a\\\\b\n"},
		{"the text \\N is not null", []string{`\N`}, "\\\\N\n"},
		{"the text \\. does not end the data", []string{`\.`}, "\\\\.\n"},
		{"other letters are bytes", []string{"원"}, "원\n"},
	} {
		if got := string(appendLine(nil, tt.values...)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for _, tt := range []struct{ reason, in, want string }{
		{"nothing to do", "-12.30", "-12.30"},
		{"absent is empty, not null", "", ""},
		{"all the server's escapes", `\b\f\n\r\t\v\\`, "\b\f\n\r\t\v\\"},
		{"an escaped N is a letter behind a backslash", `\\N`, `\N`},
	} {
		if got, err := unescape([]byte(tt.in)); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.reason, got, err, tt.want)
		}
	}
	for _, in := range []string{`\N`, `a\`} {
		if got, err := unescape([]byte(in)); err == nil {
			t.Errorf("%q gave %q", in, got)
		}
	}
}

// What goes in comes back, however the stream is cut.
func TestLinesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.String(), 1, 4)).Draw(t, "rows")
		var text []byte
		for _, r := range rows {
			text = appendLine(text, r...)
		}
		var got [][]string
		w := lineWriter{line: func(line []byte) {
			var row []string
			for _, col := range bytes.Split(line, []byte{'\t'}) {
				v, err := unescape(col)
				if err != nil {
					t.Fatal(err)
				}
				row = append(row, v)
			}
			got = append(got, row)
		}}
		for len(text) > 0 {
			n := rapid.IntRange(1, len(text)).Draw(t, "chunk")
			w.Write(text[:n])
			text = text[n:]
		}
		if len(w.rest) > 0 || len(got) != len(rows) {
			t.Fatalf("%d rows of %d, rest %q", len(got), len(rows), w.rest)
		}
		for i := range rows {
			if strings.Join(got[i], "\x00") != strings.Join(rows[i], "\x00") {
				t.Errorf("row %d: %q, want %q", i, got[i], rows[i])
			}
		}
	})
}

func TestTally(t *testing.T) {
	seed := maphash.MakeSeed()
	is := tallyOf(seed, []byte("a\t1\nb\t2\nc\t3\n"))
	for _, tt := range []struct {
		reason, text string
		same         bool
	}{
		{"the order of the rows is the server's affair", "c\t3\na\t1\nb\t2\n", true},
		{"a changed digit", "a\t1\nb\t2\nc\t4\n", false},
		{"a missing row", "a\t1\nb\t2\n", false},
		{"a row twice in place of another", "a\t1\nb\t2\nb\t2\n", false},
		{"nothing left", "", false},
	} {
		if got := tallyOf(seed, []byte(tt.text)); (got == is) != tt.same {
			t.Errorf("%s: %+v and %+v", tt.reason, got, is)
		}
	}
}
