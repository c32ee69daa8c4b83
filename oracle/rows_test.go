package oracle

import (
	"errors"
	"strings"
	"testing"
)

// answerLine is a line of the answer about id with the result "1 2 3 ...".
func answerLine(id string) string {
	return id + "\t" + answerResult
}

var answerResult = strings.TrimSuffix(strings.Repeat("x\t", len(columns)-1), "\t")

func TestParseRow(t *testing.T) {
	id, result, err := parseRow([]byte(answerLine("card.m12")))
	if err != nil || id != "card.m12" || result != answerResult {
		t.Errorf("%q %q %v", id, result, err)
	}
	id, result, err = parseRow([]byte(answerLine(`card\\m12`)))
	if err != nil || id != `card\m12` || result != answerResult {
		t.Errorf("escaped: %q %q %v", id, result, err)
	}
	empty := strings.Repeat("\t", len(columns)-2)
	if id, result, err = parseRow([]byte("a\t" + empty)); err != nil || id != "a" || result != empty {
		t.Errorf("absent values: %q %q %v", id, result, err)
	}
	for _, tt := range []struct{ reason, line string }{
		{"a column too few", "a\tb"},
		{"a column too many", answerLine("a") + "\tx"},
		{"an empty line", ""},
		{"a tab inside a value would move the columns of the golden line", strings.Replace(answerLine("a"), "x", `1\t2`, 1)},
		{"a newline would cut it", strings.Replace(answerLine("a"), "x", `1\n2`, 1)},
		{"a control character that the server does not escape", strings.Replace(answerLine("a"), "x", "\x01", 1)},
		{"a backslash at the end of a value", strings.Replace(answerLine("a"), "x\t", "\\\t", 1)},
	} {
		if id, result, err := parseRow([]byte(tt.line)); err == nil || errors.Is(err, errNull) {
			t.Errorf("%s: %q %q %v", tt.reason, id, result, err)
		}
	}
	id, _, err = parseRow([]byte(strings.Replace(answerLine("a"), "x", null, 1)))
	if id != "a" || !errors.Is(err, errNull) || !strings.Contains(err.Error(), "status") {
		t.Errorf("null: %q %v", id, err)
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		reason string
		lines  []string
		copied int64
		want   string // part of the error, "" for none
	}{
		{"every case once, in any order", []string{answerLine("b"), answerLine("a")}, 2, ""},
		{"a case without a row", []string{answerLine("b")}, 1, `1 cases without a row, the first is "a"`},
		{"no row at all", nil, 0, `2 cases without a row, the first is "a"`},
		{"a case twice", []string{answerLine("a"), answerLine("b"), answerLine("a")}, 3, `a second row for "a"`},
		{"a case twice instead of another", []string{answerLine("a"), answerLine("a")}, 2, `a second row for "a"; 1 cases without a row`},
		{"a row for nobody", []string{answerLine("a"), answerLine("b"), answerLine("c")}, 3, `a row for "c", which was not asked`},
		{"a row lost between server and us", []string{answerLine("a"), answerLine("b")}, 3, "2 rows read of 3 sent"},
		{"many faults are counted, few are shown", []string{"1", "2", "3", "4", "5"}, 5, "; and 3 more"},
	} {
		a := newAnswers(map[string]int{"a": 0, "b": 1}, 2)
		for _, l := range tt.lines {
			a.line([]byte(l))
		}
		err := a.check(tt.copied)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.reason, err)
		case tt.want != "" && (!errors.Is(err, ErrRows) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.want)
		}
	}
}

// A null spoils its own case only, and does not pass for a result.
func TestAnswersKeepNulls(t *testing.T) {
	a := newAnswers(map[string]int{"a": 0, "b": 1}, 2)
	a.line([]byte(answerLine("a")))
	a.line([]byte(strings.Replace(answerLine("b"), "x", null, 1)))
	if err := a.check(2); err != nil || a.results[0] != answerResult || a.results[1] != "" || a.nulls[1] == "" {
		t.Errorf("%v %q %v", err, a.results, a.nulls)
	}
}

// A row that is accepted has its columns as they were written; nothing makes the reader panic.
func FuzzParseRow(f *testing.F) {
	f.Add([]byte(answerLine("a")))
	f.Add([]byte(answerLine(`a\\b`)))
	f.Add([]byte(strings.Replace(answerLine("a"), "x", null, 1)))
	f.Add([]byte("\\\t\\"))
	f.Fuzz(func(t *testing.T, line []byte) {
		id, result, err := parseRow(line)
		if err != nil {
			return
		}
		values := append([]string{id}, strings.Split(result, "\t")...)
		if len(values) != len(columns) {
			t.Fatalf("%d columns from %q", len(values), line)
		}
		again, _, err := parseRow([]byte(strings.TrimSuffix(string(appendLine(nil, values...)), "\n")))
		if err != nil || again != id {
			t.Fatalf("%q read back as %q, %v", line, again, err)
		}
	})
}
