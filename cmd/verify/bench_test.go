package main

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// BenchmarkGate is the whole command without the legacy query, and in turn reading and hashing the same golden files: go test -bench Gate
// ./cmd/verify. The metric gate/hash compares the best of each; it should stay below 20.
func BenchmarkGate(b *testing.B) {
	const golden = "../../golden"
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent)) // as main does
	const never = time.Hour
	gate, hash := never, never
	for b.Loop() {
		start := time.Now()
		if code := run(context.Background(), []string{"--oracle", "none", "--golden", golden}, strings.NewReader(""), io.Discard, io.Discard); code != 0 {
			b.Fatalf("exit %d", code)
		}
		gate = min(gate, time.Since(start))
		start = time.Now()
		readAndHash(b, golden)
		hash = min(hash, time.Since(start))
	}
	b.ReportMetric(float64(gate.Milliseconds()), "gate-ms")
	b.ReportMetric(float64(hash.Microseconds())/1000, "hash-ms")
	b.ReportMetric(gate.Seconds()/hash.Seconds(), "gate/hash")
}

// readAndHash reads every golden file and hashes it, one after the other.
func readAndHash(b *testing.B, dir string) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".golden" {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			sha256.Sum256(data)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
