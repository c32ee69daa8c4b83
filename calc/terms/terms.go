// Package terms looks up what a contract says on the day a payment was approved, the step before package calc. In order:
//
//  1. The fee: rate and minimum by method and grade, the fixed fee by method and currency, the instalment rate by months;
//     each in the version in force on the approval day.
//  2. The posted rates: of a day's rounds the first and the last.
//
// The tables are data (CSV with the columns named in the first line, # comments for source and version); what they lack is an
// error naming method, grade and day, never a fee of zero.
package terms

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"settleproof/calc"
)

// PriceList is a fee schedule with effective dates.
type PriceList struct {
	fees        map[feeKey][]version[calc.Fee] // ascending days
	fixed       map[fixedKey][]version[decimal.Decimal]
	instalments map[int][]version[decimal.Decimal]
}

type feeKey struct {
	method calc.Method
	grade  string // "" where the grade does not matter
}

type fixedKey struct {
	method   calc.Method
	currency string
}

// version is a value in force from a day until the next version's day.
type version[T any] struct {
	from  calc.Date
	value T
}

// Fee returns the fee terms of a payment: the version of each part in force on the approval day. grade is asked for only where
// the method's price depends on it; months is 0 without an instalment.
func (p *PriceList) Fee(method calc.Method, grade, currency string, months int, approved calc.Date) (calc.Fee, error) {
	versions, graded := p.fees[feeKey{method, grade}]
	if !graded {
		versions = p.fees[feeKey{method, ""}]
	}
	fee, ok := inForce(versions, approved)
	if !ok {
		return calc.Fee{}, fmt.Errorf("no fee of %s, grade %q, on %s", method, grade, approved)
	}
	// A method without fixed fees has none in any currency; one that has them must have one in this currency.
	if fixed, found := p.fixed[fixedKey{method, currency}]; found {
		if fee.Fixed, ok = inForce(fixed, approved); !ok {
			return calc.Fee{}, fmt.Errorf("no fixed fee of %s in %s on %s", method, currency, approved)
		}
	} else if _, hasFixed := p.fixed[fixedKey{method, ""}]; hasFixed {
		return calc.Fee{}, fmt.Errorf("no fixed fee of %s in %s", method, currency)
	}
	if months > 0 {
		if fee.InstalmentRate, ok = inForce(p.instalments[months], approved); !ok {
			return calc.Fee{}, fmt.Errorf("no instalment rate for %d months on %s", months, approved)
		}
	}
	return fee, nil
}

// inForce returns the last version that is not later than the day.
func inForce[T any](versions []version[T], day calc.Date) (value T, ok bool) {
	for _, v := range versions {
		if v.from > day {
			break
		}
		value, ok = v.value, true
	}
	return value, ok
}

// File is a data file: its name for messages, and its content.
type File struct {
	Name string
	Data []byte
}

// ReadPriceList reads the three tables of a fee schedule:
//
//	fees         method,grade,from,rate,minimum,escrow_rate,escrow_fixed,refund_fixed,on_cancel   grade - where it does not matter; rates as shares
//	fixed        method,currency,from,fixed
//	instalments  months,from,rate
func ReadPriceList(fees, fixed, instalments File) (*PriceList, error) {
	p := &PriceList{
		fees: map[feeKey][]version[calc.Fee]{}, fixed: map[fixedKey][]version[decimal.Decimal]{}, instalments: map[int][]version[decimal.Decimal]{},
	}
	err := errors.Join(
		eachLine(fees, []string{"method", "grade", "from", "rate", "minimum", "escrow_rate", "escrow_fixed", "refund_fixed", "on_cancel"}, func(l *line) error {
			key := feeKey{l.method(0), strings.TrimPrefix(l.text[1], "-")}
			fee := calc.Fee{Rate: l.decimal(3), Minimum: l.decimal(4), EscrowRate: l.decimal(5), EscrowFixed: l.decimal(6), RefundFixed: l.decimal(7), OnCancel: l.onCancel(8)}
			return addVersion(p.fees, key, l.date(2), fee)
		}),
		eachLine(fixed, []string{"method", "currency", "from", "fixed"}, func(l *line) error {
			method := l.method(0)
			p.fixed[fixedKey{method, ""}] = nil // says that the method has fixed fees
			return addVersion(p.fixed, fixedKey{method, l.text[1]}, l.date(2), l.decimal(3))
		}),
		eachLine(instalments, []string{"months", "from", "rate"}, func(l *line) error {
			return addVersion(p.instalments, l.integer(0), l.date(1), l.decimal(2))
		}),
	)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// addVersion appends a version; the versions of a key stand in the order of their days.
func addVersion[K comparable, T any](to map[K][]version[T], key K, from calc.Date, value T) error {
	versions := to[key]
	if n := len(versions); n > 0 && versions[n-1].from >= from {
		return fmt.Errorf("from %s does not follow %s", from, versions[n-1].from)
	}
	to[key] = append(versions, version[T]{from, value})
	return nil
}

// Posting is one line of a bank's rate table: a round of a day. Rates are in KRW per Unit of the currency.
type Posting struct {
	Date            calc.Date
	Currency        string
	Round           int // 1, 2, ... within the day
	Unit, Base, TTB decimal.Decimal
}

// ReadPostings reads a table date,currency,round,unit,base,ttb.
func ReadPostings(file File) ([]Posting, error) {
	var list []Posting
	err := eachLine(file, []string{"date", "currency", "round", "unit", "base", "ttb"}, func(l *line) error {
		list = append(list, Posting{l.date(0), l.text[1], l.integer(2), l.decimal(3), l.decimal(4), l.decimal(5)})
		return nil
	})
	return list, err
}

// Rates picks the first and the last round of each day and currency.
func Rates(postings []Posting, quote string) (*calc.Rates, error) {
	sorted := slices.Clone(postings)
	slices.SortStableFunc(sorted, func(a, b Posting) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Round, b.Round))
	})
	var list []calc.Rate
	for i, p := range sorted {
		sameDay := func(j int) bool {
			return 0 <= j && j < len(sorted) && sorted[j].Date == p.Date && sorted[j].Currency == p.Currency
		}
		rate := calc.Rate{Date: p.Date, Currency: p.Currency, Quote: quote, Unit: p.Unit, Base: p.Base, TTB: p.TTB}
		if !sameDay(i - 1) {
			rate.Posting = calc.FirstPosting
			list = append(list, rate)
		}
		if !sameDay(i + 1) {
			rate.Posting = calc.LastPosting
			list = append(list, rate)
		}
	}
	return calc.NewRates(list)
}

// line is one record of a table with the first error met in it.
type line struct {
	text    []string
	columns []string
	err     error
}

func (l *line) fail(i int, err error) {
	if l.err == nil && err != nil {
		l.err = fmt.Errorf("%s: %w", l.columns[i], err)
	}
}

func (l *line) decimal(i int) decimal.Decimal {
	d, err := calc.ParseDecimal(l.text[i])
	if err == nil && d.IsNegative() {
		err = fmt.Errorf("%s is below zero", l.text[i])
	}
	l.fail(i, err)
	return d
}

func (l *line) date(i int) calc.Date {
	d, err := calc.ParseDate(l.text[i])
	l.fail(i, err)
	return d
}

func (l *line) integer(i int) int {
	n, err := strconv.Atoi(l.text[i])
	if err == nil && n < 1 {
		err = fmt.Errorf("%d is below 1", n)
	}
	l.fail(i, err)
	return n
}

func (l *line) method(i int) calc.Method {
	m, ok := calc.ParseMethod(l.text[i])
	if !ok {
		l.fail(i, fmt.Errorf("%q is no payment method", l.text[i]))
	}
	return m
}

func (l *line) onCancel(i int) calc.OnCancel {
	c, ok := calc.ParseOnCancel(l.text[i])
	if !ok {
		l.fail(i, fmt.Errorf("%q is not RETURN, KEEP or KEEP_PLUS_REFUND_FEE", l.text[i]))
	}
	return c
}

// eachLine reads a table strictly: the columns must be these. Errors are file:line: column: what.
func eachLine(file File, columns []string, read func(*line) error) error {
	r := csv.NewReader(strings.NewReader(string(file.Data)))
	r.Comment = '#'
	r.FieldsPerRecord = len(columns)
	header := false
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			if !header {
				return fmt.Errorf("%s:1: the table is empty; want the columns %s", file.Name, strings.Join(columns, ","))
			}
			return nil
		}
		if err != nil {
			var at *csv.ParseError
			if errors.As(err, &at) {
				return fmt.Errorf("%s:%d:%d: %w; want %s", file.Name, at.Line, at.Column, at.Err, strings.Join(columns, ","))
			}
			return fmt.Errorf("%s: %w", file.Name, err)
		}
		at, _ := r.FieldPos(0)
		if !header {
			if !slices.Equal(record, columns) {
				return fmt.Errorf("%s:%d: columns are %s; want %s", file.Name, at, strings.Join(record, ","), strings.Join(columns, ","))
			}
			header = true
			continue
		}
		l := &line{text: record, columns: columns}
		if err := read(l); err != nil && l.err == nil {
			l.err = err
		}
		if l.err != nil {
			return fmt.Errorf("%s:%d: %w", file.Name, at, l.err)
		}
	}
}
