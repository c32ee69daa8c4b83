package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/harness"
	"settleproof/harness/report"
	"settleproof/harness/snapshot"
	"settleproof/oracle"
)

const (
	oracleNone = "none"

	// maxTime bounds everything: many times what the full suite needs with a cold database.
	maxTime = 30 * time.Minute
)

func usagef(format string, args ...any) error {
	return &exitError{harness.ExitUsage, fmt.Errorf(format, args...)}
}

type goldenOptions struct {
	selection
	dir, oracle string
	workers     int
	maxTime     time.Duration
}

func (a *app) goldenCommand() *cobra.Command {
	var opt goldenOptions
	opt.suite = "full"
	cmd := &cobra.Command{
		Use:   "golden",
		Short: "computes all golden files into golden/.pending and prints what moved",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.golden(cmd, opt) },
	}
	addGolden(cmd, &opt.dir)
	cmd.Flags().StringVar(&opt.oracle, "oracle", "auto", "where the legacy query runs: auto, container, local, none or postgres://...")
	cmd.Flags().IntVar(&opt.workers, "workers", runtime.NumCPU(), "calls at a time")
	cmd.Flags().DurationVar(&opt.maxTime, "max-time", maxTime, "what has not been computed by then is not staged")
	return cmd
}

// golden computes the golden set anew. In order:
//
//  1. The approved set must be intact, or what moved could not be said.
//  2. Calculator and legacy query answer every case. A database that cannot be had is no reason not to compute: the set is
//     staged as one that legacy was not asked about, which accept refuses.
//  3. An interrupted computation stages nothing.
//  4. Where nothing differs, nothing is left pending: 0.
//  5. Else the set is staged: 3 when a case has no answer or legacy was not asked, else 1.
func (a *app) golden(cmd *cobra.Command, opt goldenOptions) error {
	if opt.workers < 1 || opt.maxTime <= 0 {
		return usagef("--workers and --max-time: want more than 0")
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), opt.maxTime)
	defer cancel()
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	book, err := a.open()
	if err != nil {
		return err
	}
	store, approved, err := openApproved(opt.dir)
	if err != nil {
		return err
	}
	legacy, err := a.openLegacy(ctx, opt.oracle, book, stderr)
	if err != nil {
		return err
	}
	defer legacy.close(stderr)
	pending, err := a.compute(ctx, book, opt, approved, legacy, stderr)
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return &exitError{harness.ExitUnknown, fmt.Errorf("not finished, nothing staged: %w", err)}
	}
	summary := snapshot.DiffPending(approved, pending)
	if summary.Empty() && reasonGiven(store) {
		if err := store.Discard(); err != nil {
			return err
		}
		_, err := io.WriteString(stdout, summary.Text(book.Domain().Delta)+"nothing differs from "+opt.dir+"\n")
		return err
	}
	if err := store.Stage(*pending); err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, summary.Text(book.Domain().Delta)); err != nil {
		return err
	}
	return nextStep(stdout, opt.dir, summary)
}

// nextStep says what can be done with a pending set, and with which exit code that is the end.
func nextStep(w io.Writer, dir string, summary snapshot.Summary) error {
	pending, code := dir+"/"+snapshot.PendingName, harness.ExitMismatch
	text := fmt.Sprintf("pending in %s; next: casegen diff --case ID, then casegen accept --reason \"...\"", pending)
	for _, o := range summary.Open {
		switch o.Reason {
		case snapshot.NotComputed, snapshot.NotAsked:
			code = harness.ExitUnknown
			text = fmt.Sprintf("pending in %s, but it cannot be accepted: not every case has its answers", pending)
		case snapshot.Disagrees:
			text = fmt.Sprintf("pending in %s, but it cannot be accepted: repair the rule, or describe the difference among the known differences", pending)
		}
		if code == harness.ExitUnknown {
			break
		}
	}
	if summary.NotAsked != "" {
		code = harness.ExitUnknown
		text = fmt.Sprintf("pending in %s, but it cannot be accepted: run casegen golden with a database", pending)
		if summary.Same() && len(summary.Open) == 0 {
			text = "nothing differs, as far as that can be said without asking the legacy query"
		}
	}
	if _, err := fmt.Fprintln(w, text); err != nil {
		return err
	}
	return &exitError{code: code}
}

func (a *app) compute(ctx context.Context, book *cases.Book, opt goldenOptions, approved snapshot.Set, legacy *legacy, stderr io.Writer) (*snapshot.Pending, error) {
	shards, err := a.shards(book, opt.selection)
	if err != nil {
		return nil, err
	}
	digests, err := digests(book)
	if err != nil {
		return nil, err
	}
	total := 0
	for _, s := range shards {
		total += len(s.IDs)
	}
	progress := report.NewProgress(stderr, "golden", total)
	defer progress.Done()
	return harness.Compute(ctx, harness.ComputeConfig{
		Domain:   book.Domain(),
		Shards:   shards,
		Subject:  a.subject(book),
		Oracle:   legacy.subject,
		NotAsked: legacy.notAsked,
		Approved: approved,
		Known:    book.Known(),
		Digests:  digests,
		Workers:  opt.workers,
		Progress: progress.Add,
	})
}

// digests says what the answers are computed from.
func digests(book *cases.Book) (snapshot.Digests, error) {
	digests, err := book.Digests()
	if err != nil {
		return nil, err
	}
	return append(snapshot.Digests(digests), oracle.Digest()), nil
}

// openApproved reads the approved set; a directory without one has an empty one.
func openApproved(dir string) (*snapshot.Store, snapshot.Set, error) {
	store, err := snapshot.Open(dir)
	if err != nil {
		return nil, snapshot.Set{}, err
	}
	set, err := store.Set()
	if err != nil {
		return nil, snapshot.Set{}, fmt.Errorf("%w; restore the approved set: git checkout -- %s", err, dir)
	}
	return store, set, nil
}

// reasonGiven reports whether CHANGES.md is about the approved set; after a merge it is not.
func reasonGiven(store *snapshot.Store) bool {
	m, err := store.Manifest()
	return err == nil && len(store.CheckReason(m)) == 0
}

// legacy is the legacy query as this run has it.
type legacy struct {
	subject  harness.Subject // nil: not asked
	notAsked string          // why not
	oracle   *oracle.Oracle  // nil: nothing to close
}

func (a *app) openLegacy(ctx context.Context, choice string, book *cases.Book, log io.Writer) (*legacy, error) {
	if a.legacy != nil && choice != oracleNone {
		return &legacy{subject: a.legacy}, nil
	}
	if choice == oracleNone {
		return &legacy{notAsked: "--oracle none"}, nil
	}
	o, err := oracle.Open(ctx, choice, oracle.Options{Log: log, Rates: book.Rates()})
	if errors.Is(err, oracle.ErrChoice) {
		return nil, usagef("--oracle %s: %w", choice, err)
	}
	if err != nil {
		// All of it here, where it can be acted on; the pending set keeps the short reason.
		fmt.Fprintf(log, "casegen: %v\n", err)
		return &legacy{notAsked: "no database, --oracle " + choiceName(choice)}, nil
	}
	return &legacy{subject: o.Subject(book), oracle: o}, nil
}

// choiceName keeps user and password of a database out of files.
func choiceName(choice string) string {
	switch choice {
	case "auto", "container", "local":
		return choice
	}
	return "postgres://..."
}

// close ends the database; an error leaves something behind, which has to be said.
func (l *legacy) close(log io.Writer) {
	if l.oracle == nil {
		return
	}
	if err := l.oracle.Close(); err != nil {
		fmt.Fprintf(log, "casegen: close the oracle: %v\n", err)
	}
}
