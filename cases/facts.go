package cases

import "github.com/shopspring/decimal"

// Facts is one case in plain terms: what the contract says and what happened, before any price list, holiday
// table or exchange rate has been looked up. Calculator and legacy query both start from it, each with its own look-ups.
type Facts struct {
	ID string

	Event    string          // PAY, CANCEL, PARTIAL_CANCEL
	Phase    string          // of a cancel: BEFORE_CAPTURE, AFTER_CAPTURE, AFTER_PAYOUT; "" for a payment
	Method   string          // CREDIT_CARD, ...
	Currency string          // transaction currency, ISO 4217
	Amount   decimal.Decimal // in the transaction currency; for a cancel what is cancelled
	Original decimal.Decimal // what stood before the cancel; zero for a payment
	TaxClass string          // TAXABLE, TAX_FREE, MIXED
	TaxFree  decimal.Decimal // tax-free share of what stood; zero unless MIXED

	InstalmentMonths int    // 0: paid at once
	InterestPayer    string // BUYER, CARD_COMPANY, MERCHANT; "" when paid at once
	Escrow           bool

	// Local time of Asia/Seoul as 2025-02-13T23:59:59. CapturedAt is "" where there is no capture of its own,
	// EventAt is "" for a payment.
	ApprovedAt, CapturedAt, EventAt string

	Contract Contract
}

// Contract is what merchant and payment company agreed, by code; rates and fees are looked up from it.
type Contract struct {
	Grade          string          // MICRO, SME1, SME2, SME3, GENERAL
	VATMode        string          // ADDED, INCLUDED
	Rounding       string          // of the fee: DOWN, HALF_UP, HALF_EVEN, UP
	Cycle          string          // D1, D3, D5, WEEKLY, TWICE_MONTHLY, MONTHLY
	HolidayShift   string          // BEFORE, AFTER
	SettleCurrency string          // ISO 4217
	ReserveRate    decimal.Decimal // 0 or 0.10

	// The terms of conversion; "" when transaction and settlement currency are the same.
	FXDate    string // APPROVAL, CAPTURE, SETTLEMENT
	FXKind    string // BASE, TTB
	FXPosting string // FIRST, LAST
	FXOrder   string // CONVERT_THEN_FEE, FEE_THEN_CONVERT
}
