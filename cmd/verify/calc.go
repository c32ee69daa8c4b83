package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"settleproof/calc"
	"settleproof/harness"
)

// requestMax bounds one request in bytes, and with it what is held in memory: rates of ten years in all currencies fit.
const requestMax = 16 << 20

func calcCommand() *cobra.Command {
	var trace bool
	cmd := &cobra.Command{
		Use:   "calc < request.json",
		Short: "computes requests: one JSON object, or JSON lines; one result line each, in the same order",
		Long: "calc reads one JSON object, or JSON lines, and writes one line of JSON for each request, in the same order. A request\n" +
			"that the calculator refuses is answered with {\"id\", \"error\"}. A line that is no JSON object is answered likewise,\n" +
			"with the code NOT_JSON, named on stderr, and makes the exit code 2.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runCalc(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), trace)
		},
	}
	cmd.Flags().BoolVar(&trace, "trace", false, "say how every figure came about")
	return cmd
}

// runCalc answers every request. In order:
//
//  1. When the first line that is not empty is a JSON value by itself, the input is JSON lines; empty lines are skipped.
//  2. Otherwise the input is one object over several lines, if all of it is one; else JSON lines that are broken.
//  3. Every request has one line of answer, also a broken one.
func runCalc(in io.Reader, out, stderr io.Writer, trace bool) error {
	calendar, err := calc.KoreanCalendar()
	if err != nil {
		return err
	}
	a := &answerer{calendar: calendar, trace: trace, out: bufio.NewWriter(out), stderr: stderr}
	err = a.all(bufio.NewReaderSize(in, 1<<16))
	if flush := a.out.Flush(); err == nil {
		err = flush
	}
	if err != nil {
		return err
	}
	if a.broken > 0 {
		return &exitError{code: harness.ExitUsage}
	}
	return nil
}

type answerer struct {
	calendar *calc.Calendar
	trace    bool
	out      *bufio.Writer
	stderr   io.Writer
	broken   int // requests that are no JSON object
	buffer   []byte
}

func (a *answerer) all(in *bufio.Reader) error {
	lines, first := 0, true
	for {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("stdin:%d: %w", lines+1, err)
		}
		if len(line) == 0 {
			return nil
		}
		lines++
		request := bytes.TrimSpace(line)
		if len(request) == 0 {
			continue
		}
		if first && !json.Valid(request) {
			return a.object(line, lines, in)
		}
		first = false
		if err := a.answer(request, lines); err != nil {
			return err
		}
	}
}

// object answers an input whose first line is no JSON by itself: one object over several lines, or broken lines.
func (a *answerer) object(line []byte, at int, in *bufio.Reader) error {
	rest, err := io.ReadAll(io.LimitReader(in, requestMax))
	if err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	if len(rest) == requestMax {
		return fmt.Errorf("stdin:%d: a request over several lines is longer than %d bytes, or this line is no JSON", at, requestMax)
	}
	whole := append(bytes.Clone(line), rest...)
	if json.Valid(whole) {
		return a.answer(whole, at)
	}
	for one := range bytes.Lines(whole) {
		if request := bytes.TrimSpace(one); len(request) > 0 {
			if err := a.answer(request, at); err != nil {
				return err
			}
		}
		at++
	}
	return nil
}

// readLine returns the next line with its newline; empty at the end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > requestMax {
			return nil, fmt.Errorf("a line longer than %d bytes", requestMax)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (a *answerer) answer(request []byte, line int) error {
	r, id, err := calc.DecodeRequest(request, a.calendar)
	var result calc.Result
	var steps []calc.Step
	if err == nil {
		if a.trace {
			result, steps, err = calc.Explain(&r)
		} else {
			result, err = calc.Settle(&r)
		}
		var refusal *calc.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return &harness.InternalError{Text: fmt.Sprintf("stdin:%d: %v", line, err)}
		}
	}
	a.buffer, err = a.append(a.buffer[:0], line, &r, id, &result, steps, err)
	if err != nil {
		return fmt.Errorf("stdin:%d: %w", line, err)
	}
	_, err = a.out.Write(a.buffer)
	return err
}

// append appends the answer: the result, the refusal, or that the line is no request at all.
func (a *answerer) append(dst []byte, line int, r *calc.Request, id string, result *calc.Result, steps []calc.Step, err error) ([]byte, error) {
	var refusal *calc.Refusal
	switch {
	case err == nil:
		return calc.AppendResult(dst, r, result, steps)
	case errors.As(err, &refusal):
		return calc.AppendRefusal(dst, id, refusal)
	}
	a.broken++
	fmt.Fprintf(a.stderr, "verify: stdin:%d: %v\n", line, err)
	return calc.AppendRefusal(dst, "", &calc.Refusal{Code: "NOT_JSON", Message: fmt.Sprintf("line %d: %v", line, err)})
}
