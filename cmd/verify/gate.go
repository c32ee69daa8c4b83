package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/harness"
	"settleproof/harness/report"
	"settleproof/harness/snapshot"
)

// gate is what every command opens before it can judge.
type gate struct {
	opt    *options
	book   *cases.Book
	store  *snapshot.Store
	golden harness.Golden // reads every shard of store once
	shards []harness.Shard
	stderr io.Writer
}

// openGate opens the cases and the golden set, and lists the cases of the run.
func openGate(opt *options, stderr io.Writer) (*gate, error) {
	g, err := openBooks(opt, stderr)
	if err != nil {
		return nil, err
	}
	g.shards, err = g.selection()
	return g, err
}

func openBooks(opt *options, stderr io.Writer) (*gate, error) {
	if err := opt.check(time.Now()); err != nil {
		return nil, err
	}
	book, err := cases.Open()
	if err != nil {
		return nil, err
	}
	store, err := snapshot.Open(opt.golden)
	if err != nil {
		return nil, err
	}
	if store.State() == snapshot.Committed {
		fmt.Fprintf(stderr, "%s: %s\n", opt.golden, store.State())
	}
	g := &gate{opt: opt, book: book, store: store, golden: harness.KeepGolden(store), stderr: stderr}
	return g, nil
}

// selection lists the cases of the run: of the suite those that --where holds for, of them the shards of --shard, of
// them those that --rerun names.
func (g *gate) selection() ([]harness.Shard, error) {
	suite := g.opt.suite
	if suite == "" {
		suite = suiteFull
	}
	shards, err := g.book.Shards(suite, g.opt.where)
	if err != nil {
		return nil, err
	}
	i, n, err := g.opt.part()
	if err != nil {
		return nil, err
	}
	if n > 1 {
		var part []harness.Shard
		for at := i - 1; at < len(shards); at += n {
			part = append(part, shards[at])
		}
		shards = part
	}
	if g.opt.rerun == "" {
		return shards, nil
	}
	ids, err := report.ReadFailed(g.opt.report)
	if err != nil {
		return nil, err
	}
	return chooseCases(shards, ids)
}

// chooseCases keeps the cases with these ids. Each stays a shard of its own stretch, because a case is found by its
// place in the suite.
func chooseCases(shards []harness.Shard, ids []string) ([]harness.Shard, error) {
	want := make(map[string]bool, len(ids))
	for _, id := range ids {
		want[id] = true
	}
	var out []harness.Shard
	for _, s := range shards {
		for from := 0; from < len(s.IDs); from++ {
			to := from
			for to < len(s.IDs) && want[s.IDs[to]] {
				delete(want, s.IDs[to])
				to++
			}
			if to > from {
				out = append(out, harness.Shard{Name: s.Name, IDs: s.IDs[from:to:to], First: s.First + from})
				from = to
			}
		}
	}
	for _, id := range ids {
		if want[id] {
			return nil, fmt.Errorf("case %s is not in this selection of the suite", id)
		}
	}
	return out, nil
}

func (g *gate) config(subject, oracle harness.Subject) harness.Config {
	return harness.Config{
		Domain:      g.book.Domain(),
		Golden:      g.golden,
		Shards:      g.shards,
		Subject:     subject,
		Oracle:      oracle,
		Known:       g.book.Known(),
		Today:       g.opt.today,
		Scope:       g.opt.scope(),
		Workers:     max(g.opt.workers, 1),
		MismatchMax: g.opt.mismatchMax,
	}
}

// runGate checks everything, in order:
//
//  1. The manifest: every line of it is recomputed. A golden file that cannot be read ends the run here.
//  2. The calculator and, unless --oracle none, the legacy query against the golden files. A legacy query that cannot be
//     had makes its half of every case UNKNOWN; the calculator's half is judged all the same.
//  3. The examples, published ones and those worked out by hand.
//  4. The selftest, unless the run has been ended.
//  5. The report, and one exit code from all of it.
func runGate(cmd *cobra.Command, opt *options) error {
	g, err := openBooks(opt, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), opt.maxTime)
	defer cancel()
	examples := inBackground(g.book.CheckExamples) // needs nothing of the rest, which leaves a processor idle here and there
	manifest, err := g.selectAndCheck()
	if err != nil {
		return err
	}
	legacy, err := openLegacy(ctx, opt.oracle, g.book, g.stderr)
	if err != nil {
		return err
	}
	defer legacy.close(g.stderr)
	v, err := g.judge(ctx, legacy, manifest.shards)
	if err != nil {
		return err
	}
	results, err := examples()
	if err != nil {
		return err
	}
	v.Findings = append(v.Findings, manifest.findings...)
	v.GoldenApproved, v.OracleChanged = manifest.approved, manifest.legacyChanged
	checks := []string{manifest.line, checkExamples(v, results), g.checkSelftest(ctx, v)}
	checks = slices.DeleteFunc(checks, func(s string) bool { return s == "" })
	return g.report(cmd.OutOrStdout(), v, legacy, checks)
}

// inBackground starts do and returns how to wait for it.
func inBackground[T any](do func() (T, error)) (wait func() (T, error)) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = do()
	}()
	return func() (T, error) {
		<-done
		return value, err
	}
}

// selectAndCheck lists the cases of the run and checks the manifest. Over the whole suite both are done at once: neither
// needs the other, and together they are half of a run without the legacy query.
func (g *gate) selectAndCheck() (*manifestCheck, error) {
	if g.opt.scope() != harness.ScopeSuite {
		var err error
		if g.shards, err = g.selection(); err != nil {
			return nil, err
		}
		return g.checkManifest()
	}
	var shards []harness.Shard
	var err error
	var wg sync.WaitGroup
	wg.Go(func() { shards, err = g.selection() })
	manifest, manifestErr := g.checkManifest()
	wg.Wait()
	g.shards = shards
	if err != nil {
		return nil, err
	}
	return manifest, manifestErr
}

func (g *gate) judge(ctx context.Context, legacy *legacy, goldenShards []string) (*harness.Verdict, error) {
	total := 0
	for _, s := range g.shards {
		total += len(s.IDs)
	}
	progress := report.NewProgress(g.stderr, "verify", total)
	defer progress.Done()
	cfg := g.config(g.book.Calculator(), legacy.subject)
	cfg.GoldenShards, cfg.Progress = goldenShards, progress.Add
	return harness.Run(ctx, cfg)
}

// checkExamples puts what is wrong into v and returns a line when nothing is.
func checkExamples(v *harness.Verdict, results []cases.ExampleResult) string {
	published, worked := 0, 0
	for _, r := range results {
		origin := "published"
		if r.Worked {
			origin = "worked out"
		}
		switch {
		case r.Err != nil:
			v.Findings = append(v.Findings, harness.Finding{Check: "examples", Exit: harness.ExitUnknown, Text: fmt.Sprintf("%s: %v", r.ID, r.Err)})
		case !r.OK:
			v.Findings = append(v.Findings, harness.Finding{Check: "examples", Exit: harness.ExitMismatch, Text: fmt.Sprintf("%s: %s: %s %s, got %s", r.ID, r.Field, origin, r.Want, r.Got)})
		case r.Worked:
			worked++
		default:
			published++
		}
	}
	if published+worked < len(results) {
		return ""
	}
	if published == 0 || worked == 0 { // of either kind
		v.Findings = append(v.Findings, harness.Finding{Check: "examples", Exit: harness.ExitUnknown, Text: "one kind has none"})
		return ""
	}
	return fmt.Sprintf("examples: %d published values hold, and %d worked out by hand", published, worked)
}

// checkSelftest puts what is wrong into v and returns a line when nothing is. A run that was ended has no selftest; its
// verdict is UNKNOWN already, unless everything was judged in time.
func (g *gate) checkSelftest(ctx context.Context, v *harness.Verdict) string {
	n, err := harness.Selftest(ctx, g.config(nil, nil))
	switch {
	case err == nil:
		return selftestLine(n)
	case ctx.Err() != nil:
		v.Findings = append(v.Findings, harness.Finding{Check: "selftest", Exit: harness.ExitUnknown, Text: "not done: the run was ended"})
	case errors.Is(err, harness.ErrNoLines):
		v.Findings = append(v.Findings, harness.Finding{Check: "selftest", Exit: harness.ExitUnknown, Text: err.Error()})
	default:
		v.Findings = append(v.Findings, harness.Finding{Check: "selftest", Exit: harness.ExitSystemic, Text: err.Error()})
	}
	return ""
}

func (g *gate) report(stdout io.Writer, v *harness.Verdict, legacy *legacy, checks []string) error {
	database, _, _ := strings.Cut(legacy.description, ",") // the whole of it was logged when it was opened
	opt := report.Options{Oracle: database, Repeat: g.opt.repeat, Checks: checks}
	if err := report.Text(stdout, v, opt); err != nil {
		return &exitError{harness.ExitSystemic, err}
	}
	if g.opt.report != "" {
		if err := report.WriteDir(g.opt.report, v); err != nil {
			return &exitError{harness.ExitSystemic, err} // evidence that was asked for and is not there must not look like success
		}
	}
	if code := v.Exit(); code != harness.ExitOK {
		return &exitError{code: code}
	}
	return nil
}
