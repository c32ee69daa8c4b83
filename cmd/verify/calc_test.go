package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func request(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCalc(t *testing.T) {
	whole := request(t)
	line := strings.ReplaceAll(whole, "\n", "") + "\n"
	refused := strings.Replace(line, `"64601"`, `"0"`, 1)
	tests := []struct {
		name, reason, in string
		want             []string // a part of each line of output
		code             int
		stderr           string
	}{
		{"object", "one object over several lines", whole, []string{`"net":"62186"`}, 0, ""},
		{"lines", "one answer a line, in order", line + refused + line, []string{`"net":"62186"`, `"code":"AMOUNT_NOT_POSITIVE"`, `"net":"62186"`}, 0, ""},
		{"no-newline", "the last line may lack its newline", strings.TrimSuffix(line, "\n"), []string{`"net":"62186"`}, 0, ""},
		{"windows", "carriage returns are space to JSON", strings.ReplaceAll(line, "\n", "\r\n"), []string{`"net":"62186"`}, 0, ""},
		{"blank", "empty lines are no requests", "\n\n" + line + "\n", []string{`"net":"62186"`}, 0, ""},
		{"empty", "no request, no answer", "", nil, 0, ""},
		{"unknown-field", "a wrong object is refused, not broken", "{\"a\":1}\n", []string{`"code":"MISSING_FIELD"`}, 0, ""},
		{"broken", "a broken line keeps its place and is named", line + "\n{\"transaction\n" + line,
			[]string{`"net":"62186"`, `"code":"NOT_JSON"`, `"net":"62186"`}, 2, "verify: stdin:3: no JSON"},
		{"broken-first", "also when it is the first", "{\n" + line, []string{`"code":"NOT_JSON"`, `"net":"62186"`}, 2, "verify: stdin:1: no JSON"},
		{"no-object", "a JSON value that is no object", "5\n", []string{`"code":"NOT_JSON"`}, 2, "verify: stdin:1: want a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			code := run(context.Background(), []string{"calc"}, strings.NewReader(tt.in), &out, &stderr)
			got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if out.Len() == 0 {
				got = nil
			}
			if code != tt.code || len(got) != len(tt.want) || !strings.HasPrefix(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
				t.Fatalf("%s: exit %d, %q, stderr %q", tt.reason, code, got, stderr.String())
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("%s: line %d is %s, want %s in it", tt.reason, i+1, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestCalcTrace(t *testing.T) {
	var out bytes.Buffer
	if code := run(context.Background(), []string{"calc", "--trace"}, strings.NewReader(request(t)), &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	var answer struct {
		Trace []struct{ Step, Value, How string }
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil || len(answer.Trace) == 0 {
		t.Errorf("%v: %s", err, out.String())
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestCalcSaysThatItCannotWrite(t *testing.T) {
	var stderr bytes.Buffer
	code := run(context.Background(), []string{"calc"}, strings.NewReader(request(t)), brokenPipe{}, &stderr)
	if code == 0 || !strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("exit %d, %q", code, stderr.String())
	}
}

// Whatever comes in: as many answers as requests, each one line of JSON, and exit 2 exactly when one was broken.
func FuzzCalc(f *testing.F) {
	f.Add(request(f))
	f.Add(strings.ReplaceAll(request(f), "\n", "") + "\n{\n\n5\n{}")
	f.Add("{\"a\":1}{\"b\":2}\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out, stderr bytes.Buffer
		err := runCalc(strings.NewReader(in), &out, &stderr, false)
		broken := false
		for line := range strings.Lines(out.String()) {
			var answer struct {
				ID    *string
				Error struct{ Code string }
			}
			if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.ID == nil {
				t.Fatalf("answer %q: %v", line, err)
			}
			broken = broken || answer.Error.Code == "NOT_JSON"
		}
		var exit *exitError
		if errors.As(err, &exit) != broken || err != nil && !broken {
			t.Errorf("%v, broken %v, stderr %q", err, broken, stderr.String())
		}
	})
}
