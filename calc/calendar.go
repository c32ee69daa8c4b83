package calc

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed data/holidays-kr.csv
var koreanHolidays string

// Calendar says which days are business days: Monday to Friday less the holidays of its table and less Labour Day,
// 1 May of every year, which banks and payouts keep although it was no public holiday before 2026.
type Calendar struct {
	holidays    map[Date]bool
	first, last Date // the days that the table speaks for; 0 when it has no bounds
	// Within the bounds, the business day on or after and on or before each day, so that a settlement costs no map look-up.
	onOrAfter, onOrBefore []Date
}

// KoreanCalendar returns the built-in table: the public holidays of Korea 2018 to 2027 with substitute, temporary and
// election days (source and version are named in data/holidays-kr.csv). A day outside these years is an error, never "no holiday".
func KoreanCalendar() (*Calendar, error) {
	var days []Date
	header := false
	for i, line := range strings.Split(koreanHolidays, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !header {
			if line != "date,name" {
				return nil, fmt.Errorf("holidays-kr.csv:%d: want the header date,name", i+1)
			}
			header = true
			continue
		}
		day, _, _ := strings.Cut(line, ",")
		d, err := ParseDate(day)
		if err != nil {
			return nil, fmt.Errorf("holidays-kr.csv:%d: %w", i+1, err)
		}
		if len(days) > 0 && d <= days[len(days)-1] {
			return nil, fmt.Errorf("holidays-kr.csv:%d: %s does not follow %s", i+1, d, days[len(days)-1])
		}
		days = append(days, d)
	}
	if len(days) == 0 {
		return nil, fmt.Errorf("holidays-kr.csv: no holidays")
	}
	from, _, _ := days[0].Civil()
	to, _, _ := days[len(days)-1].Civil()
	c := NewCalendar(days)
	c.first, c.last = NewDate(from, time.January, 1), NewDate(to, time.December, 31)
	c.index()
	return c, nil
}

// NewCalendar returns the calendar of the given holidays. It speaks for every day.
func NewCalendar(holidays []Date) *Calendar {
	c := &Calendar{holidays: make(map[Date]bool, len(holidays))}
	for _, d := range holidays {
		c.holidays[d] = true
	}
	return c
}

// index fills the tables of the nearest business days. Days whose neighbour lies outside the bounds keep no date.
func (c *Calendar) index() {
	n := int(c.last-c.first) + 1
	c.onOrAfter, c.onOrBefore = make([]Date, n), make([]Date, n)
	var near Date
	for i := n - 1; i >= 0; i-- {
		if d := c.first + Date(i); c.isBusinessDay(d) {
			near = d
		}
		c.onOrAfter[i] = near
	}
	near = 0
	for i := range n {
		if d := c.first + Date(i); c.isBusinessDay(d) {
			near = d
		}
		c.onOrBefore[i] = near
	}
}

// Knows reports whether the calendar speaks for the day.
func (c *Calendar) Knows(d Date) bool { return c.first == 0 || c.first <= d && d <= c.last }

// Holidays returns the days of the table, ascending.
func (c *Calendar) Holidays() []Date {
	days := make([]Date, 0, len(c.holidays))
	for d := range c.holidays {
		days = append(days, d)
	}
	slices.Sort(days)
	return days
}

func (c *Calendar) isBusinessDay(d Date) bool {
	switch d.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	if c.holidays[d] {
		return false
	}
	_, m, day := d.Civil()
	return m != time.May || day != 1
}

// outsideTable is the error of a day that the holiday table does not speak for.
type outsideTable struct{ day Date }

func (e outsideTable) Error() string { return "the holiday table does not reach " + e.day.String() }

// closedDaysMax bounds the search for a business day in a table without bounds: no market closes for a whole year, so
// a table that does is wrong.
const closedDaysMax = 366

// next returns the first business day on or after d.
func (c *Calendar) next(d Date) (Date, error) {
	if !c.Knows(d) {
		return 0, outsideTable{d}
	}
	if c.first != 0 {
		if b := c.onOrAfter[d-c.first]; b != 0 {
			return b, nil
		}
		return 0, outsideTable{c.last + 1}
	}
	for i := Date(0); i < closedDaysMax; i++ {
		if c.isBusinessDay(d + i) {
			return d + i, nil
		}
	}
	return 0, fmt.Errorf("no business day within %d days from %s", closedDaysMax, d)
}

// previous returns the last business day on or before d.
func (c *Calendar) previous(d Date) (Date, error) {
	if !c.Knows(d) {
		return 0, outsideTable{d}
	}
	if c.first != 0 {
		if b := c.onOrBefore[d-c.first]; b != 0 {
			return b, nil
		}
		return 0, outsideTable{c.first - 1}
	}
	for i := Date(0); i < closedDaysMax; i++ {
		if c.isBusinessDay(d - i) {
			return d - i, nil
		}
	}
	return 0, fmt.Errorf("no business day within %d days before %s", closedDaysMax, d)
}

// add returns the n-th business day after the business day on or after d; n = 0 is that day itself.
func (c *Calendar) add(d Date, n int) (Date, error) {
	d, err := c.next(d)
	for ; n > 0 && err == nil; n-- {
		d, err = c.next(d + 1)
	}
	return d, err
}
