package oracle

import (
	"fmt"
	"strconv"
	"time"

	"settleproof/cases"
)

// batch is the cases of one run of the query as COPY text, and where each case's answer goes.
type batch struct {
	trx, ctrt []byte
	at        map[string]int // transaction number to the caller's position
	merchants *merchants
	line      []byte // reused
}

// rowBytes is about what one case takes in either table; it only sizes the buffers.
const rowBytes = 192

func newBatch(cases int) *batch {
	return &batch{
		trx: make([]byte, 0, cases*rowBytes), ctrt: make([]byte, 0, cases*rowBytes),
		at: make(map[string]int, cases), merchants: newMerchants(),
	}
}

// add appends the case. The transaction number is the case's id; the merchant is made from its terms and approval day,
// and gets its contract versions when it is first seen. An error leaves the batch without the case.
func (b *batch) add(at int, f cases.Facts) error {
	if f.ID == "" {
		return fmt.Errorf("case without id")
	}
	if _, ok := b.at[f.ID]; ok {
		return fmt.Errorf("case %s: asked twice in one call", f.ID)
	}
	times, err := timesOf(f)
	if err != nil {
		return err
	}
	c := contract{terms: termsOf(f.Contract), day: times.approvedDay}
	mid, versions, err := b.merchants.add(c)
	if err != nil {
		return fmt.Errorf("case %s: %w", f.ID, err)
	}
	for _, v := range versions {
		b.ctrt = appendVersion(b.ctrt, v)
	}
	b.trx = appendTransaction(b.trx, mid, f, times)
	b.at[f.ID] = at
	return nil
}

// appendVersion appends a row of the contract table:
// mid, appl_from, appl_to, grade, vat, rounding, cycle, shift, settlement currency, four fx codes, reserve rate.
func appendVersion(dst []byte, v version) []byte {
	t := v.terms
	return appendLine(dst, v.mid, v.from, v.to, t.grade, t.vat, t.rounding, t.cycle, t.shift, t.settle,
		t.fxDate, t.fxKind, t.fxPosting, t.fxOrder, t.reserve)
}

// appendTransaction appends a row of the transaction table: trx_no, mid, event, phase, method, currency, amount,
// original amount (null on a payment), tax class, tax-free amount, instalment months, who pays for them, escrow Y or N,
// approved, captured (null without a capture), event time (null on a payment).
func appendTransaction(dst []byte, mid string, f cases.Facts, t times) []byte {
	for _, v := range []string{f.ID, mid, f.Event, f.Phase, f.Method, f.Currency, f.Amount.String()} {
		dst = append(appendColumn(dst, v), '\t')
	}
	if f.Event == "PAY" {
		dst = append(dst, null...)
	} else {
		dst = append(dst, f.Original.String()...)
	}
	dst = append(dst, '\t')
	escrow := "N"
	if f.Escrow {
		escrow = "Y"
	}
	for _, v := range []string{f.TaxClass, f.TaxFree.String(), strconv.Itoa(f.InstalmentMonths), f.InterestPayer, escrow} {
		dst = append(appendColumn(dst, v), '\t')
	}
	return append(append(append(append(append(append(dst,
		t.approved...), '\t'), t.captured...), '\t'), t.event...), '\n')
}

// times are the case's times as the database writes a timestamp, null where there is none.
type times struct{ approved, captured, event, approvedDay string }

const (
	factsTime    = "2006-01-02T15:04:05"
	databaseTime = "2006-01-02 15:04:05"
)

func timesOf(f cases.Facts) (times, error) {
	t := times{captured: null, event: null}
	for _, part := range []struct {
		name, text string
		to         *string
		need       bool
	}{
		{"approved_at", f.ApprovedAt, &t.approved, true},
		{"captured_at", f.CapturedAt, &t.captured, false},
		{"event_at", f.EventAt, &t.event, false},
	} {
		if part.text == "" && !part.need {
			continue
		}
		// Exactly this form: the database would read others as well, and write them back differently.
		at, err := time.Parse(factsTime, part.text)
		if err != nil || len(part.text) != len(factsTime) {
			return times{}, fmt.Errorf("case %s: %s %q: not a local time like %s", f.ID, part.name, part.text, factsTime)
		}
		*part.to = at.Format(databaseTime)
	}
	t.approvedDay = t.approved[:len(time.DateOnly)]
	return t, nil
}

// ratesText returns the posted rates as rows of the rate table: day, currency, posting, unit, base rate, TTB rate.
func ratesText(rates []cases.Rate) []byte {
	var b []byte
	for _, r := range rates {
		b = appendLine(b, r.Date, r.Currency, strconv.Itoa(r.Round), r.Unit, r.Base, r.TTB)
	}
	return b
}
