package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"settleproof/harness"
)

// gcPercent lets the heap of a run, some 100 MB that are all needed until its end, grow without being searched again and again.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exitError carries the exit code of a command that has already said, or says with err, why.
type exitError struct {
	code int
	err  error // nil: everything is said
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is the error of a flag or argument that cannot be.
func usagef(format string, args ...any) error {
	return &exitError{harness.ExitUsage, fmt.Errorf(format, args...)}
}

// run is main without the process. An interrupt ends ctx: what is not judged by then is UNKNOWN (CANCELLED).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "verify: internal error: %v\n", p)
			code = harness.ExitSystemic
		}
	}()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return harness.ExitOK
	}
	var exit *exitError
	if errors.As(err, &exit) {
		if exit.err != nil {
			fmt.Fprintln(stderr, "verify:", exit.err)
		}
		return exit.code
	}
	fmt.Fprintln(stderr, "verify:", err)
	var internal *harness.InternalError
	if errors.As(err, &internal) {
		return harness.ExitSystemic
	}
	return harness.ExitUsage // cobra's errors are about usage, the others about data files
}

func command() *cobra.Command {
	var opt options
	root := &cobra.Command{
		Use:   "verify",
		Short: "the gate: does the calculator pay what the legacy query paid?",
		Long: "verify checks everything: the manifest, the calculator against the golden files, the legacy query against them,\n" +
			"the published examples, the known differences, and itself. Exit code: 0 all is well, 1 mismatch, 2 usage or data\n" +
			"file error, 3 something is UNKNOWN, 4 known-difference hygiene, 5 systemic.",
		Args:              cobra.NoArgs,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return runGate(cmd, &opt) },
	}
	opt.addGolden(root)
	opt.addOracle(root)
	opt.addSelection(root)
	opt.addReport(root)
	root.AddCommand(caseCommand(), calcCommand(), selftestCommand())
	return root
}
