package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"settleproof/harness"
)

func selftestCommand() *cobra.Command {
	var opt options
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "changes one digit in 50 golden lines, in memory, and must report exactly those 50",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runSelftest(cmd, &opt) },
	}
	opt.addGolden(cmd)
	opt.addSelection(cmd)
	return cmd
}

func selftestLine(lines int) string {
	return fmt.Sprintf("selftest: one digit changed in each of %d lines, exactly these %d reported", lines, lines)
}

func runSelftest(cmd *cobra.Command, opt *options) error {
	g, err := openGate(opt, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), opt.maxTime)
	defer cancel()
	n, err := harness.Selftest(ctx, g.config(nil, nil))
	switch {
	case ctx.Err() != nil || errors.Is(err, harness.ErrNoLines):
		return &exitError{harness.ExitUnknown, fmt.Errorf("selftest: %w", errors.Join(err, ctx.Err()))}
	case errors.As(err, new(*harness.SelftestError)):
		return &exitError{harness.ExitSystemic, fmt.Errorf("selftest: %w", err)}
	case err != nil:
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), selftestLine(n))
	return err
}
