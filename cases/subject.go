package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"settleproof/calc"
	"settleproof/harness"
	"settleproof/harness/snapshot"
)

// inputFields are the columns of a golden line that say what was asked. The rest of the case is in its id, and its own day (the
// capture, or the cancel) is the sold date next to it; verify case prints all.
var inputFields = []string{"amount", "original_amount", "tax_free_amount", "approved"}

// appendInputs appends the input columns of a case.
func (c *bound) appendInputs(dst []byte) []byte {
	tx := &c.request.Transaction
	dst = append(calc.AppendMoney(dst, tx.Amount, tx.Currency.Exponent), '\t')
	if tx.HasOriginal {
		dst = calc.AppendMoney(dst, tx.Original, tx.Currency.Exponent)
	}
	dst = append(dst, '\t')
	if tx.TaxClass == calc.Mixed {
		dst = calc.AppendMoney(dst, tx.TaxFree, tx.Currency.Exponent)
	}
	return tx.Approved.Append(append(dst, '\t'))
}

// Calculator returns the calculator under test as a subject.
func (b *Book) Calculator() harness.Subject { return calculator{b} }

type calculator struct{ book *Book }

func (calculator) Name() string { return "calc" }

// CasesMax is one shard at a time: the calculator gains nothing from larger calls, and small ones share out evenly.
func (calculator) CasesMax() int { return 1 }

// Answer binds and settles the cases. A refusal is an answer, err=CODE; a case that cannot be bound is UNKNOWN.
func (s calculator) Answer(ctx context.Context, shards []harness.Shard) ([][]harness.Outcome, error) {
	all := make([][]harness.Outcome, len(shards))
	for i, shard := range shards {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all[i] = s.shard(shard)
	}
	return all, nil
}

func (s calculator) shard(shard harness.Shard) []harness.Outcome {
	const lineBytes = 192 // of a typical case, so that the text is allocated once
	outcomes := make([]harness.Outcome, len(shard.IDs))
	text := make([]byte, 0, len(shard.IDs)*lineBytes)
	cuts := make([][2]int, len(shard.IDs)) // ends of inputs and result
	var c bound
	for i := range shard.IDs {
		row, err := s.book.rowOf(shard, i)
		if err == nil {
			err = s.book.bind(row, &c)
		}
		if err != nil {
			outcomes[i].Unknown = &harness.Unknown{Cause: harness.MissingInput, Detail: err.Error()}
			cuts[i] = [2]int{len(text), len(text)}
			continue
		}
		text = c.appendInputs(text)
		cuts[i][0] = len(text)
		if text, err = appendAnswer(text, &c.request); err != nil {
			outcomes[i].Unknown = &harness.Unknown{Cause: harness.SubjectError, Detail: err.Error()}
		}
		cuts[i][1] = len(text)
	}
	whole, from := string(text), 0
	for i, cut := range cuts {
		outcomes[i].Inputs, outcomes[i].Result = whole[from:cut[0]], whole[cut[0]:cut[1]]
		from = cut[1]
	}
	return outcomes
}

// appendAnswer appends the result's fields, or err=CODE. Any other error is a broken calculator.
func appendAnswer(dst []byte, r *calc.Request) ([]byte, error) {
	res, err := calc.Settle(r)
	if err == nil {
		return res.AppendFields(dst, r, '\t'), nil
	}
	var refusal *calc.Refusal
	if errors.As(err, &refusal) {
		return append(append(dst, "err="...), refusal.Code...), nil
	}
	return dst, err
}

// Domain tells the engine what it has to ask about settlement values.
func (b *Book) Domain() harness.Domain {
	return harness.Domain{
		Fields: snapshot.Fields{Inputs: inputFields, Results: calc.ResultFields},
		Cell:   cell,
		Within: within,
		Delta:  delta,
	}
}

// cell is the line of the report that a case belongs to: method, and the grade or the conversion where the method has them.
func cell(id string) string {
	method, rest, _ := strings.Cut(id, ".")
	for token := range strings.SplitSeq(rest, ".") {
		switch token {
		case "micro", "sme1", "sme2", "sme3", "general", "usd_kept", "to_krw", "to_usd":
			return method + " / " + token
		}
	}
	return method
}

// dateFields are the fields whose values are days.
var dateFields = map[string]bool{
	"sold_date": true, "fx_date": true, "payout_date": true, "reserve_release_date": true, "approved": true,
}

// any is the bound of a field that may differ by anything, such as a date that one side does not have.
const anyDifference = "any"

// within reports whether two values of a field are at most max apart: days for dates ("4 days"), else in the field's own unit, absolute
// ("3"), in percent of the larger magnitude ("2 %"), or both together ("2 % + 3").
func within(field, a, b, max string) (bool, error) {
	if max == anyDifference {
		return true, nil
	}
	if dateFields[field] {
		text, ok := strings.CutSuffix(max, " days")
		bound, err := calc.ParseDecimal(text)
		if !ok || err != nil {
			return false, fmt.Errorf("bound of %s: %q is not like \"4 days\"", field, max)
		}
		n, err := days(a, b)
		return err == nil && decimal.NewFromInt(int64(n)).Abs().LessThanOrEqual(bound), nil // a day against none: no distance at all
	}
	if x, ok := smallUnits(a); ok {
		// Nearly all values and bounds are short; a decimal for each would cost as much as the rest of the judgement.
		y, okY := smallUnits(b)
		bound, okBound := smallUnits(max)
		if okY && okBound {
			return x-y <= bound && y-x <= bound, nil
		}
	}
	percent, absolute, err := bounds(max)
	if err != nil {
		return false, fmt.Errorf("bound of %s: %w", field, err)
	}
	x, errA := calc.ParseDecimal(a)
	y, errB := calc.ParseDecimal(b)
	if errA != nil || errB != nil {
		return false, nil // a word or nothing against an amount
	}
	bound := decimal.Max(x.Abs(), y.Abs()).Mul(percent).Shift(-2).Add(absolute)
	return x.Sub(y).Abs().LessThanOrEqual(bound), nil
}

// smallUnits reads a plain decimal of at most 12 digits before and 4 after the point in units of 0.0001.
func smallUnits(s string) (n int64, ok bool) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 12 || len(fraction) > 4 || point && fraction == "" {
		return 0, false
	}
	for i := range 4 + len(whole) {
		c := byte('0')
		if i < len(whole) {
			c = whole[i]
		} else if i-len(whole) < len(fraction) {
			c = fraction[i-len(whole)]
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// bounds reads "3", "2 %" or "2 % + 3".
func bounds(max string) (percent, absolute decimal.Decimal, err error) {
	relative, rest, both := strings.Cut(max, " %")
	if !both {
		absolute, err = calc.ParseDecimal(max)
		return decimal.Zero, absolute, err
	}
	if percent, err = calc.ParseDecimal(relative); err != nil || rest == "" {
		return percent, decimal.Zero, err
	}
	text, ok := strings.CutPrefix(rest, " + ")
	if !ok {
		return percent, decimal.Zero, fmt.Errorf("%q is not like \"3\", \"2 %%\" or \"2 %% + 3\"", max)
	}
	absolute, err = calc.ParseDecimal(text)
	return percent, absolute, err
}

// delta says how far b is from a, for people.
func delta(field, a, b string) string {
	if dateFields[field] {
		n, err := days(a, b)
		if err != nil {
			return ""
		}
		return fmt.Sprintf("%+d days", n)
	}
	x, errA := calc.ParseDecimal(a)
	y, errB := calc.ParseDecimal(b)
	if errA != nil || errB != nil {
		return ""
	}
	d := y.Sub(x)
	if d.IsPositive() {
		return "+" + d.String()
	}
	return d.String()
}

// days counts from a to b.
func days(a, b string) (int, error) {
	x, err := calc.ParseDate(a)
	if err != nil {
		return 0, err
	}
	y, err := calc.ParseDate(b)
	return int(y - x), err
}
