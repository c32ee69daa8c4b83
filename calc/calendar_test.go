package calc_test

import (
	"strings"
	"testing"
	"time"

	"settleproof/calc"
)

// cycle reads "D 3" or "MONTHLY 10".
func cycle(t *testing.T, s string) calc.Cycle {
	t.Helper()
	r := request(t, "cycle.kind="+strings.Fields(s)[0]+" cycle.lag_days="+strings.Fields(s)[1], nil)
	return r.Contract.Cycle
}

// TestPayout follows part 7 of the rules on the built-in table. In 2025 Seollal closes 27 to 30 January (Monday to Thursday), Chuseok with
// its neighbours 3 to 9 October (Friday to Thursday), and in May the 1st, 5th and 6th are closed. An empty after is the date of before.
func TestPayout(t *testing.T) {
	for _, row := range []struct{ reason, sold, cycle, before, after string }{
		{"the next day", "2025-02-10", "D 1", "2025-02-11", ""},
		{"Friday to Monday", "2025-02-14", "D 1", "2025-02-17", ""},
		{"the day itself", "2025-02-14", "D 0", "2025-02-14", ""},
		{"Sunday moves to Monday before the count", "2025-02-09", "D 3", "2025-02-13", ""},
		{"Saturday moves to Monday before the count", "2025-02-08", "D 1", "2025-02-11", ""},
		{"no lag: Saturday is paid on Monday", "2025-02-08", "D 0", "2025-02-10", ""},
		{"over Seollal", "2025-01-24", "D 1", "2025-01-31", ""},
		{"over Seollal", "2025-01-24", "D 3", "2025-02-04", ""},
		{"sold before Seollal's weekend, which moves to 31 January", "2025-01-25", "D 5", "2025-02-07", ""},
		{"sold on Seollal", "2025-01-29", "D 1", "2025-02-03", ""},
		{"over Chuseok", "2025-10-02", "D 1", "2025-10-10", ""},
		{"over Chuseok", "2025-10-02", "D 3", "2025-10-14", ""},
		{"sold on Chuseok's Saturday", "2025-10-04", "D 5", "2025-10-17", ""},
		{"over Labour Day", "2025-04-30", "D 1", "2025-05-02", ""},
		{"over Labour Day and two holidays", "2025-04-30", "D 3", "2025-05-08", ""},
		{"sold on Labour Day", "2025-05-01", "D 1", "2025-05-07", ""},
		{"Labour Day on a Monday, long before it was a public holiday", "2023-04-28", "D 1", "2023-05-02", ""},
		{"a substitute for Labour Day", "2027-04-30", "D 1", "2027-05-04", ""},
		{"over the year's end", "2025-12-31", "D 3", "2026-01-06", ""},
		{"over the leap day", "2024-02-28", "D 1", "2024-02-29", ""},
		{"over 1 March, a Saturday, and its substitute", "2025-02-28", "D 1", "2025-03-04", ""},
		{"the last day of the table", "2027-12-30", "D 1", "2027-12-31", ""},
		{"the first day of the table is a holiday", "2018-01-01", "D 0", "2018-01-02", ""},

		{"Monday closes on Sunday the 9th", "2025-02-03", "WEEKLY 4", "2025-02-13", ""},
		{"Sunday closes its own week", "2025-02-09", "WEEKLY 4", "2025-02-13", ""},
		{"the Monday after opens the next one", "2025-02-10", "WEEKLY 4", "2025-02-20", ""},
		{"Thursday of Seollal: back to the last Friday, or on to the next", "2025-01-22", "WEEKLY 4", "2025-01-24", "2025-01-31"},
		{"before, on the sold date itself", "2025-01-24", "WEEKLY 4", "2025-01-24", "2025-01-31"},
		{"before would be the day before the sale: after", "2025-01-25", "WEEKLY 4", "2025-01-31", ""},
		{"Thursday is Labour Day", "2025-04-21", "WEEKLY 4", "2025-04-30", "2025-05-02"},

		{"the 15th closes the first half", "2025-02-15", "TWICE_MONTHLY 5", "2025-02-20", ""},
		{"the first opens it", "2025-02-01", "TWICE_MONTHLY 5", "2025-02-20", ""},
		{"the 16th opens the second", "2025-02-16", "TWICE_MONTHLY 5", "2025-03-05", ""},
		{"the last day closes it", "2025-02-28", "TWICE_MONTHLY 5", "2025-03-05", ""},
		{"29 February 2024 + 5", "2024-02-16", "TWICE_MONTHLY 5", "2024-03-05", ""},
		{"Sunday of Chuseok", "2025-09-20", "TWICE_MONTHLY 5", "2025-10-02", "2025-10-10"},

		{"31 January + 10", "2025-01-31", "MONTHLY 10", "2025-02-10", ""},
		{"29 February 2024 + 10 is a Sunday", "2024-02-10", "MONTHLY 10", "2024-03-08", "2024-03-11"},
		{"28 February 2023 + 10", "2023-02-10", "MONTHLY 10", "2023-03-10", ""},
		{"over the year's end", "2024-12-20", "MONTHLY 10", "2025-01-10", ""},
		{"no lag, closing on a Saturday", "2025-05-30", "MONTHLY 0", "2025-05-30", "2025-06-02"},
		{"no lag, sold on that Saturday: before would be Friday", "2025-05-31", "MONTHLY 0", "2025-06-02", ""},
	} {
		for shift, want := range map[calc.HolidayShift]string{calc.ShiftBefore: row.before, calc.ShiftAfter: row.after} {
			if want == "" { // the shift does not matter
				want = row.before
			}
			got, err := calc.Payout(day(t, row.sold), cycle(t, row.cycle), shift, korean(t))
			if err != nil || got.String() != want {
				t.Errorf("%s %s %s: %s, %v; want %s (%s)", row.sold, row.cycle, shift, got, err, want, row.reason)
			}
		}
	}
}

// TestPayoutPublished repeats payout dates that gateways published, with the holidays they named.
func TestPayoutPublished(t *testing.T) {
	chuseok2017 := []string{"2017-10-02", "2017-10-03", "2017-10-04", "2017-10-05", "2017-10-06", "2017-10-09"}
	children2022 := []string{"2022-05-05"}
	for _, row := range []struct {
		id, sold, cycle string
		holidays        []string
		want            string
	}{
		{"KSN-01", "2017-09-20", "D 6", chuseok2017, "2017-09-28"},
		{"KSN-02", "2017-09-21", "D 6", chuseok2017, "2017-09-29"},
		{"KSN-03", "2017-09-22", "D 6", chuseok2017, "2017-10-10"},
		{"KSN-04 Saturday", "2017-09-23", "D 6", chuseok2017, "2017-10-11"},
		{"KSN-04 Sunday", "2017-09-24", "D 6", chuseok2017, "2017-10-11"},
		{"KSN-04 Monday", "2017-09-25", "D 6", chuseok2017, "2017-10-11"},
		{"KSN-05", "2017-09-26", "D 6", chuseok2017, "2017-10-12"},
		{"KSN-06", "2017-09-25", "D 3", chuseok2017, "2017-09-28"},
		{"KSN-07", "2017-09-26", "D 3", chuseok2017, "2017-09-29"},
		{"KSN-08", "2017-09-27", "D 3", chuseok2017, "2017-10-10"},
		{"KSN-09", "2017-09-29", "D 3", chuseok2017, "2017-10-12"},
		{"KSN-10", "2022-04-26", "D 6", children2022, "2022-05-04"},
		{"JPMDATE-01", "2025-02-03", "D 2", nil, "2025-02-05"},
		{"JPMDATE-04", "2025-02-06", "D 2", nil, "2025-02-10"},
		{"JPMDATE-07", "2025-02-03", "D 3", nil, "2025-02-06"},
		{"TOSS-01", "2025-02-09", "D 3", nil, "2025-02-13"},
		{"TOSS-03", "2023-11-25", "D 3", nil, "2023-11-30"},
	} {
		got, err := calc.Payout(day(t, row.sold), cycle(t, row.cycle), calc.ShiftBefore, calc.NewCalendar(days(t, row.holidays...)))
		if err != nil || got.String() != row.want {
			t.Errorf("%s: %s, %v; published %s", row.id, got, err, row.want)
		}
	}
}

// TestSoldDate follows part 7: which day an event counts for, always a day of Seoul.
func TestSoldDate(t *testing.T) {
	testRows(t, nil, []row{
		{"approval", "no capture of its own", "", "sold_date=2025-02-09 payout_date=2025-02-13"},
		{"capture", "the capture's day counts, not the approval's", "captured_at=2025-02-11T10:00:00+09:00", "sold_date=2025-02-11 payout_date=2025-02-14"},
		{"event-of-a-payment", "a payment is no event of another day", "event_at=2025-02-12T10:00:00+09:00", "sold_date=2025-02-09"},
		{"cancel", "the cancel's own day, whatever the capture's", "original_amount=64601 captured_at=2025-02-11T10:00:00+09:00" + cancelled, "sold_date=2025-02-12"},
		{"escrow", "seven days for the buyer: 27 January opens Seollal", "captured_at=2025-01-20T10:00:00+09:00 approved_at=2025-01-20T10:00:00+09:00 escrow=true cycle.lag_days=1",
			"sold_date=2025-01-27 payout_date=2025-02-03"},
		{"escrow-over-month-end", "the month that closes is that of the confirmation", "approved_at=2025-01-28T10:00:00+09:00 escrow=true cycle.kind=MONTHLY cycle.lag_days=10", "sold_date=2025-02-04 payout_date=2025-03-10"},
		{"escrow-over-leap-day", "23 February 2024 + 7", "approved_at=2024-02-23T10:00:00+09:00 escrow=true", "sold_date=2024-03-01"},
		{"utc-evening", "20:00 in London is the next morning in Seoul", "approved_at=2025-02-09T20:00:00Z", "sold_date=2025-02-10"},
		{"utc-before-fifteen", "one second before midnight in Seoul", "approved_at=2025-02-09T14:59:59Z", "sold_date=2025-02-09"},
		{"utc-at-fifteen", "midnight in Seoul", "approved_at=2025-02-09T15:00:00Z", "sold_date=2025-02-10"},
		{"new-york-evening", "10:30 of the next day in Seoul", "approved_at=2025-02-09T20:30:00-05:00", "sold_date=2025-02-10"},
		{"east-of-seoul", "an early morning in Auckland is the evening before in Seoul", "approved_at=2025-02-10T01:00:00+13:00", "sold_date=2025-02-09"},
		{"year-end", "31 December in London, New Year in Seoul", "approved_at=2024-12-31T15:00:00Z", "sold_date=2025-01-01 payout_date=2025-01-07"},
		{"cancel-offset", "the cancel's day is one of Seoul too", "original_amount=64601 event=CANCEL phase=AFTER_CAPTURE event_at=2025-02-12T15:00:00Z", "sold_date=2025-02-13"},
		{"labour-day", "1 May is no business day of the built-in table", "approved_at=2025-04-30T10:00:00+09:00 cycle.lag_days=1", "payout_date=2025-05-02"},
		{"monthly-before", "30 September + 5 is a Sunday", "approved_at=2025-09-20T10:00:00+09:00 cycle.kind=TWICE_MONTHLY cycle.lag_days=5", "payout_date=2025-10-02"},
		{"monthly-after", "the same, moved on over Chuseok", "approved_at=2025-09-20T10:00:00+09:00 cycle.kind=TWICE_MONTHLY cycle.lag_days=5 holiday_shift=AFTER", "payout_date=2025-10-10"},
	})
}

// TestGivenHolidays replaces the built-in table by the request's own: other holidays, no bounds, and Labour Day all the same.
func TestGivenHolidays(t *testing.T) {
	for _, row := range []struct {
		reason, change string
		holidays       []string
		want           string
	}{
		{"the given day is closed", "", []string{"2025-02-11"}, "payout_date=2025-02-14"},
		{"Seollal is a working week without the built-in table", "approved_at=2025-01-24T10:00:00+09:00", []string{}, "payout_date=2025-01-29"},
		{"Labour Day is closed in every table", "approved_at=2025-04-30T10:00:00+09:00 cycle.lag_days=1", []string{}, "payout_date=2025-05-02"},
		{"a given list speaks for every year", "approved_at=2040-02-10T10:00:00+09:00", []string{"2040-02-13"}, "payout_date=2040-02-16"},
	} {
		r, _, err := calc.DecodeRequest(editRequest(t, row.change, nil, row.holidays), korean(t))
		if err != nil {
			t.Fatal(err)
		}
		res, err := calc.Settle(&r)
		if err != nil {
			t.Fatal(err)
		}
		expectFields(t, row.reason, row.want, fieldsOf(&r, &res))
	}
}

// TestKoreanCalendar holds the built-in table to facts of the gazette, and to its bounds.
func TestKoreanCalendar(t *testing.T) {
	c := korean(t)
	closed := make(map[calc.Date]bool)
	all := c.Holidays()
	for i, d := range all {
		closed[d] = true
		if i > 0 && d <= all[i-1] {
			t.Errorf("%s does not follow %s", d, all[i-1])
		}
	}
	for _, d := range days(t, "2018-02-16", "2020-04-15", "2020-08-17", "2021-08-16", "2023-10-02", "2024-10-01", "2025-01-27", "2025-06-03", "2026-05-01", "2027-12-27") {
		if !closed[d] {
			t.Errorf("%s is a holiday", d)
		}
	}
	for _, row := range []struct {
		day  string
		want bool
	}{{"2017-12-31", false}, {"2018-01-01", true}, {"2027-12-31", true}, {"2028-01-01", false}} {
		if got := c.Knows(day(t, row.day)); got != row.want {
			t.Errorf("knows %s: %v, want %v", row.day, got, row.want)
		}
	}
	if !calc.NewCalendar(nil).Knows(day(t, "2100-01-01")) {
		t.Error("a given list speaks for every day")
	}
}

// TestDate counts days as the standard library does.
func TestDate(t *testing.T) {
	first := time.Date(1900, time.January, 1, 0, 0, 0, 0, time.UTC)
	d := calc.NewDate(1900, time.January, 1)
	for at := first; at.Year() < 2200; at, d = at.AddDate(0, 0, 1), d+1 {
		y, m, dd := d.Civil()
		if y != at.Year() || m != at.Month() || dd != at.Day() || d.Weekday() != at.Weekday() || d.String() != at.Format(time.DateOnly) {
			t.Fatalf("%s printed as %s, a %s", at.Format(time.DateOnly), d, d.Weekday())
		}
		if back, err := calc.ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%s read back as %s, %v", d, back, err)
		}
	}
	if calc.Date(0).String() != "" {
		t.Error("no date prints as nothing")
	}
	for _, bad := range []string{"", "2025-02-29", "2025-2-9", "20250209", "2025-02-09T00:00:00", " 2025-02-09", "1899-12-31", "2200-01-01", "2025-13-01"} {
		if d, err := calc.ParseDate(bad); err == nil {
			t.Errorf("%q read as %s", bad, d)
		}
	}
	for _, bad := range []string{"", "2025-02-09", "2025-02-09T10:00:00", "2025-02-30T10:00:00Z", "2025-02-09 10:00:00Z", "1899-12-31T10:00:00Z", "2200-01-01T10:00:00Z", "2025-02-09T25:00:00Z", "2025-02-09T1:00:00Z", "2025-02-09T10:00:00,5Z", "2025-02-09T10:00:00+24:00"} {
		if d, err := calc.ParseInstant(bad); err == nil {
			t.Errorf("%q read as %s", bad, d)
		}
	}
}
