package calc

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// DecodeRequest reads one request as JSON; builtin is the calendar of a request without holidays. The reader is strict: an unknown,
// missing or repeated field, a number that is not a string, and a bad code, date or decimal are refused by a *Refusal with the field's path.
// Text that is no JSON object is any other error. The id is returned as far as it could be read, also with an error.
func DecodeRequest(data []byte, builtin *Calendar) (r Request, id string, err error) {
	text, err := readJSON(data)
	if err != nil {
		return Request{}, "", err
	}
	if text.kind != objectKind {
		return Request{}, "", fmt.Errorf("want a JSON object, not %s", text)
	}
	d := &decoder{}
	root := d.open(text, "")
	tx := d.object(root, "transaction", "transaction")
	id = d.text(tx, "id")
	r.Transaction.ID = id
	d.transaction(tx, &r.Transaction)
	d.contract(d.object(root, "contract", "contract"), &r.Contract)
	r.Rates = d.rates(root)
	r.Calendar = builtin
	if list := root.take("holidays"); list != nil {
		r.Calendar = d.holidays(list)
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
	for i, item := range d.array(root, "rates") {
		o := d.open(item, fmt.Sprintf("rates[%d]", i))
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

func (d *decoder) holidays(list *value) *Calendar {
	days := make([]Date, 0, len(list.items))
	if list.kind != arrayKind {
		d.refuse("BAD_JSON", "holidays", "want a list of dates as strings, not %s", list)
	}
	for i, item := range list.items {
		day, err := ParseDate(item.text)
		switch {
		case item.kind != stringKind:
			d.refuse("BAD_JSON", fmt.Sprintf("holidays[%d]", i), "want a date as a string, not %s", item)
		case err != nil:
			d.refuse("BAD_DATE", fmt.Sprintf("holidays[%d]", i), "%s", err)
		}
		days = append(days, day)
	}
	return NewCalendar(days)
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
