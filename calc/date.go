package calc

import (
	"fmt"
	"regexp"
	"time"
)

// Date is a calendar day, counted from 0001-01-01 = 1. The zero Date means "no date".
type Date int32

// seoul is the zone of every instant in a request. Korea has kept UTC+9 without summer time since 1988.
var seoul = time.FixedZone("KST", 9*60*60)

// NewDate returns the day y-m-d of the Gregorian calendar, y from 1.
func NewDate(y int, m time.Month, d int) Date {
	return dateOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// dateOf is the calendar day that t shows in its own zone.
func dateOf(t time.Time) Date {
	const unixDay1970 = 719163 // 1970-01-01 counted from 0001-01-01 = 1
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400 + unixDay1970)
}

// ParseDate reads a day as 2025-02-14. Years 1900 to 2199, so that a slip of a digit is an error and not a far day.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return 0, fmt.Errorf("%q is no date like 2025-02-14", s)
	}
	return dateOf(t), nil
}

// instant is the strict form of RFC 3339: time.Parse alone also takes a one-digit hour, a decimal comma and an offset of a whole day.
var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$`)

// ParseInstant reads an instant as 2025-02-14T00:00:00+09:00 and returns its day in Asia/Seoul.
func ParseInstant(s string) (Date, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !instant.MatchString(s) || t.Year() < 1900 || t.Year() > 2199 {
		return 0, fmt.Errorf("%q is no time like 2025-02-14T09:00:00+09:00", s)
	}
	return dateOf(t.In(seoul)), nil
}

// Civil returns year, month and day.
func (d Date) Civil() (y int, m time.Month, day int) {
	return time.Unix((int64(d)-719163)*86400, 0).UTC().Date()
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(d % 7) }

// String prints 2025-02-14, and the empty string for no date.
func (d Date) String() string { return string(d.Append(nil)) }

// Append appends what String prints.
func (d Date) Append(dst []byte) []byte {
	if d == 0 {
		return dst
	}
	y, m, day := d.Civil()
	return append(dst,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+int(m)/10), byte('0'+int(m)%10), '-',
		byte('0'+day/10), byte('0'+day%10))
}

// endOfMonth returns the last day of d's month.
func (d Date) endOfMonth() Date {
	y, m, _ := d.Civil()
	return NewDate(y, m+1, 1) - 1
}
