package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// BenchmarkGate is the whole command without the legacy query: go test -bench Gate ./cmd/verify. It needs the golden set.
func BenchmarkGate(b *testing.B) {
	golden := "../../golden"
	if dir := os.Getenv("SETTLEPROOF_GOLDEN"); dir != "" {
		golden = dir
	}
	if _, err := os.Stat(golden + "/MANIFEST"); err != nil {
		b.Skip("no golden set: casegen golden, casegen accept")
	}
	for b.Loop() {
		run(context.Background(), []string{"--oracle", "none", "--golden", golden}, strings.NewReader(""), io.Discard, io.Discard)
	}
}
