package oracle

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"time"

	"settleproof/cases"
)

// terms are the columns of a contract version in the order of the contract table, without merchant and days.
type terms struct {
	grade, vat, rounding, cycle, shift, settle string
	fxDate, fxKind, fxPosting, fxOrder         string
	reserve                                    string
}

func termsOf(c cases.Contract) terms {
	return terms{
		grade: c.Grade, vat: c.VATMode, rounding: c.Rounding, cycle: c.Cycle, shift: c.HolidayShift, settle: c.SettleCurrency,
		fxDate: c.FXDate, fxKind: c.FXKind, fxPosting: c.FXPosting, fxOrder: c.FXOrder,
		reserve: c.ReserveRate.String(),
	}
}

// The codes that a decoy takes its other values from.
var (
	gradeCodes    = []string{"MICRO", "SME1", "SME2", "SME3", "GENERAL"}
	vatCodes      = []string{"ADDED", "INCLUDED"}
	roundingCodes = []string{"DOWN", "HALF_UP", "HALF_EVEN", "UP"}
	cycleCodes    = []string{"D1", "D3", "D5", "WEEKLY", "TWICE_MONTHLY", "MONTHLY"}
	shiftCodes    = []string{"BEFORE", "AFTER"}
	fxDateCodes   = []string{"APPROVAL", "CAPTURE", "SETTLEMENT"}
	fxKindCodes   = []string{"BASE", "TTB"}
	fxPostCodes   = []string{"FIRST", "LAST"}
	fxOrderCodes  = []string{"CONVERT_THEN_FEE", "FEE_THEN_CONVERT"}
)

// decoyReserve is a reserve rate that no contract has; it halves what is paid.
const decoyReserve = "0.50"

// decoy returns terms that differ in every code but the settlement currency, so that a look-up with the wrong day is
// seen whatever the case is about. The settlement currency stays: with another one a wrong look-up might fail loudly
// for want of a rate, and the decoy would prove less.
func (t terms) decoy(step int) terms {
	return terms{
		grade: other(gradeCodes, t.grade, step), vat: other(vatCodes, t.vat, step), rounding: other(roundingCodes, t.rounding, step),
		cycle: other(cycleCodes, t.cycle, step), shift: other(shiftCodes, t.shift, step), settle: t.settle,
		fxDate: other(fxDateCodes, t.fxDate, step), fxKind: other(fxKindCodes, t.fxKind, step),
		fxPosting: other(fxPostCodes, t.fxPosting, step), fxOrder: other(fxOrderCodes, t.fxOrder, step),
		reserve: decoyReserve,
	}
}

// other returns the code that stands step places after v in codes, but never v itself. A v that is not among them (""
// without conversion) counts as standing before the first.
func other(codes []string, v string, step int) string {
	at := -1
	for i, c := range codes {
		if c == v {
			at = i
		}
	}
	if c := codes[(at+step)%len(codes)]; c != v {
		return c
	}
	return codes[(at+step+1)%len(codes)]
}

// The days between which every contract has terms. They are the legacy system's "always".
const (
	firstDay = "2000-01-01"
	lastDay  = "9999-12-31"
)

// version is one effective-dated row of the contract table; both days are inclusive.
type version struct {
	mid, from, to string
	terms         terms
}

// contract is what a merchant is made from: two cases with the same terms approved on the same day have the same
// merchant, any two others do not.
type contract struct {
	terms terms
	day   string // approval day
}

// versions returns the merchant's contract: in force on the approval day alone the terms of the case, before and after
// it others. A query that looks up any day but that of the approval answers with the wrong terms.
func (c contract) versions(mid string) ([]version, error) {
	day, err := time.Parse(time.DateOnly, c.day)
	if err != nil {
		return nil, fmt.Errorf("approval day %q: not a date", c.day)
	}
	if c.day < firstDay || c.day >= lastDay {
		return nil, fmt.Errorf("approval day %s: not from %s and before %s", c.day, firstDay, lastDay)
	}
	var vs []version
	if c.day > firstDay {
		vs = append(vs, version{mid, firstDay, day.AddDate(0, 0, -1).Format(time.DateOnly), c.terms.decoy(1)})
	}
	return append(vs,
		version{mid, c.day, c.day, c.terms},
		version{mid, day.AddDate(0, 0, 1).Format(time.DateOnly), lastDay, c.terms.decoy(2)},
	), nil
}

// midBytes of the digest make 16 characters: short enough to read in a row, and among 100,000 merchants two with the
// same text are less likely than one in 10^14. Should it happen, merchants notices.
const midBytes = 10

var midText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (c contract) mid() string {
	var b []byte
	for _, s := range []string{
		c.day, c.terms.grade, c.terms.vat, c.terms.rounding, c.terms.cycle, c.terms.shift, c.terms.settle,
		c.terms.fxDate, c.terms.fxKind, c.terms.fxPosting, c.terms.fxOrder, c.terms.reserve,
	} {
		b = append(append(b, s...), 0)
	}
	sum := sha256.Sum256(b)
	return "M" + midText.EncodeToString(sum[:midBytes])
}

// merchants gives contracts their merchant ids and sees to it that no two share one.
type merchants struct {
	byContract map[contract]string
	byMID      map[string]contract
}

func newMerchants() *merchants {
	return &merchants{byContract: map[contract]string{}, byMID: map[string]contract{}}
}

// add returns the contract's merchant id and, when it is new, its versions.
func (m *merchants) add(c contract) (mid string, versions []version, err error) {
	if mid, ok := m.byContract[c]; ok {
		return mid, nil, nil
	}
	mid = c.mid()
	if prev, ok := m.byMID[mid]; ok {
		return "", nil, fmt.Errorf("merchant id %s: two contracts have the same digest: %+v and %+v", mid, prev, c)
	}
	if versions, err = c.versions(mid); err != nil {
		return "", nil, err
	}
	m.byContract[c], m.byMID[mid] = mid, c
	return mid, versions, nil
}
