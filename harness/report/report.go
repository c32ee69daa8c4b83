// Package report shows a verdict: as text of about a screen, and as files that other programs read.
//
//  1. What to act on comes first: one example with the command that repeats it, then counts, then the one line that says
//     the verdict and what the exit code means.
//  2. Every list is cut at a fixed number of lines, worst first, and says what it left out. No run prints more than
//     about 60 lines.
//  3. Nothing depends on time, place or scheduling: equal verdicts give equal bytes.
//  4. A progress bar is for terminals; elsewhere it is a few plain lines.
package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"settleproof/harness"
)

// How many lines a part of the text takes at most; together with the lines around them about 60.
const (
	diffsMax    = 6
	fieldsMax   = 6
	cellsMax    = 12
	knownMax    = 6
	findingsMax = 6

	// valueMax cuts a value that would wrap the line; the whole value is in verdict.json.
	valueMax = 100
	// reasonMax keeps the table of known differences within 100 columns; the whole reason stands in the ledger.
	reasonMax = 50
)

// Options are what a verdict does not know about itself.
type Options struct {
	Oracle string                 // which oracle answered and why; "" when none was asked
	Repeat func(id string) string // the command that shows one case again
	Checks []string               // one line for each check besides the cases that found nothing
}

// Text writes the verdict for people.
func Text(w io.Writer, v *harness.Verdict, opt Options) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "subject: %s against the golden files\n", v.Subject)
	if v.Oracle == "" {
		fmt.Fprintln(b, "oracle:  legacy query not asked: the golden files stand for it")
	} else {
		fmt.Fprintf(b, "oracle:  %s\n", strings.TrimSuffix(v.Oracle+", "+opt.Oracle, ", "))
	}
	example(b, v, opt)
	fields(b, v)
	cells(b, v)
	known(b, v)
	causes(b, v)
	findings(b, v)
	if len(opt.Checks) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(opt.Checks, "\n"))
	}
	fmt.Fprintf(b, "\n%s\n", Line(v))
	return b.Flush()
}

// Line is the verdict in one line.
func Line(v *harness.Verdict) string {
	return fmt.Sprintf("%s (exit %d): %s; %d cases: %d match, %d known, %d unknown, %d mismatch",
		v.Level(), v.Exit(), v.Meaning(), v.Cases, v.Match, v.Counts.Known, v.Unknown, v.Mismatch)
}

// example shows the first mismatch, or the first UNKNOWN when there is none.
func example(b io.Writer, v *harness.Verdict, opt Options) {
	if len(v.Failures) == 0 {
		return
	}
	at := max(0, slices.IndexFunc(v.Failures, func(c harness.Case) bool { return c.Level == harness.LevelMismatch }))
	c := v.Failures[at]
	fmt.Fprintf(b, "\nfirst %s of %d: %s\n", c.Level, countOf(v, c.Level), c.ID)
	if c.Unknown != nil {
		fmt.Fprintf(b, "  %s: %s\n", c.Unknown.Cause, oneLine(c.Unknown.Detail))
	}
	for _, d := range c.Diffs[:min(len(c.Diffs), diffsMax)] {
		fmt.Fprintf(b, "  %s\n", DiffLine(d))
	}
	if n := len(c.Diffs) - diffsMax; n > 0 {
		fmt.Fprintf(b, "  ... and %d more fields\n", n)
	}
	if opt.Repeat != nil {
		fmt.Fprintf(b, "  repeat: %s\n", opt.Repeat(c.ID))
	}
}

func countOf(v *harness.Verdict, l harness.Level) int {
	if l == harness.LevelMismatch {
		return v.Mismatch
	}
	return v.Unknown
}

// DiffLine is one difference in one line.
func DiffLine(d harness.Diff) string {
	s := fmt.Sprintf("%s %s: want %s, got %s", d.Side, d.Field, orDash(oneLine(d.Want)), orDash(oneLine(d.Got)))
	if d.Delta != "" {
		s += " (" + d.Delta + ")"
	}
	if d.Note != "" {
		s += ": " + oneLine(d.Note)
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// oneLine keeps a value of the subject from breaking the layout.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	return cut(s, valueMax)
}

func cut(s string, runesMax int) string {
	if runes := []rune(s); len(runes) > runesMax {
		return string(runes[:runesMax]) + "..."
	}
	return s
}

var countHeader = []any{"cases", "match", "known", "unknown", "mismatch"}

func countRow(name string, c harness.Counts) table.Row {
	return table.Row{name, c.Cases, c.Match, c.Known, c.Unknown, c.Mismatch}
}

// worst orders counts by what needs attention first; equal ones keep their order.
func worst(a, b harness.Counts) int {
	if a.Mismatch != b.Mismatch {
		return b.Mismatch - a.Mismatch
	}
	return b.Unknown - a.Unknown
}

// fields shows the fields that are not all MATCH.
func fields(b io.Writer, v *harness.Verdict) {
	var bad []harness.FieldCount
	for _, f := range v.Fields {
		if f.Match != f.Cases {
			bad = append(bad, f)
		}
	}
	if len(bad) == 0 {
		return
	}
	slices.SortStableFunc(bad, func(x, y harness.FieldCount) int { return worst(x.Counts, y.Counts) })
	t := newTable("field", countHeader...)
	for _, f := range bad[:min(len(bad), fieldsMax)] {
		t.AppendRow(countRow(f.Field, f.Counts))
	}
	render(b, t, len(bad)-fieldsMax, "fields")
}

func cells(b io.Writer, v *harness.Verdict) {
	sorted := slices.Clone(v.Cells)
	if len(sorted) == 0 {
		return
	}
	if len(sorted) > cellsMax {
		slices.SortStableFunc(sorted, func(x, y harness.Cell) int { return worst(x.Counts, y.Counts) })
	}
	t := newTable("cell", countHeader...)
	shown := min(len(sorted), cellsMax)
	for _, c := range sorted[:shown] {
		t.AppendRow(countRow(c.Name, c.Counts))
	}
	if rest := sorted[shown:]; len(rest) > 0 {
		var sum harness.Counts
		for _, c := range rest {
			sum.Cases += c.Cases
			sum.Match += c.Match
			sum.Known += c.Known
			sum.Unknown += c.Unknown
			sum.Mismatch += c.Mismatch
		}
		t.AppendRow(countRow(fmt.Sprintf("... %d more cells", len(rest)), sum))
	}
	t.AppendRow(countRow("all", v.Counts))
	render(b, t, 0, "")
}

func known(b io.Writer, v *harness.Verdict) {
	var list []harness.KnownUse
	for _, k := range v.Differences {
		if k.Cases > 0 || len(k.Faults) > 0 {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return
	}
	t := newTable("known difference", "cases", "expires", "ticket", "reason")
	for _, k := range list[:min(len(list), knownMax)] {
		t.AppendRow(table.Row{k.ID, k.Cases, k.Expires, k.Ticket, cut(oneLine(k.Reason), reasonMax)})
	}
	render(b, t, len(list)-knownMax, "known differences")
}

func causes(b io.Writer, v *harness.Verdict) {
	if len(v.Causes) == 0 {
		return
	}
	fmt.Fprintln(b)
	for _, c := range v.Causes { // there are six kinds
		fmt.Fprintf(b, "UNKNOWN %s: %d cases, the first: %s\n", c.Cause, c.Cases, oneLine(c.Detail))
	}
}

func findings(b io.Writer, v *harness.Verdict) {
	if len(v.Findings) == 0 {
		return
	}
	fmt.Fprintln(b)
	for _, f := range v.Findings[:min(len(v.Findings), findingsMax)] {
		fmt.Fprintf(b, "%s: %s\n", f.Check, f.Text)
	}
	if n := len(v.Findings) - findingsMax; n > 0 {
		fmt.Fprintf(b, "... and %d more findings\n", n)
	}
}

// newTable is a table without lines: it reads in a log as it does on a terminal.
func newTable(first string, rest ...any) table.Writer {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	t.AppendHeader(append(table.Row{first}, rest...))
	return t
}

func render(b io.Writer, t table.Writer, left int, of string) {
	fmt.Fprintf(b, "\n%s\n", t.Render())
	if left > 0 {
		fmt.Fprintf(b, "... and %d more %s\n", left, of)
	}
}
