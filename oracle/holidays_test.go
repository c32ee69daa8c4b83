package oracle

import (
	"regexp"
	"strings"
	"testing"

	"settleproof/cases"
	"settleproof/oracle/sql"
)

// TestHolidayTables compares the two holiday tables day by day: the cases cross only some of the holidays. The one difference allowed is
// KD-001: the legacy table has no 1 May, in no year.
func TestHolidayTables(t *testing.T) {
	book, err := cases.Open()
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(sql.Reference, "INSERT INTO TB_HOLIDAY")
	table, _, ends := strings.Cut(table, ";\n")
	if !found || !ends {
		t.Fatal("reference.sql has no INSERT INTO TB_HOLIDAY")
	}
	legacy := map[string]bool{}
	for _, m := range regexp.MustCompile(`\('(\d{4}-\d\d-\d\d)',`).FindAllStringSubmatch(table, -1) {
		if legacy[m[1]] {
			t.Errorf("%s is twice in TB_HOLIDAY", m[1])
		}
		if strings.HasSuffix(m[1], "-05-01") {
			t.Errorf("%s is in TB_HOLIDAY: KD-001 says that it has no 1 May", m[1])
		}
		legacy[m[1]] = true
	}
	for _, holiday := range book.Calendar().Holidays() {
		day := holiday.String()
		if !legacy[day] && !strings.HasSuffix(day, "-05-01") {
			t.Errorf("%s is a holiday of the calculator and not of TB_HOLIDAY", day)
		}
		delete(legacy, day)
	}
	for day := range legacy {
		t.Errorf("%s is a holiday of TB_HOLIDAY and not of the calculator", day)
	}
}
