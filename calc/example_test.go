package calc_test

import (
	"errors"
	"fmt"
	"os"

	"settleproof/calc"
)

// A card payment of 64,601 won at 3.4 %, paid three business days later.
func ExampleSettle() {
	calendar, err := calc.KoreanCalendar()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	request, _, err := calc.DecodeRequest([]byte(sample), calendar)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	result, err := calc.Settle(&request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println("sold", result.SoldDate, "paid", result.PayoutDate)
	fmt.Printf("%s = %s + %s + %s\n", result.Gross, result.Net, result.Fee, result.FeeVAT)

	// What cannot be settled is refused with its field.
	request.Transaction.Amount = request.Transaction.Amount.Neg()
	_, err = calc.Settle(&request)
	var refusal *calc.Refusal
	fmt.Println(errors.As(err, &refusal), refusal.Code, refusal.Field)
	// Output:
	// sold 2025-02-09 paid 2025-02-13
	// 64601 = 62186 + 2196 + 219
	// true AMOUNT_NOT_POSITIVE transaction.amount
}

// The same payment with every figure's reason.
func ExampleExplain() {
	calendar, err := calc.KoreanCalendar()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	request, _, err := calc.DecodeRequest([]byte(sample), calendar)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_, steps, err := calc.Explain(&request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, s := range steps {
		fmt.Printf("%-15s %-10s %s\n", s.Name, s.Value, s.How)
	}
	// Output:
	// sold_date       2025-02-09 the approval's day
	// payout_date     2025-02-13 3 business days after the sold date
	//                            payment of 64601
	// base_fee        2196 KRW   64601 x 0.034 = 2196.434, DOWN to 0 decimals
	// fee             2196 KRW   total 2196, VAT 0.1 added, DOWN
	// fee_vat         219 KRW    ADDED
	// gross           64601 KRW  signed
	// supply_amount   58728 KRW  taxed part / 1.1, HALF_UP
	// tax_amount      5873 KRW   the rest of the taxed part
	// tax_free_amount 0 KRW      tax-free share
	// net             62186 KRW  gross - fee - fee VAT - reserve
}
