package main

import (
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"settleproof/harness"
)

const (
	suiteFull     = "full"
	subjectCalc   = "calc"
	oracleNone    = "none"
	oracleDefault = "auto"
	rerunFailed   = "failed"

	// maxTimeDefault bounds a run that nobody bounded: many times what the full suite needs with a cold database.
	maxTimeDefault = 30 * time.Minute

	dateLayout = "2006-01-02"
)

// options are the flags. A command adds the groups that it reads.
type options struct {
	golden, today, oracle  string
	suite, where, shard    string
	subject, report, rerun string
	maxTime                time.Duration
	mismatchMax, workers   int
}

func (o *options) addGolden(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.golden, "golden", "golden", "directory of the golden files")
	f.StringVar(&o.today, "today", "", "the day that known differences must not have expired on, YYYY-MM-DD (default the current one)")
	f.DurationVar(&o.maxTime, "max-time", maxTimeDefault, "what is not judged by then is UNKNOWN")
}

func (o *options) addOracle(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.oracle, "oracle", oracleDefault, "where the legacy query runs: auto, container, local, none or postgres://...")
}

func (o *options) addSelection(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.suite, "suite", suiteFull, "which suite; there is "+suiteFull)
	f.StringVar(&o.where, "where", "", "only the cases that this expression over the axes holds for")
	f.StringVar(&o.shard, "shard", "", "i/n: only every n-th shard, from the i-th")
	f.IntVar(&o.workers, "workers", runtime.NumCPU(), "calls at a time")
}

func (o *options) addReport(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.subject, "subject", subjectCalc, "what is tested; there is "+subjectCalc)
	f.StringVar(&o.report, "report", "", "write verdict.json and failed.txt into this directory")
	f.StringVar(&o.rerun, "rerun", "", rerunFailed+": only the cases of failed.txt in the --report directory")
	f.IntVar(&o.mismatchMax, "max-mismatches", 0, "stop at the n-th mismatch; what comes after is UNKNOWN (0: never)")
}

// check refuses what the flags cannot mean. now is the default of --today.
func (o *options) check(now time.Time) error {
	switch {
	case strings.HasPrefix(o.subject, "http://") || strings.HasPrefix(o.subject, "https://"):
		return usagef("--subject %s: a calculator behind HTTP cannot be asked yet, only %s", o.subject, subjectCalc)
	case o.subject != "" && o.subject != subjectCalc:
		return usagef("--subject %q: there is %s", o.subject, subjectCalc)
	case o.suite != "" && o.suite != suiteFull:
		return usagef("--suite %q: there is %s", o.suite, suiteFull)
	case o.rerun != "" && o.rerun != rerunFailed:
		return usagef("--rerun %q: there is %s", o.rerun, rerunFailed)
	case o.rerun != "" && o.report == "":
		return usagef("--rerun %s: --report says where the last report is", o.rerun)
	case o.mismatchMax < 0:
		return usagef("--max-mismatches %d: want 0 or more", o.mismatchMax)
	case o.maxTime <= 0:
		return usagef("--max-time %v: want more than 0", o.maxTime)
	case o.workers < 0:
		return usagef("--workers %d: want 1 or more", o.workers)
	}
	if o.today == "" {
		o.today = now.Format(dateLayout)
	}
	if _, err := time.Parse(dateLayout, o.today); err != nil {
		return usagef("--today %q: want YYYY-MM-DD", o.today)
	}
	_, _, err := o.part()
	return err
}

// part reads --shard; 1/1 is everything.
func (o *options) part() (i, n int, err error) {
	if o.shard == "" {
		return 1, 1, nil
	}
	left, right, found := strings.Cut(o.shard, "/")
	i, errI := strconv.Atoi(left)
	n, errN := strconv.Atoi(right)
	if !found || errI != nil || errN != nil || i < 1 || i > n {
		return 0, 0, usagef("--shard %q: want i/n with 1 <= i <= n, such as 1/4", o.shard)
	}
	return i, n, nil
}

// scope says what the selection leaves of the suite.
func (o *options) scope() harness.Scope {
	switch {
	case o.where != "" || o.rerun != "":
		return harness.ScopeCases
	case o.shard != "":
		return harness.ScopeShards
	}
	return harness.ScopeSuite
}

// repeat is the command that shows one case, with the flags that matter for it.
func (o *options) repeat(id string) string {
	cmd := "verify case " + id
	if o.oracle != oracleDefault {
		cmd += " --oracle " + withoutPassword(o.oracle)
	}
	if o.golden != "golden" {
		cmd += " --golden " + o.golden
	}
	return cmd
}

// withoutPassword keeps a password out of logs, which the repeat command is written to.
func withoutPassword(oracle string) string {
	if !strings.Contains(oracle, "://") {
		return oracle
	}
	u, err := url.Parse(oracle)
	if err != nil {
		return "postgres://..."
	}
	query := u.Query()
	if query.Has("password") {
		query.Set("password", "xxxxx")
		u.RawQuery = query.Encode()
	}
	return u.Redacted()
}
