package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"settleproof/calc"
	"settleproof/cases"
	"settleproof/harness"
	"settleproof/harness/report"
	"settleproof/harness/snapshot"
)

func caseCommand() *cobra.Command {
	var opt options
	cmd := &cobra.Command{
		Use:   "case ID",
		Short: "shows one case: inputs, golden line, calculator and legacy query side by side, and the calculator's trace",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return runCase(cmd, &opt, args[0]) },
	}
	opt.addGolden(cmd)
	opt.addOracle(cmd)
	return cmd
}

// oneCase is everything there is about one case.
type oneCase struct {
	id      string
	fields  snapshot.Fields
	record  *snapshot.Record // nil: no golden line
	facts   cases.Facts
	calc    harness.Outcome
	legacy  *harness.Outcome // nil: not asked
	verdict *harness.Verdict
}

// runCase judges one case and shows what it was judged by. Its exit code is that of a run over this case alone.
func runCase(cmd *cobra.Command, opt *options, id string) error {
	g, err := openGate(opt, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	opt.rerun = rerunFailed // the scope is chosen cases
	request, err := g.book.Request(id)
	if err != nil {
		return usagef("case %s: %w", id, err)
	}
	if g.shards, err = chooseCases(g.shards, []string{id}); err != nil {
		// A case of the axes that the suite has left out has answers, but no golden line that they could agree with.
		g.shards, g.golden = []harness.Shard{{Name: "(not in the suite)", IDs: []string{id}}}, noGolden{}
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), opt.maxTime)
	defer cancel()
	legacy, err := openLegacy(ctx, opt.oracle, g.book, g.stderr)
	if err != nil {
		return err
	}
	defer legacy.close(g.stderr)
	c, err := g.oneCase(ctx, id, legacy)
	if err != nil {
		return err
	}
	_, steps, refused := calc.Explain(&request)
	if err := c.show(cmd.OutOrStdout(), g.shards[0].Name, steps, refused); err != nil {
		return err
	}
	if code := c.verdict.Exit(); code != harness.ExitOK {
		return &exitError{code: code}
	}
	return nil
}

func (g *gate) oneCase(ctx context.Context, id string, legacy *legacy) (*oneCase, error) {
	c := &oneCase{id: id, fields: g.book.Domain().Fields}
	if f, err := g.golden.Read(g.shards[0].Name); err == nil {
		at, found := slices.BinarySearchFunc(f.Records, id, func(r snapshot.Record, id string) int { return strings.Compare(r.ID, id) })
		if found {
			c.record = &f.Records[at]
		}
	}
	var err error
	if c.facts, err = g.book.Facts(id); err != nil {
		return nil, err
	}
	c.calc = harness.Answers(ctx, g.book.Calculator(), harness.SubjectError, g.shards, 1)[0][0]
	var oracle harness.Subject
	if legacy.subject != nil {
		c.legacy = &harness.Answers(ctx, legacy.subject, harness.OracleError, g.shards, 1)[0][0]
		oracle = given{legacy.subject.Name(), *c.legacy}
	}
	c.verdict, err = harness.Run(ctx, g.config(given{subjectCalc, c.calc}, oracle))
	return c, err
}

// noGolden is a golden set without a shard.
type noGolden struct{}

func (noGolden) Read(string) (*snapshot.File, error) { return nil, fs.ErrNotExist }

// given answers one case with what is already known.
type given struct {
	name    string
	outcome harness.Outcome
}

func (s given) Name() string { return s.name }

func (given) CasesMax() int { return 1 }

func (s given) Answer(context.Context, []harness.Shard) ([][]harness.Outcome, error) {
	return [][]harness.Outcome{{s.outcome}}, nil
}

func (c *oneCase) show(w io.Writer, shard string, steps []calc.Step, refused error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "case %s\nshard %s\n\n", c.id, shard)
	c.showFacts(&b)
	c.showInputs(&b)
	c.showResults(&b)
	fmt.Fprintf(&b, "\ntrace of the calculator\n")
	for _, s := range steps {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(fmt.Sprintf("%-22s %-18s %s", s.Name, s.Value, s.How)))
	}
	if refused != nil {
		fmt.Fprintf(&b, "  refused: %v\n", refused)
	}
	b.WriteByte('\n')
	for _, f := range c.verdict.Failures {
		if f.Unknown != nil {
			fmt.Fprintf(&b, "%s: %s\n", f.Unknown.Cause, f.Unknown.Detail)
		}
		for _, d := range f.Diffs {
			fmt.Fprintln(&b, report.DiffLine(d))
		}
	}
	for _, k := range c.verdict.Differences {
		if k.Cases > 0 {
			fmt.Fprintf(&b, "%s: %s (ticket %s, approved by %s, expires %s)\n", k.ID, k.Reason, k.Ticket, k.ApprovedBy, k.Expires)
		}
	}
	fmt.Fprintln(&b, report.Line(c.verdict))
	_, err := io.WriteString(w, b.String())
	return err
}

// showFacts tells what happened and what the contract says, before anything is looked up.
func (c *oneCase) showFacts(b *strings.Builder) {
	f := c.facts
	escrow := "no"
	if f.Escrow {
		escrow = "yes"
	}
	rows := [][]string{{"transaction", ""}}
	for _, pair := range [][2]string{
		{"event", strings.TrimSpace(f.Event + " " + f.Phase)}, {"method", f.Method}, {"currency", f.Currency}, {"tax_class", f.TaxClass},
		{"instalment", strings.TrimSpace(fmt.Sprintf("%d months %s", f.InstalmentMonths, f.InterestPayer))}, {"escrow", escrow},
		{"approved_at", f.ApprovedAt}, {"captured_at", f.CapturedAt}, {"event_at", f.EventAt},
		{"contract", ""},
		{"grade", f.Contract.Grade}, {"vat_mode", f.Contract.VATMode}, {"fee_rounding", f.Contract.Rounding}, {"cycle", f.Contract.Cycle + " " + f.Contract.HolidayShift},
		{"settle_currency", f.Contract.SettleCurrency}, {"reserve_rate", f.Contract.ReserveRate.String()},
		{"fx", strings.TrimSpace(strings.Join([]string{f.Contract.FXDate, f.Contract.FXKind, f.Contract.FXPosting, f.Contract.FXOrder}, " "))},
	} {
		switch {
		case pair[0] == "contract":
			rows = append(rows, []string{"contract", ""})
		case pair[1] != "" && (pair[0] != "instalment" || f.InstalmentMonths > 0):
			rows = append(rows, []string{"  " + pair[0], pair[1]})
		}
	}
	writeColumns(b, rows)
	b.WriteByte('\n')
}

// showInputs lists the inputs as they are bound now, and the golden line's where that is not the same.
func (c *oneCase) showInputs(b *strings.Builder) {
	now := column(c.fields.Inputs, c.calc.Inputs, c.calc.Unknown)
	golden := now
	if c.record != nil {
		golden = column(c.fields.Inputs, c.record.Inputs, nil)
	}
	rows := [][]string{{"input", "value", ""}}
	for i, name := range c.fields.Inputs {
		note := ""
		if now[i] != golden[i] {
			note = "golden has " + golden[i]
		}
		rows = append(rows, []string{name, now[i], note})
	}
	writeColumns(b, rows)
}

// showResults puts golden line, calculator and legacy query side by side. Where the legacy query was not asked, what the golden
// line says about it stands there, and the heading says so.
func (c *oneCase) showResults(b *strings.Builder) {
	results := c.fields.Results
	golden := column(results, "", &harness.Unknown{Cause: "no line"})
	expected := golden
	if c.record != nil {
		golden = column(results, c.record.Result, nil)
		if text, err := c.record.Overlay(c.fields); err == nil {
			expected = column(results, text, nil)
		}
	}
	calculator := column(results, c.calc.Result, c.calc.Unknown)
	heading, legacy := "legacy (by golden)", expected
	if c.legacy != nil {
		heading, legacy = "legacy", column(results, c.legacy.Result, c.legacy.Unknown)
	} else {
		fmt.Fprintf(b, "\nlegacy query not asked: the golden files stand for it\n")
	}
	rows := [][]string{{"result", "golden", subjectCalc, heading, ""}}
	for i, name := range results {
		var notes []string
		if c.record != nil && calculator[i] != golden[i] {
			notes = append(notes, subjectCalc+" differs")
		}
		switch {
		case c.record == nil && (c.legacy == nil || legacy[i] == calculator[i]):
		case c.record == nil:
			notes = append(notes, "legacy differs from "+subjectCalc)
		case legacy[i] != expected[i]:
			notes = append(notes, "legacy differs")
		case legacy[i] != golden[i]:
			notes = append(notes, c.record.Known)
		}
		rows = append(rows, []string{name, golden[i], calculator[i], legacy[i], strings.Join(notes, ", ")})
	}
	b.WriteByte('\n')
	writeColumns(b, rows)
}

// column takes a text apart by field. A refusal, a missing answer and a wrong number of fields stand in every row, so
// that none of them looks equal to a value.
func column(fields []string, text string, unknown *harness.Unknown) []string {
	values := strings.Split(text, "\t")
	if unknown == nil && len(values) == len(fields) && !strings.HasPrefix(text, "err=") {
		return values
	}
	if unknown != nil {
		text = string(unknown.Cause)
	}
	return slices.Repeat([]string{strings.ReplaceAll(text, "\t", " ")}, len(fields))
}

func writeColumns(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}
