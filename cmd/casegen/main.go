package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/generator"
	"settleproof/harness"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return (&app{getenv: os.Getenv, open: cases.Open}).run(ctx, args, stdout, stderr)
}

// app is the command with what it takes from outside.
type app struct {
	getenv func(string) string
	open   func() (*cases.Book, error)

	// What the tests put in place of the real thing; nothing in the program.
	keep       func(id string) bool                  // the suite is cut down to these cases
	calculator func(harness.Subject) harness.Subject // another calculator
	legacy     harness.Subject                       // asked instead of a database
}

// exitError carries an exit code; err is nil where everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// run executes one command. An error without an exit code of its own is about usage or data files: 2. An interrupt ends
// ctx: what has not been computed by then is not staged.
func (a *app) run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "casegen: internal error: %v\n", p)
			code = harness.ExitSystemic
		}
	}()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := a.command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	var exit *exitError
	var internal *harness.InternalError
	switch {
	case err == nil:
		return harness.ExitOK
	case errors.As(err, &exit):
		code = exit.code
		if exit.err == nil {
			return code
		}
	case errors.As(err, &internal):
		code = harness.ExitSystemic
	default:
		code = harness.ExitUsage
	}
	fmt.Fprintln(stderr, "casegen:", err)
	return code
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:               "casegen",
		Short:             "lists the cases, computes the golden files, shows what moved and accepts it with a reason",
		Args:              cobra.NoArgs,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmd.Help(); err != nil {
				return err
			}
			return &exitError{code: harness.ExitUsage}
		},
	}
	root.AddCommand(a.listCommand(), a.countCommand(), a.goldenCommand(), a.diffCommand(), a.acceptCommand())
	return root
}

// selection is which cases a command is about.
type selection struct{ suite, where string }

func (s *selection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.suite, "suite", "full", "which suite")
	cmd.Flags().StringVar(&s.where, "where", "", `only the cases that this expression over the axes holds for, such as 'method == "paypal"'`)
}

// shards lists the chosen cases by golden file.
func (a *app) shards(book *cases.Book, s selection) ([]harness.Shard, error) {
	shards, err := book.Shards(s.suite, s.where)
	var wrong *generator.Error
	if errors.As(err, &wrong) {
		return nil, usagef("--where: %w", err)
	}
	if err != nil || a.keep == nil {
		return shards, err
	}
	var kept []harness.Shard
	for _, shard := range shards {
		shard.IDs = slices.DeleteFunc(slices.Clone(shard.IDs), func(id string) bool { return !a.keep(id) })
		if len(shard.IDs) > 0 {
			kept = append(kept, shard)
		}
	}
	return kept, nil
}

// subject is the calculator under test.
func (a *app) subject(book *cases.Book) harness.Subject {
	if a.calculator != nil {
		return a.calculator(book.Calculator())
	}
	return book.Calculator()
}

func addGolden(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "golden", "golden", "directory of the golden files")
}
