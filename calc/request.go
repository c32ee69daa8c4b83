package calc

import (
	"slices"

	"github.com/shopspring/decimal"
)

// Request is everything that one settlement depends on: the transaction, the contract's terms as they were looked up,
// the posted rates and the business days. Stored with the result it proves it.
type Request struct {
	Transaction Transaction
	Contract    Contract
	Rates       *Rates    // nil: none, enough without conversion
	Calendar    *Calendar // which days are business days
}

// Transaction is one event of a payment. Days are those of Asia/Seoul.
type Transaction struct {
	ID              string
	Event           Event
	Phase           Phase // of a cancel; none for a payment
	Method          Method
	Currency        Currency
	Amount          decimal.Decimal // positive; for a cancel what is cancelled
	Original        decimal.Decimal // for a cancel what stood before it: the paid amount less earlier partial cancels
	HasOriginal     bool
	TaxClass        TaxClass
	TaxFree         decimal.Decimal // for MIXED the tax-free share of what stood
	InstalmentMonth int             // months of the instalment, 0 when paid at once
	InterestPayer   InterestPayer   // who bears the interest of the instalment
	Escrow          bool
	Approved        Date // of the original payment, also for its cancels
	Captured        Date // none where the method has no capture of its own
	EventDay        Date // the cancel's own day
}

// Contract holds the terms in force when the payment was approved.
type Contract struct {
	SettleCurrency Currency
	Fee            Fee
	VAT            VAT
	Rounding       Rounding
	Cycle          Cycle
	HolidayShift   HolidayShift
	ReserveRate    decimal.Decimal // share of the amount held back, 0 to 1
	FX             FX
}

// Fee is the price of a transaction. Rates are shares of the amount (0.034 is 3.4 %).
type Fee struct {
	Rate           decimal.Decimal
	Fixed          decimal.Decimal // per transaction, in the transaction currency
	Minimum        decimal.Decimal // in the settlement currency, as the two below
	InstalmentRate decimal.Decimal // added where the merchant bears the interest
	EscrowRate     decimal.Decimal
	EscrowFixed    decimal.Decimal
	RefundFixed    decimal.Decimal
	OnCancel       OnCancel
}

// VAT is the value added tax on the fee and within the amount.
type VAT struct {
	Rate decimal.Decimal
	Mode VATMode
}

// Rounding names the mode of every kind of amount.
type Rounding struct{ Fee, VAT, Supply, FX, Split, Reserve Mode }

// Cycle says when a sold date is paid. LagDays counts business days for D, calendar days after the closing day otherwise.
type Cycle struct {
	Kind    CycleKind
	LagDays int
}

// FX holds the terms of conversion, all none where transaction and settlement currency are the same.
type FX struct {
	Date    RateDate
	Kind    RateKind
	Posting Posting
	Order   ConversionOrder
}

// The codes of a request. The zero value of each means "none" and is the empty string on the wire.
type (
	Event           uint8
	Phase           uint8
	Method          uint8
	TaxClass        uint8
	InterestPayer   uint8
	OnCancel        uint8
	VATMode         uint8
	CycleKind       uint8
	HolidayShift    uint8
	RateDate        uint8
	RateKind        uint8
	Posting         uint8
	ConversionOrder uint8
)

// What happened.
const (
	Pay Event = iota + 1
	Cancel
	PartialCancel
)

// When a cancel came.
const (
	BeforeCapture Phase = iota + 1
	AfterCapture
	AfterPayout
)

// How the buyer paid.
const (
	CreditCard Method = iota + 1
	CheckCard
	EasypayCard
	EasypayMoney
	OverseasCard
	BankTransfer
	VirtualAccount
	MobileGoods
	MobileContent
	GiftCert
	Paypal
)

// How the amount itself is taxed.
const (
	Taxable TaxClass = iota + 1
	TaxFree
	Mixed
)

// Who bears the interest of an instalment.
const (
	ByBuyer InterestPayer = iota + 1
	ByCardCompany
	ByMerchant
)

// What becomes of the fee on a cancel.
const (
	ReturnFee OnCancel = iota + 1
	KeepFee
	KeepFeePlusRefundFee
)

// Whether list prices contain the VAT on the fee.
const (
	VATAdded VATMode = iota + 1
	VATIncluded
)

// The settlement cycles.
const (
	BusinessDays CycleKind = iota + 1
	Weekly
	TwiceMonthly
	Monthly
)

// Where a payout date of a calendar cycle moves that is no business day.
const (
	ShiftBefore HolidayShift = iota + 1
	ShiftAfter
)

// The day whose rate converts.
const (
	OnApproval RateDate = iota + 1
	OnCapture
	OnSettlement
)

// The posted rate that converts.
const (
	BaseRate RateKind = iota + 1
	TTBRate           // telegraphic-transfer buying rate
)

// The posting of the day that converts.
const (
	FirstPosting Posting = iota + 1
	LastPosting
)

// Whether the amount is converted before its fees are computed, or with them.
const (
	ConvertThenFee ConversionOrder = iota + 1
	FeeThenConvert
)

// The words of each code, in the order of its constants; the first is "none".
var (
	eventWords    = []string{"", "PAY", "CANCEL", "PARTIAL_CANCEL"}
	phaseWords    = []string{"", "BEFORE_CAPTURE", "AFTER_CAPTURE", "AFTER_PAYOUT"}
	methodWords   = []string{"", "CREDIT_CARD", "CHECK_CARD", "EASYPAY_CARD", "EASYPAY_MONEY", "OVERSEAS_CARD", "BANK_TRANSFER", "VIRTUAL_ACCOUNT", "MOBILE_GOODS", "MOBILE_CONTENT", "GIFT_CERT", "PAYPAL"}
	taxWords      = []string{"", "TAXABLE", "TAX_FREE", "MIXED"}
	payerWords    = []string{"", "BUYER", "CARD_COMPANY", "MERCHANT"}
	onCancelWords = []string{"", "RETURN", "KEEP", "KEEP_PLUS_REFUND_FEE"}
	vatWords      = []string{"", "ADDED", "INCLUDED"}
	modeWords     = []string{"", "DOWN", "HALF_UP", "HALF_EVEN", "UP"}
	cycleWords    = []string{"", "D", "WEEKLY", "TWICE_MONTHLY", "MONTHLY"}
	shiftWords    = []string{"", "BEFORE", "AFTER"}
	rateDateWords = []string{"", "APPROVAL", "CAPTURE", "SETTLEMENT"}
	rateKindWords = []string{"", "BASE", "TTB"}
	postingWords  = []string{"", "FIRST", "LAST"}
	orderWords    = []string{"", "CONVERT_THEN_FEE", "FEE_THEN_CONVERT"}
)

// The words of the codes as they stand in a request.
func (c Event) String() string           { return eventWords[c] }
func (c Phase) String() string           { return phaseWords[c] }
func (c Method) String() string          { return methodWords[c] }
func (c TaxClass) String() string        { return taxWords[c] }
func (c InterestPayer) String() string   { return payerWords[c] }
func (c OnCancel) String() string        { return onCancelWords[c] }
func (c VATMode) String() string         { return vatWords[c] }
func (c Mode) String() string            { return modeWords[c] }
func (c CycleKind) String() string       { return cycleWords[c] }
func (c HolidayShift) String() string    { return shiftWords[c] }
func (c RateDate) String() string        { return rateDateWords[c] }
func (c RateKind) String() string        { return rateKindWords[c] }
func (c Posting) String() string         { return postingWords[c] }
func (c ConversionOrder) String() string { return orderWords[c] }

// ParseMethod returns the method of a word such as CREDIT_CARD.
func ParseMethod(word string) (Method, bool) { return code[Method](methodWords, word) }

// ParseMode returns the rounding mode of a word such as HALF_UP.
func ParseMode(word string) (Mode, bool) { return code[Mode](modeWords, word) }

// ParseOnCancel returns the cancel rule of a word such as RETURN.
func ParseOnCancel(word string) (OnCancel, bool) { return code[OnCancel](onCancelWords, word) }

// code finds a word that is not the empty one.
func code[C ~uint8](words []string, word string) (C, bool) {
	i := slices.Index(words, word)
	return C(max(i, 0)), i > 0
}

// hasCapture reports whether the method is captured in a step of its own. For the others approval is capture.
func (m Method) hasCapture() bool {
	return m != BankTransfer && m != VirtualAccount && m != GiftCert
}

// converts reports whether the amount changes currency.
func (r *Request) converts() bool {
	return r.Transaction.Currency.Code != r.Contract.SettleCurrency.Code
}
