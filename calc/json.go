package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/shopspring/decimal"
)

// decimalDigitsMax bounds a number on the wire: more digits than any amount has, few enough to compute with.
const decimalDigitsMax = 40

// DecodeRequest reads one request as JSON; builtin is the calendar of a request without holidays. The reader is strict: an unknown,
// missing or repeated field, a number that is not a string, and a bad code, date or decimal are refused by a *Refusal with the field's path.
// Text that is no JSON object is any other error. The id is returned as far as it could be read, also with an error.
func DecodeRequest(data []byte, builtin *Calendar) (r Request, id string, err error) {
	root, err := readObject(data)
	if err != nil {
		return Request{}, "", err
	}
	d := &decoder{}
	tx := d.object(root, "transaction", "transaction")
	id = d.text(tx, "id")
	r.Transaction.ID = id
	d.transaction(tx, &r.Transaction)
	d.contract(d.object(root, "contract", "contract"), &r.Contract)
	r.Rates = d.rates(root)
	r.Calendar = builtin
	if raw, given := root.take("holidays"); given {
		r.Calendar = d.holidays(raw)
	}
	d.end(root)
	if d.refusal != nil {
		return Request{}, id, d.refusal
	}
	return r, id, nil
}

func (d *decoder) transaction(o *object, t *Transaction) {
	t.Event = codeOf[Event](d, o, "event", eventWords, false)
	t.Phase = codeOf[Phase](d, o, "phase", phaseWords, true)
	t.Method = codeOf[Method](d, o, "method", methodWords, false)
	t.Currency = d.currency(o, "currency")
	t.Amount = d.decimal(o, "amount")
	if s := d.text(o, "original_amount"); s != "" {
		t.Original, t.HasOriginal = d.parseDecimal(o, "original_amount", s), true
	}
	t.TaxClass = codeOf[TaxClass](d, o, "tax_class", taxWords, false)
	t.TaxFree = d.decimal(o, "tax_free_amount")
	t.InstalmentMonth = d.integer(o, "instalment_months")
	t.InterestPayer = codeOf[InterestPayer](d, o, "interest_payer", payerWords, true)
	t.Escrow = d.boolean(o, "escrow")
	t.Approved = d.instant(o, "approved_at", false)
	t.Captured = d.instant(o, "captured_at", true)
	t.EventDay = d.instant(o, "event_at", true)
	d.end(o)
}

func (d *decoder) contract(o *object, c *Contract) {
	c.SettleCurrency = d.currency(o, "settle_currency")
	fee := d.object(o, "fee", "contract.fee")
	c.Fee = Fee{
		Rate: d.decimal(fee, "rate"), Fixed: d.decimal(fee, "fixed"), Minimum: d.decimal(fee, "minimum"),
		InstalmentRate: d.decimal(fee, "instalment_rate"), EscrowRate: d.decimal(fee, "escrow_rate"), EscrowFixed: d.decimal(fee, "escrow_fixed"),
		RefundFixed: d.decimal(fee, "refund_fixed"), OnCancel: codeOf[OnCancel](d, fee, "on_cancel", onCancelWords, false),
	}
	d.end(fee)
	vat := d.object(o, "vat", "contract.vat")
	c.VAT = VAT{Rate: d.decimal(vat, "rate"), Mode: codeOf[VATMode](d, vat, "mode", vatWords, false)}
	d.end(vat)
	rounding := d.object(o, "rounding", "contract.rounding")
	mode := func(name string) Mode { return codeOf[Mode](d, rounding, name, modeWords, false) }
	c.Rounding = Rounding{Fee: mode("fee"), VAT: mode("vat"), Supply: mode("supply"), FX: mode("fx"), Split: mode("split"), Reserve: mode("reserve")}
	d.end(rounding)
	cycle := d.object(o, "cycle", "contract.cycle")
	c.Cycle = Cycle{Kind: codeOf[CycleKind](d, cycle, "kind", cycleWords, false), LagDays: d.integer(cycle, "lag_days")}
	d.end(cycle)
	c.HolidayShift = codeOf[HolidayShift](d, o, "holiday_shift", shiftWords, false)
	c.ReserveRate = d.decimal(o, "reserve_rate")
	fx := d.object(o, "fx", "contract.fx")
	c.FX = FX{
		Date: codeOf[RateDate](d, fx, "date", rateDateWords, true), Kind: codeOf[RateKind](d, fx, "kind", rateKindWords, true),
		Posting: codeOf[Posting](d, fx, "posting", postingWords, true), Order: codeOf[ConversionOrder](d, fx, "order", orderWords, true),
	}
	d.end(fx)
	d.end(o)
}

func (d *decoder) rates(root *object) *Rates {
	var list []Rate
	for i, raw := range d.array(root, "rates") {
		o := d.element(raw, fmt.Sprintf("rates[%d]", i))
		list = append(list, Rate{
			Date: d.date(o, "date"), Currency: d.currency(o, "currency").Code, Quote: d.currency(o, "quote").Code,
			Posting: codeOf[Posting](d, o, "posting", postingWords, false), Unit: d.decimal(o, "unit"), Base: d.decimal(o, "base"), TTB: d.decimal(o, "ttb"),
		})
		d.end(o)
	}
	if d.refusal != nil {
		return nil
	}
	rates, err := NewRates(list)
	if err != nil {
		errors.As(err, &d.refusal)
	}
	return rates
}

func (d *decoder) holidays(raw json.RawMessage) *Calendar {
	var days []string
	if err := json.Unmarshal(raw, &days); err != nil || days == nil {
		d.refuse("BAD_JSON", "holidays", "want a list of dates as strings")
		return nil
	}
	list := make([]Date, 0, len(days))
	for i, s := range days {
		day, err := ParseDate(s)
		if err != nil {
			d.refuse("BAD_DATE", fmt.Sprintf("holidays[%d]", i), "%s", err)
		}
		list = append(list, day)
	}
	return NewCalendar(list)
}

// decoder keeps the first refusal; after it every reader returns a zero value.
type decoder struct{ refusal *Refusal }

func (d *decoder) refuse(code, field, format string, args ...any) {
	if d.refusal == nil {
		d.refusal = refuse(code, field, format, args...)
	}
}

// object is a JSON object whose fields are taken one by one; what is left at the end is unknown. The path of the root is empty.
type object struct {
	path   string
	names  []string // in the order of the text
	fields map[string]json.RawMessage
}

func (o *object) take(name string) (json.RawMessage, bool) {
	raw, ok := o.fields[name]
	delete(o.fields, name)
	return raw, ok
}

func (o *object) field(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// readObject reads the fields of an object and nothing after it. A field that is given twice is refused.
func readObject(data []byte) (*object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	first, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if first != json.Delim('{') {
		return nil, fmt.Errorf("want a JSON object, not %v", first)
	}
	o := &object{fields: map[string]json.RawMessage{}}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("no JSON: %w", err)
		}
		name, _ := token.(string) // inside an object the decoder yields names
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("no JSON: field %s: %w", name, err)
		}
		if _, twice := o.fields[name]; twice {
			return nil, refuse("FIELD_TWICE", name, "the field is given twice")
		}
		o.fields[name] = raw
		o.names = append(o.names, name)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	return o, nil
}

// element reads a nested object.
func (d *decoder) element(raw json.RawMessage, path string) *object {
	o, err := readObject(raw)
	if err != nil {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			d.refuse(refusal.Code, path+"."+refusal.Field, "%s", refusal.Message)
		} else {
			d.refuse("BAD_JSON", path, "%s", err)
		}
		o = &object{fields: map[string]json.RawMessage{}}
	}
	o.path = path
	return o
}

func (d *decoder) object(o *object, name, path string) *object {
	return d.element(d.raw(o, name, "{}"), path)
}

// raw takes a field that has to be there; without it stand is read, so that the first refusal is the missing field.
func (d *decoder) raw(o *object, name, stand string) json.RawMessage {
	raw, ok := o.take(name)
	if !ok {
		d.refuse("MISSING_FIELD", o.field(name), "the field is missing")
		return json.RawMessage(stand)
	}
	return raw
}

func (d *decoder) array(o *object, name string) []json.RawMessage {
	var list []json.RawMessage
	if err := json.Unmarshal(d.raw(o, name, "[]"), &list); err != nil || list == nil {
		d.refuse("BAD_JSON", o.field(name), "want a list")
	}
	return list
}

// end refuses the first field that nobody took.
func (d *decoder) end(o *object) {
	for _, name := range o.names {
		if _, left := o.fields[name]; left {
			d.refuse("UNKNOWN_FIELD", o.field(name), "there is no such field")
		}
	}
}

func (d *decoder) text(o *object, name string) string {
	raw := d.raw(o, name, `""`)
	if len(raw) == 0 || raw[0] != '"' {
		d.refuse("NOT_A_STRING", o.field(name), "want a JSON string, not %s", shorten(raw))
		return ""
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		d.refuse("BAD_JSON", o.field(name), "%s", err)
	}
	return s
}

func shorten(raw []byte) string {
	const shown = 40 // enough to recognise it
	if len(raw) > shown {
		return string(raw[:shown]) + "..."
	}
	return string(raw)
}

func (d *decoder) decimal(o *object, name string) decimal.Decimal {
	return d.parseDecimal(o, name, d.text(o, name))
}

func (d *decoder) parseDecimal(o *object, name, s string) decimal.Decimal {
	v, err := ParseDecimal(s)
	if err != nil {
		d.refuse("BAD_DECIMAL", o.field(name), "%s", err)
	}
	return v
}

// ParseDecimal reads a plain decimal such as -12.30: digits, at most one point between digits, no exponent, no sign but minus.
func ParseDecimal(s string) (decimal.Decimal, error) {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if len(s) > decimalDigitsMax || !digits(whole) || point && !digits(fraction) {
		return decimal.Zero, fmt.Errorf("%q is no decimal like 12.30 of at most %d characters", shorten([]byte(s)), decimalDigitsMax)
	}
	return decimal.NewFromString(s)
}

func (d *decoder) integer(o *object, name string) int {
	raw := d.raw(o, name, "0")
	var n int
	if err := json.Unmarshal(raw, &n); err != nil || string(raw) == "null" {
		d.refuse("BAD_NUMBER", o.field(name), "want a whole number, not %s", shorten(raw))
	}
	return n
}

func (d *decoder) boolean(o *object, name string) bool {
	raw := d.raw(o, name, "false")
	if s := string(raw); s != "true" && s != "false" {
		d.refuse("BAD_BOOLEAN", o.field(name), "want true or false, not %s", shorten(raw))
	}
	return string(raw) == "true"
}

func (d *decoder) currency(o *object, name string) Currency {
	c, err := ParseCurrency(d.text(o, name))
	if err != nil {
		d.refuse("UNKNOWN_CODE", o.field(name), "%s", err)
	}
	return c
}

func (d *decoder) date(o *object, name string) Date {
	day, err := ParseDate(d.text(o, name))
	if err != nil {
		d.refuse("BAD_DATE", o.field(name), "%s", err)
	}
	return day
}

func (d *decoder) instant(o *object, name string, mayBeEmpty bool) Date {
	s := d.text(o, name)
	if s == "" && mayBeEmpty {
		return 0
	}
	day, err := ParseInstant(s)
	if err != nil {
		d.refuse("BAD_DATE", o.field(name), "%s", err)
	}
	return day
}

// codeOf reads one of the words; the empty one only where a code may be absent.
func codeOf[C ~uint8](d *decoder, o *object, name string, words []string, mayBeEmpty bool) C {
	word := d.text(o, name)
	c, ok := code[C](words, word)
	if !ok && (word != "" || !mayBeEmpty) {
		d.refuse("UNKNOWN_CODE", o.field(name), "%q is none of %s", word, strings.Join(words[1:], ", "))
	}
	return c
}

// AppendResult appends the answer to a request as one line of JSON: the result's fields, with the trace where steps are given.
func AppendResult(dst []byte, r *Request, res *Result, steps []Step) ([]byte, error) {
	values := strings.Split(string(res.AppendFields(nil, r, '\t')), "\t")
	id, err := json.Marshal(r.Transaction.ID)
	if err != nil {
		return dst, err
	}
	dst = append(append(dst, `{"id":`...), id...)
	for i, name := range ResultFields {
		dst = fmt.Appendf(dst, `,%q:%q`, name, values[i]) // names and values are plain ASCII
	}
	if steps != nil {
		trace, err := json.Marshal(steps)
		if err != nil {
			return dst, err
		}
		dst = append(append(dst, `,"trace":`...), trace...)
	}
	return append(dst, "}\n"...), nil
}

// AppendRefusal appends the refusal of a request as one line of JSON.
func AppendRefusal(dst []byte, id string, refusal *Refusal) ([]byte, error) {
	line, err := json.Marshal(struct {
		ID    string `json:"id"`
		Error struct {
			Code    string `json:"code"`
			Field   string `json:"field"`
			Message string `json:"message"`
		} `json:"error"`
	}{ID: id, Error: struct {
		Code    string `json:"code"`
		Field   string `json:"field"`
		Message string `json:"message"`
	}{refusal.Code, refusal.Field, refusal.Message}})
	return append(append(dst, line...), '\n'), err
}
