package harness

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestPack(t *testing.T) {
	shards := []Shard{{IDs: make([]string, 3)}, {IDs: make([]string, 3)}, {IDs: make([]string, 9)}, {IDs: make([]string, 1)}, {}}
	tests := []struct {
		reason   string
		casesMax int
		want     string
	}{
		{"one shard a call", 1, "[[0 1] [1 2] [2 3] [3 5]]"},
		{"neighbours up to the limit", 6, "[[0 2] [2 3] [3 5]]"},
		{"a larger shard stands alone", 5, "[[0 1] [1 2] [2 3] [3 5]]"},
		{"all in one", 100, "[[0 5]]"},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(pack(shards, tt.casesMax)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
	}
	if got := pack(nil, 5); got != nil {
		t.Errorf("nothing to pack: %v", got)
	}
}

type timeout struct{}

func (timeout) Error() string { return "canceling statement due to statement timeout" }
func (timeout) Timeout() bool { return true }

// scripted answers with whatever its function says.
type scripted func(ctx context.Context, shards []Shard) ([][]Outcome, error)

func (scripted) Name() string  { return "scripted" }
func (scripted) CasesMax() int { return 1 }
func (s scripted) Answer(ctx context.Context, shards []Shard) ([][]Outcome, error) {
	return s(ctx, shards)
}

func TestAnswersSayWhyNot(t *testing.T) {
	ended := errors.New("enough")
	tests := []struct {
		name, reason string
		cause        error // of ctx, when it has ended
		answer       scripted
		want         Unknown
	}{
		{"error", "a broken subject", nil, func(context.Context, []Shard) ([][]Outcome, error) { return nil, errors.New("boom") }, Unknown{SubjectError, "boom"}},
		{"panic", "a panic is the subject's, not the run's", nil, func(context.Context, []Shard) ([][]Outcome, error) { panic("index 3") }, Unknown{SubjectError, "panic: index 3"}},
		{"goexit", "a subject that ends its goroutine must not hang the run", nil, func(context.Context, []Shard) ([][]Outcome, error) { runtime.Goexit(); return nil, nil },
			Unknown{SubjectError, "ended its goroutine without an answer"}},
		{"shards", "answers to another question", nil, func(context.Context, []Shard) ([][]Outcome, error) { return nil, nil }, Unknown{SubjectError, "answered 0 shards of 1"}},
		{"cases", "one case too few", nil, func(context.Context, []Shard) ([][]Outcome, error) { return make([][]Outcome, 1), nil }, Unknown{SubjectError, "shard s: 0 outcomes for 2 cases"}},
		{"timeout", "the statement's own limit", nil, func(context.Context, []Shard) ([][]Outcome, error) {
			return nil, fmt.Errorf("legacy query: %w", timeout{})
		}, Unknown{Timeout, "legacy query: canceling statement due to statement timeout"}},
		{"deadline", "the run's time is over", context.DeadlineExceeded, nil, Unknown{Timeout, "the time for the run was over"}},
		{"interrupt", "somebody pressed ^C", context.Canceled, nil, Unknown{Cancelled, "the run was interrupted"}},
		{"enough", "the run ended itself", ended, nil, Unknown{Cancelled, "enough"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			if tt.cause != nil {
				cancel(tt.cause)
			}
			out := Answers(ctx, tt.answer, SubjectError, []Shard{{Name: "s", IDs: []string{"a", "b"}}}, 2)
			if len(out) != 1 || len(out[0]) != 2 || out[0][0].Unknown == nil || *out[0][1].Unknown != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.reason, out, tt.want)
			}
		})
	}
}

func TestDeadlineReachesTheSubject(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	waits := scripted(func(ctx context.Context, _ []Shard) ([][]Outcome, error) {
		<-ctx.Done()
		return nil, errors.New("conn closed")
	})
	out := Answers(ctx, waits, OracleError, postageShards(), 2)
	for i := range out {
		for _, o := range out[i] {
			if o.Unknown == nil || o.Unknown.Cause != Timeout {
				t.Fatalf("%+v", o)
			}
		}
	}
}
