package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/harness"
	"settleproof/harness/snapshot"
)

func (a *app) acceptCommand() *cobra.Command {
	var dir string
	var opt snapshot.AcceptOptions
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "moves the pending golden files into place, with a reason for golden/CHANGES.md",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.accept(cmd, dir, opt) },
	}
	addGolden(cmd, &dir)
	cmd.Flags().StringVar(&opt.Reason, "reason", "", "why the answers may move")
	cmd.Flags().BoolVar(&opt.All, "all", false, fmt.Sprintf("also when more than %d cases change", snapshot.ChangedMax))
	cmd.Flags().BoolVar(&opt.Prune, "prune", false, "also when cases go away")
	return cmd
}

// accept puts the pending set in place; see snapshot.Store.Accept for what it refuses. Every refusal is exit 2: nothing
// has been judged, and nothing has been changed.
func (a *app) accept(cmd *cobra.Command, dir string, opt snapshot.AcceptOptions) error {
	book, err := a.open()
	if err != nil {
		return err
	}
	store, err := snapshot.Open(dir)
	if err != nil {
		return err
	}
	interrupted := store.State() == snapshot.Committed
	opt.CI = inCI(a.getenv)
	opt.Delta = book.Domain().Delta
	opt.Recompute = func(p *snapshot.Pending) (snapshot.Set, error) { return a.recompute(cmd.Context(), book, p) }
	summary, err := store.Accept(opt)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if interrupted {
		fmt.Fprintf(out, "an accept that had been interrupted is finished; its reason is in %s/%s\n", dir, snapshot.ChangesName)
	} else if _, err := io.WriteString(out, summary.Text(opt.Delta)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "accepted as %s; next: verify, then git add %s and commit it with the change that moved it\n", summary.New, dir)
	return err
}

// recompute computes a pending set again from what is there now. What legacy answered is in the pending set; that the
// legacy query itself is the same one, the digests tell.
func (a *app) recompute(ctx context.Context, book *cases.Book, p *snapshot.Pending) (snapshot.Set, error) {
	shards, err := a.shards(book, selection{suite: "full"})
	if err != nil {
		return snapshot.Set{}, err
	}
	digests, err := digests(book)
	if err != nil {
		return snapshot.Set{}, err
	}
	again, err := harness.Compute(ctx, harness.ComputeConfig{
		Domain:  book.Domain(),
		Shards:  shards,
		Subject: a.subject(book),
		Oracle:  harness.Replay(p.Set),
		Known:   book.Known(),
		Digests: digests,
		Workers: runtime.NumCPU(),
	})
	if err != nil {
		return snapshot.Set{}, err
	}
	if err := context.Cause(ctx); err != nil {
		return snapshot.Set{}, errors.New("interrupted, nothing accepted")
	}
	return again.Set, nil
}

// inCI reads the one variable that every CI sets.
func inCI(getenv func(string) string) bool {
	switch getenv("CI") {
	case "", "false", "0":
		return false
	}
	return true
}
