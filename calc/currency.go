package calc

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/iso4217.csv
var iso4217 string

// Currency is an ISO 4217 currency. The zero Currency is none.
type Currency struct {
	Code     string
	Exponent int32 // decimals of an amount: 0 KRW, 2 USD, 3 KWD
}

// currencies reads the embedded list once; source and version are named in the file.
var currencies = sync.OnceValues(func() (map[string]Currency, error) {
	all := make(map[string]Currency)
	for i, line := range strings.Split(iso4217, "\n") {
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "code,") {
			continue
		}
		f := strings.SplitN(line, ",", 4)
		if len(f) != 4 {
			return nil, fmt.Errorf("iso4217.csv:%d: want code,number,exponent,name", i+1)
		}
		exponent, err := strconv.ParseInt(f[2], 10, 32)
		if err != nil || exponent < 0 || exponent > 4 {
			return nil, fmt.Errorf("iso4217.csv:%d: exponent %q is not 0 to 4", i+1, f[2])
		}
		all[f[0]] = Currency{Code: f[0], Exponent: int32(exponent)}
	}
	return all, nil
})

// ParseCurrency returns the currency of an ISO 4217 code.
func ParseCurrency(code string) (Currency, error) {
	all, err := currencies()
	if err != nil {
		return Currency{}, err
	}
	c, ok := all[code]
	if !ok {
		return Currency{}, fmt.Errorf("%q is no ISO 4217 currency", code)
	}
	return c, nil
}
