package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// columns are what the legacy query answers with, in this order and all of type text. The first is the case; the others
// are its result as it stands in a golden line.
var columns = []string{
	"trx_no", "status", "sold_date", "gross", "fx_rate", "fx_date", "base_fee", "instalment_fee", "escrow_fee", "refund_fee",
	"fee", "fee_vat", "supply_amount", "tax_amount", "tax_free_amount", "reserve", "net", "payout_date", "reserve_release_date",
}

// errNull: a column of the answer is null, which means that the legacy tables do not hold what the row needs. Such a row
// is no result, but it says nothing about the other rows.
var errNull = errors.New("null")

// parseRow reads one line of the answer: the transaction number and the other columns, joined by tabs. A result is
// never changed on the way: a null, a control character or a column too many or too few is an error. With errNull the
// transaction number is valid.
func parseRow(line []byte) (id, result string, err error) {
	if n := bytes.Count(line, []byte{'\t'}) + 1; n != len(columns) {
		return "", "", fmt.Errorf("%d columns instead of %d in %q", n, len(columns), line)
	}
	if bytes.IndexByte(line, '\\') < 0 {
		tab := bytes.IndexByte(line, '\t')
		if hasControl(line) {
			return "", "", fmt.Errorf("control character in %q", line)
		}
		return string(line[:tab]), string(line[tab+1:]), nil
	}
	values := make([]string, len(columns))
	for i, col := range bytes.Split(line, []byte{'\t'}) {
		if values[i], err = unescape(col); err != nil {
			return values[0], "", fmt.Errorf("column %s: %w in %q", columns[i], err, line)
		}
		if strings.IndexFunc(values[i], func(r rune) bool { return r < ' ' }) >= 0 {
			return "", "", fmt.Errorf("column %s: control character in %q", columns[i], line)
		}
	}
	return values[0], strings.Join(values[1:], "\t"), nil
}

// hasControl reports a control character other than the tabs between columns.
func hasControl(line []byte) bool {
	for _, c := range line {
		if c < ' ' && c != '\t' {
			return true
		}
	}
	return false
}

// answers collects the rows of one run. It keeps the first few faults and goes on reading, so that the connection stays
// in step and the error can say how many there were.
type answers struct {
	at      map[string]int // transaction number to position
	results []string       // by position
	seen    []bool
	nulls   map[int]string // by position: why there is a row but no result
	rows    int
	faults  []string
	faultsN int
}

// faultsShown is how many faults an error names; the first few say what is wrong, the count says how much.
const faultsShown = 3

func newAnswers(at map[string]int, positions int) *answers {
	return &answers{at: at, results: make([]string, positions), seen: make([]bool, positions), nulls: map[int]string{}}
}

func (a *answers) fault(format string, args ...any) {
	if a.faultsN++; len(a.faults) < faultsShown {
		a.faults = append(a.faults, fmt.Sprintf(format, args...))
	}
}

// line takes one row of the answer.
func (a *answers) line(line []byte) {
	a.rows++
	id, result, err := parseRow(line)
	at, asked := a.at[id]
	switch {
	case err != nil && !(errors.Is(err, errNull) && asked):
		a.fault("%v", err)
	case !asked:
		a.fault("a row for %q, which was not asked", id)
	case a.seen[at]:
		a.fault("a second row for %q", id)
	default:
		a.results[at], a.seen[at] = result, true
		if err != nil {
			a.nulls[at] = err.Error()
		}
	}
}

// check returns an error unless every case has exactly one row and there was no other. copied is the server's own count.
func (a *answers) check(copied int64) error {
	if int64(a.rows) != copied {
		a.fault("%d rows read of %d sent", a.rows, copied)
	}
	var missing []string
	for id, at := range a.at {
		if !a.seen[at] {
			missing = append(missing, id)
		}
	}
	if n := len(missing); n > 0 {
		a.fault("%d cases without a row, the first is %q", n, minOf(missing))
	}
	if a.faultsN == 0 {
		return nil
	}
	text := strings.Join(a.faults, "; ")
	if more := a.faultsN - len(a.faults); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return fmt.Errorf("%w: %s", ErrRows, text)
}

// minOf returns the least of at least one text, so that an error does not depend on the order of a map.
func minOf(texts []string) string {
	least := texts[0]
	for _, t := range texts {
		least = min(least, t)
	}
	return least
}
