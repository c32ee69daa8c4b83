package calc_test

import (
	"testing"

	"settleproof/calc"
)

// TestFee follows parts 4 and 5 of the rules: the fee parts, and VAT on their total.
func TestFee(t *testing.T) {
	testRows(t, nil, []row{
		{"card", "64601 x 3.4 % = 2196.434 cut to 2196; 10 % of it is 219.6, cut to 219", "",
			"status=SETTLED gross=64601 base_fee=2196 instalment_fee=0 escrow_fee=0 refund_fee=0 fee=2196 fee_vat=219 reserve=0 net=62186 fx_rate=- fx_date=-"},
		{"card-vat-included", "2196 / 1.1 = 1996.36 is the supply value, the rest is VAT; nothing is added", "vat.mode=INCLUDED",
			"base_fee=2196 fee=1996 fee_vat=200 net=62405"},
		{"included-supply-up", "the supply value has a mode of its own: 1996.36 up", "vat.mode=INCLUDED rounding.supply=UP rounding.vat=UP", "fee=1997 fee_vat=199 net=62405"},
		{"included-supply-tie", "2 / 1.6 = 1.25; 4 / 1.6 = 2.5 is a tie, away from zero", "amount=4 fee.rate=1 vat.rate=0.6 vat.mode=INCLUDED", "base_fee=4 fee=3 fee_vat=1 net=0"},
		{"included-supply-tie-even", "the same tie to the even neighbour", "amount=4 fee.rate=1 vat.rate=0.6 vat.mode=INCLUDED rounding.supply=HALF_EVEN", "fee=2 fee_vat=2"},
		{"fee-down-on-tie", "250 x 3.4 % = 8.5", "amount=250", "base_fee=8 fee_vat=0 net=242"},
		{"fee-half-up-on-tie", "8.5 away from zero", "amount=250 rounding.fee=HALF_UP", "base_fee=9 net=241"},
		{"fee-half-even-on-tie", "8.5 to the even 8", "amount=250 rounding.fee=HALF_EVEN", "base_fee=8"},
		{"fee-half-even-on-odd-tie", "750 x 3.4 % = 25.5 to the even 26", "amount=750 rounding.fee=HALF_EVEN", "base_fee=26"},
		{"fee-up", "8.5 away from zero, as 8.1 would be", "amount=250 rounding.fee=UP", "base_fee=9"},
		{"fee-up-exact", "100000 x 3.4 % is whole: nothing to round", "amount=100000 rounding.fee=UP", "base_fee=3400 fee_vat=340"},
		{"vat-half-up", "219.6 to the nearest", "rounding.vat=HALF_UP", "fee=2196 fee_vat=220 net=62185"},
		{"below-minimum", "9900 x 2 % = 198 is raised to 200", "method=BANK_TRANSFER amount=9900 fee.rate=0.02 fee.minimum=200", "base_fee=200 fee=200 fee_vat=20 net=9680"},
		{"at-minimum", "10000 x 2 % = 200 is the minimum", "method=BANK_TRANSFER amount=10000 fee.rate=0.02 fee.minimum=200", "base_fee=200 net=9780"},
		{"above-minimum", "10050 x 2 % = 201", "method=BANK_TRANSFER amount=10050 fee.rate=0.02 fee.minimum=200", "base_fee=201 fee_vat=20"},
		{"minimum-after-fixed", "the fixed fee counts towards the minimum: 20 + 100 > 110", "amount=1000 fee.rate=0.02 fee.fixed=100 fee.minimum=110", "base_fee=120"},
		{"minimum-over-fixed", "20 + 100 < 130", "amount=1000 fee.rate=0.02 fee.fixed=100 fee.minimum=130", "base_fee=130"},
		{"minimum-not-over-escrow", "the minimum is of the base fee alone: 198 is raised before the escrow's 19 is added", "method=BANK_TRANSFER amount=9900 fee.rate=0.02 fee.minimum=200 escrow=true fee.escrow_rate=0.002",
			"base_fee=200 escrow_fee=19 fee=219 fee_vat=21 net=9660"},
		{"fixed-only", "a virtual account costs 400 whatever the amount", "method=VIRTUAL_ACCOUNT amount=50000 fee.rate=0 fee.fixed=400", "base_fee=400 fee_vat=40 net=49560"},
		{"net-negative", "a fee above the amount is reported as it is", "method=VIRTUAL_ACCOUNT amount=100 fee.rate=0 fee.fixed=400", "gross=100 fee=400 fee_vat=40 net=-340"},
		{"instalment-merchant", "100000 x 2 % more", "amount=100000 instalment_months=3 interest_payer=MERCHANT fee.instalment_rate=0.02", "base_fee=3400 instalment_fee=2000 fee=5400 fee_vat=540 net=94060"},
		{"instalment-buyer", "the buyer bears the interest", "amount=100000 instalment_months=3 interest_payer=BUYER fee.instalment_rate=0.02", "instalment_fee=0 fee=3400"},
		{"instalment-card-company", "the card company bears the interest", "amount=100000 instalment_months=3 interest_payer=CARD_COMPANY fee.instalment_rate=0.02", "instalment_fee=0 fee=3400"},
		{"instalment-at-50000", "the smallest amount that can be split", "amount=50000 instalment_months=12 interest_payer=MERCHANT fee.instalment_rate=0.075", "base_fee=1700 instalment_fee=3750 fee=5450"},
		{"parts-rounded-each", "1700.85 + 1000.5 are cut to 1700 + 1000, not 2701.35 to 2701", "amount=50025 instalment_months=3 interest_payer=MERCHANT fee.instalment_rate=0.02",
			"base_fee=1700 instalment_fee=1000 fee=2700 fee_vat=270"},
		{"escrow-rate", "50025 x 0.2 % = 100.05", "amount=50025 escrow=true fee.escrow_rate=0.002", "base_fee=1700 escrow_fee=100 fee=1800 fee_vat=180 net=48045"},
		{"escrow-fixed", "200 for a virtual account", "method=VIRTUAL_ACCOUNT amount=50000 fee.rate=0 fee.fixed=400 escrow=true fee.escrow_fixed=200", "base_fee=400 escrow_fee=200 fee=600 fee_vat=60 net=49340"},
		{"escrow-rate-and-fixed", "both are charged where both are agreed: 200 + 50", "amount=100000 escrow=true fee.escrow_rate=0.002 fee.escrow_fixed=50", "escrow_fee=250 fee=3650"},
		{"escrow-not-used", "a price that does not apply costs nothing", "amount=100000 fee.escrow_rate=0.002 fee.escrow_fixed=50 fee.refund_fixed=300 fee.instalment_rate=0.02", "escrow_fee=0 instalment_fee=0 refund_fee=0 fee=3400"},
		{"beyond-a-word", "20 digits: 3.4 % of it is 3399999999999999999.966", "amount=99999999999999999999",
			"gross=99999999999999999999 base_fee=3399999999999999999 fee_vat=339999999999999999 net=96260000000000000001"},
		{"just-beyond-a-word", "19 digits: the last sum that fits is smaller", "amount=9999999999999999999 fee.rate=0.01", "base_fee=99999999999999999 fee_vat=9999999999999999 net=9890000000000000001"},
		{"spelled-with-decimals", "1000.00 won are 1000 won", "amount=64601.00", "gross=64601 base_fee=2196 fee_vat=219 net=62186 supply_amount=58728"},
		{"published-portone", "1000 at 3 %: 30, 3, 967 (developers.portone.io, glossary)", "amount=1000 fee.rate=0.03", "fee=30 fee_vat=3 net=967"},
		{"published-toss", "2.31 % with VAT of 64601: 1492 = 1356 + 136 (Toss Payments settlement row)", "fee.rate=0.0231 vat.mode=INCLUDED instalment_months=5 interest_payer=CARD_COMPANY",
			"base_fee=1492 fee=1356 fee_vat=136 net=63109 sold_date=2025-02-09 payout_date=2025-02-13"},
		{"published-omise", "THB 50.00 at 3.65 %: 1.825 half up, 7 % of 1.83 half up (omise-go fixture)", "currency=THB settle_currency=THB amount=50.00 fee.rate=0.0365 vat.rate=0.07 rounding.fee=HALF_UP rounding.vat=HALF_UP",
			"fee=1.83 fee_vat=0.13 net=48.04"},
		{"three-decimals", "KWD 1.234 x 4.5 % = 0.05553, 10 % of 0.055 is 0.0055", "method=OVERSEAS_CARD currency=KWD settle_currency=KWD amount=1.234 fee.rate=0.045", "gross=1.234 fee=0.055 fee_vat=0.005 net=1.174"},
	})
}

// TestReserve follows part 8: held back from payments, released thirty days after the payout.
func TestReserve(t *testing.T) {
	testRows(t, posted, []row{
		{"payment", "10 % of 64601 cut; 2025-02-13 + 30 days is Saturday 15 March", "reserve_rate=0.1", "reserve=6460 net=55726 reserve_release_date=2025-03-17"},
		{"released-on-a-business-day", "paid on 11 February; 30 days later is Thursday 13 March", "approved_at=2025-02-10T10:00:00+09:00 cycle.lag_days=1 reserve_rate=0.1", "payout_date=2025-02-11 reserve_release_date=2025-03-13"},
		{"none", "no reserve, no release", "", "reserve=0 reserve_release_date=-"},
		{"rounds-to-nothing", "10 % of 9 won is nothing to release", "amount=9 reserve_rate=0.1", "reserve=0 net=9 reserve_release_date=-"},
		{"mode", "6460.1 up", "reserve_rate=0.1 rounding.reserve=UP", "reserve=6461"},
		{"everything", "a rate of 1 holds all of it", "reserve_rate=1", "reserve=64601 net=-2415"},
		{"cancel", "what was held is released on its own date", "original_amount=64601 reserve_rate=0.1" + cancelled, "gross=-64601 fee=-2196 fee_vat=-219 reserve=0 net=-62186 reserve_release_date=-"},
		{"partial-cancel", "no reserve on cancels", "amount=15 original_amount=64601 reserve_rate=0.1" + partly, "reserve=0 reserve_release_date=-"},
		{"labour-day", "2025-04-01 + 30 days is Labour Day", "approved_at=2025-03-27T10:00:00+09:00 reserve_rate=0.1", "payout_date=2025-04-01 reserve_release_date=2025-05-02"},
		{"converted-first", "10 % of 17858 won", "currency=USD amount=12.34 reserve_rate=0.1" + overseas + early, "reserve=1785 net=15190"},
		{"converted-last", "10 % of 12.34 cut to 1.23, which is 1780.056 won", "currency=USD amount=12.34 reserve_rate=0.1" + overseas + late, "reserve=1780 net=15210"},
	})
}

// TestTaxSplit follows part 8: the amount itself in supply value, tax and tax-free share, in the transaction currency.
func TestTaxSplit(t *testing.T) {
	testRows(t, posted, []row{
		{"taxable", "64601 / 1.1 = 58728.18", "", "supply_amount=58728 tax_amount=5873 tax_free_amount=0"},
		{"taxable-published", "9026: 8205 and 821 (Toss Payments)", "amount=9026", "supply_amount=8205 tax_amount=821"},
		{"taxable-tie", "4 / 1.6 = 2.5 away from zero", "amount=4 vat.rate=0.6", "supply_amount=3 tax_amount=1"},
		{"taxable-tie-even", "the split has a mode of its own", "amount=4 vat.rate=0.6 rounding.split=HALF_EVEN", "supply_amount=2 tax_amount=2"},
		{"taxable-one-won", "1 / 1.1 = 0.91", "amount=1", "supply_amount=1 tax_amount=0"},
		{"tax-free", "all of it, the fee does not care", "tax_class=TAX_FREE", "supply_amount=0 tax_amount=0 tax_free_amount=64601 fee=2196 fee_vat=219"},
		{"tax-free-repeated", "the amount may be said twice", "tax_class=TAX_FREE tax_free_amount=64601", "tax_free_amount=64601"},
		{"mixed", "6667 / 1.1 = 6060.9", "amount=10000 tax_class=MIXED tax_free_amount=3333", "supply_amount=6061 tax_amount=606 tax_free_amount=3333"},
		{"mixed-all-free", "nothing is left to tax", "amount=10000 tax_class=MIXED tax_free_amount=10000", "supply_amount=0 tax_amount=0 tax_free_amount=10000"},
		{"cancel-taxable", "the payment's with the sign", "original_amount=64601" + cancelled, "supply_amount=-58728 tax_amount=-5873 tax_free_amount=0"},
		{"cancel-mixed", "the payment's with the sign", "amount=10000 original_amount=10000 tax_class=MIXED tax_free_amount=3333" + cancelled, "supply_amount=-6061 tax_amount=-606 tax_free_amount=-3333"},
		{"cancel-tax-free", "all of it", "amount=10000 original_amount=10000 tax_class=TAX_FREE" + cancelled, "supply_amount=0 tax_amount=0 tax_free_amount=-10000"},
		{"partial-taxable", "the cancelled amount is split, 15 / 1.1 = 13.6", "amount=15 original_amount=64601" + partly, "supply_amount=-14 tax_amount=-1 tax_free_amount=0"},
		{"partial-mixed", "3333 x 2999 / 10000 = 999.57 cut to 999; 2000 / 1.1 = 1818.2", "amount=2999 original_amount=10000 tax_class=MIXED tax_free_amount=3333" + partly,
			"supply_amount=-1818 tax_amount=-182 tax_free_amount=-999"},
		{"partial-mixed-third", "3 x 9999 / 29997 is exactly 1: no quotient is rounded before the end", "amount=9999 original_amount=29997 tax_class=MIXED tax_free_amount=3" + partly, "tax_free_amount=-1"},
		{"partial-tax-free", "the cancelled amount", "amount=2999 original_amount=10000 tax_class=TAX_FREE tax_free_amount=10000" + partly, "tax_free_amount=-2999 supply_amount=0"},
		{"foreign", "in the transaction currency: 12.34 / 1.1 = 11.218", "currency=USD amount=12.34" + overseas + early, "supply_amount=11.22 tax_amount=1.12 tax_free_amount=0.00"},
		{"kept-fee", "the split does not depend on the fee: 100 / 1.1 = 90.909", "method=PAYPAL currency=USD settle_currency=USD amount=100 original_amount=100 fee.on_cancel=KEEP" + cancelled,
			"supply_amount=-90.91 tax_amount=-9.09"},
	})
}

// TestConversion follows part 3: the amount before its fees, or with them.
func TestConversion(t *testing.T) {
	paypal := " method=PAYPAL fee.rate=0.04 fx.date=APPROVAL fx.kind=BASE fx.posting=FIRST"
	testRows(t, posted, []row{
		{"convert-then-fee", "12.34 x 1447.2 = 17858.448; 17858 x 4.5 % = 803.61", "currency=USD amount=12.34" + overseas + early,
			"gross=17858 fx_rate=1447.2 fx_date=2025-02-07 base_fee=803 fee=803 fee_vat=80 net=16975"},
		{"fee-then-convert", "12.34 x 4.5 % = 0.55, VAT 0.05: 795.96 and 72.36 won", "currency=USD amount=12.34" + overseas + late,
			"gross=17858 base_fee=796 fee=796 fee_vat=72 net=16990"},
		{"included-convert-then-fee", "803 / 1.1 = 730", "currency=USD amount=12.34 vat.mode=INCLUDED" + overseas + early, "base_fee=803 fee=730 fee_vat=73 net=17055"},
		{"included-fee-then-convert", "0.55 = 0.50 + 0.05: each converted alone, 723.6 and 72.36", "currency=USD amount=12.34 vat.mode=INCLUDED" + overseas + late,
			"base_fee=796 fee=724 fee_vat=72 net=17062"},
		{"fx-mode", "17858.448 up, and the fee follows: 803.655", "currency=USD amount=12.34 rounding.fx=UP" + overseas + early, "gross=17859 base_fee=803"},
		{"paypal-convert-then-fee", "5788.8 cut, and 0.30 USD converted alone: 434.16", "currency=USD amount=100 fee.fixed=0.30" + paypal + early,
			"gross=144720 base_fee=6222 fee_vat=622 net=137876"},
		{"paypal-fee-then-convert", "4.00 + 0.30 USD and 0.43 USD: 6222.96 and 622.296", "currency=USD amount=100 fee.fixed=0.30" + paypal + late,
			"gross=144720 base_fee=6223 fee_vat=622 net=137875"},
		{"yen-per-100", "12345 x 9.429 = 116401.005; 4656.04 and 40 JPY = 377.16", "currency=JPY amount=12345 fee.fixed=40" + paypal + early + " fx.posting=LAST fx.kind=TTB",
			"fx_rate=9.429 gross=116401 base_fee=5033 fee_vat=503 net=110865 supply_amount=11223 tax_amount=1122"},
		{"dinar", "1.234 x 4690.5 = 5788.077; 0.055 and 0.005 KWD are 257.98 and 23.45 won", "currency=KWD amount=1.234" + overseas + late,
			"gross=5788 base_fee=258 fee_vat=23 net=5507 supply_amount=1.122 tax_amount=0.112"},
		{"cross-into-usd", "1500 / 1447.2 = 1.036484245; 259.1210625; 11.6604; 1.166", "currency=EUR settle_currency=USD amount=250" + overseas + early,
			"fx_rate=1.03648425 fx_date=2025-02-07 gross=259.12 fee=11.66 fee_vat=1.16 net=246.30"},
		{"usd-in-usd", "nothing is converted", "method=PAYPAL currency=USD settle_currency=USD amount=100 fee.rate=0.04 fee.fixed=0.30", "gross=100.00 fx_rate=- fx_date=- fee=4.30 fee_vat=0.43 net=95.27"},
		{"capture-rate", "captured on 11 February: the posting of the 10th", "currency=USD amount=12.34 captured_at=2025-02-11T09:00:00+09:00" + overseas + early + " fx.date=CAPTURE",
			"fx_rate=1460 fx_date=2025-02-10 gross=18016 fee=810 fee_vat=81 net=17125"},
		{"capture-rate-without-capture", "no capture of its own: the approval's day", "currency=USD amount=12.34" + overseas + early + " fx.date=CAPTURE", "fx_date=2025-02-07"},
		{"approval-rate-with-capture", "approval is not capture", "currency=USD amount=12.34 captured_at=2025-02-11T09:00:00+09:00" + overseas + early, "fx_date=2025-02-07 sold_date=2025-02-11"},
		{"settlement-rate", "paid on 13 February: 17960.87; 808.245", "currency=USD amount=12.34" + overseas + early + " fx.date=SETTLEMENT",
			"payout_date=2025-02-13 fx_rate=1455.5 fx_date=2025-02-13 gross=17961 fee=808 fee_vat=80 net=17073"},
		{"last-posting", "12.34 x 1450.5 = 17899.17", "currency=USD amount=12.34" + overseas + early + " fx.posting=LAST", "fx_rate=1450.5 gross=17899"},
		{"ttb", "12.34 x 1432.8 = 17680.752", "currency=USD amount=12.34" + overseas + early + " fx.kind=TTB", "fx_rate=1432.8 gross=17681"},
	})
}

// TestCancel follows part 6: what comes back, and what the merchant keeps paying.
func TestCancel(t *testing.T) {
	kept := " method=PAYPAL fee.rate=0.04 fee.fixed=0.30 fee.on_cancel=KEEP fx.date=APPROVAL fx.kind=BASE fx.posting=FIRST"
	refund := " method=VIRTUAL_ACCOUNT fee.rate=0 fee.fixed=400 fee.refund_fixed=300 fee.on_cancel=KEEP_PLUS_REFUND_FEE phase=AFTER_PAYOUT"
	testRows(t, posted, []row{
		{"whole", "every amount of the payment with the other sign", "original_amount=64601" + cancelled,
			"status=SETTLED sold_date=2025-02-12 payout_date=2025-02-17 gross=-64601 base_fee=-2196 fee=-2196 fee_vat=-219 refund_fee=0 net=-62186"},
		{"whole-after-payout", "the same amounts, deducted from a later payout", "original_amount=64601 event=CANCEL phase=AFTER_PAYOUT event_at=2025-03-04T10:00:00+09:00",
			"gross=-64601 fee=-2196 fee_vat=-219 net=-62186 sold_date=2025-03-04 payout_date=2025-03-07"},
		{"whole-included", "1996 and 200 come back", "original_amount=64601 vat.mode=INCLUDED" + cancelled, "fee=-1996 fee_vat=-200 net=-62405"},
		{"whole-minimum", "the minimum fee comes back too", "method=BANK_TRANSFER amount=9900 original_amount=9900 fee.rate=0.02 fee.minimum=200" + cancelled + " phase=AFTER_PAYOUT",
			"base_fee=-200 fee_vat=-20 net=-9680"},
		{"whole-parts", "instalment and base come back", "amount=100000 original_amount=100000 instalment_months=3 interest_payer=MERCHANT fee.instalment_rate=0.02" + cancelled,
			"base_fee=-3400 instalment_fee=-2000 fee=-5400 fee_vat=-540 net=-94060"},
		{"whole-escrow", "the escrow fee comes back; the cancel has an escrow period too", "amount=50025 original_amount=50025 escrow=true fee.escrow_rate=0.002" + cancelled,
			"escrow_fee=-100 fee=-1800 sold_date=2025-02-19"},
		{"whole-rounding-on-magnitude", "8.5 half up is 9, and -9 with the sign", "amount=250 original_amount=250 rounding.fee=HALF_UP" + cancelled, "base_fee=-9"},
		{"published-toss", "2.255 % with VAT of 99800 cut: -2250 = -2045 - 205 (Toss Payments settlement row)",
			"amount=99800 original_amount=99800 fee.rate=0.02255 vat.mode=INCLUDED instalment_months=3 interest_payer=CARD_COMPANY" + cancelled, "base_fee=-2250 fee=-2045 fee_vat=-205 net=-97550"},
		{"partial-by-difference", "2196 - 2195 (64586 x 3.4 % = 2195.924) = 1, not 15 x 3.4 % = 0; VAT 219 - 219", "amount=15 original_amount=64601" + partly,
			"gross=-15 base_fee=-1 fee=-1 fee_vat=0 net=-14"},
		{"partial-half", "a share that divides evenly: 10 % of 10000 and of 5000 (PortOne)", "amount=5000 original_amount=10000 fee.rate=0.1" + partly, "fee=-500 fee_vat=-50 net=-4450"},
		{"partial-minimum-of-the-rest", "300 paid, 5000 x 2 % is raised to 200: 100 come back", "method=BANK_TRANSFER amount=10000 original_amount=15000 fee.rate=0.02 fee.minimum=200" + partly + " phase=AFTER_PAYOUT",
			"base_fee=-100 fee=-100 fee_vat=-10 net=-9890"},
		{"partial-fixed-stays", "the fixed fee is in both: nothing of it comes back", "amount=10000 original_amount=20000 fee.fixed=50" + partly, "base_fee=-340"},
		{"partial-escrow-fixed-stays", "as the fixed fee; 0.2 % of 10000 comes back", "amount=10000 original_amount=20000 escrow=true fee.escrow_rate=0.002 fee.escrow_fixed=50" + partly, "escrow_fee=-20 fee=-360"},
		{"partial-instalment-below-50000", "what stays may be less than an instalment could start with: 1000 - 960", "amount=2000 original_amount=50000 instalment_months=3 interest_payer=MERCHANT fee.instalment_rate=0.02" + partly,
			"base_fee=-68 instalment_fee=-40"},
		{"partial-included", "2196 = 1996 + 200; 10000 stay: 340 = 309 + 31", "amount=54601 original_amount=64601 vat.mode=INCLUDED" + partly, "base_fee=-1856 fee=-1687 fee_vat=-169"},
		{"void", "before capture nothing settles, on the cancel's own day", "original_amount=64601 reserve_rate=0.1 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-12T10:00:00+09:00",
			"status=VOID sold_date=2025-02-12 gross=0 base_fee=0 fee=0 fee_vat=0 supply_amount=0 tax_amount=0 tax_free_amount=0 reserve=0 net=0 payout_date=- reserve_release_date=- fx_rate=- fx_date=-"},
		{"void-partial", "a part before capture neither", "amount=15 original_amount=64601 event=PARTIAL_CANCEL phase=BEFORE_CAPTURE event_at=2025-02-12T10:00:00+09:00", "status=VOID gross=0 net=0 supply_amount=0"},
		{"void-escrow", "nobody waits for a buyer who cancelled", "original_amount=64601 escrow=true event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-12T10:00:00+09:00", "status=VOID sold_date=2025-02-12"},
		{"void-same-day-transfer", "a transfer is cancelled before capture on its own day", "method=BANK_TRANSFER original_amount=64601 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-09T23:59:59+09:00", "status=VOID sold_date=2025-02-09"},
		{"void-foreign", "no rate is looked up", "currency=USD amount=12.34 original_amount=12.34 event=CANCEL phase=BEFORE_CAPTURE event_at=2025-02-12T10:00:00+09:00" + overseas + early,
			"status=VOID gross=0 supply_amount=0.00 fx_rate=- fx_date=-"},
		{"approval-rate", "the rate of the payment", "currency=USD amount=12.34 original_amount=12.34" + overseas + early + cancelled, "fx_rate=1447.2 gross=-17858 fee=-803 fee_vat=-80 net=-16975"},
		{"capture-rate", "the capture of the payment", "currency=USD amount=12.34 original_amount=12.34 captured_at=2025-02-11T09:00:00+09:00" + overseas + early + cancelled + " fx.date=CAPTURE",
			"fx_rate=1460 gross=-18016 fee=-810 fee_vat=-81 net=-17125 sold_date=2025-02-12"},
		{"settlement-rate", "the cancel's own payout: 17790.578; 800.595", "currency=USD amount=12.34 original_amount=12.34" + overseas + early + cancelled + " fx.date=SETTLEMENT",
			"payout_date=2025-02-17 fx_rate=1441.7 fx_date=2025-02-17 gross=-17791 fee=-800 fee_vat=-80 net=-16911"},
		{"partial-convert-then-fee", "7.34 stay: 10622, 477.99, 47; 803 - 477, 80 - 47", "currency=USD amount=5.00 original_amount=12.34" + overseas + early + partly,
			"gross=-7236 fee=-326 fee_vat=-33 net=-6877 supply_amount=-4.55 tax_amount=-0.45"},
		{"partial-fee-then-convert", "7.34 stay: 0.33 and 0.03 USD are 478 and 43 won; 796 - 478, 72 - 43", "currency=USD amount=5.00 original_amount=12.34" + overseas + late + partly,
			"gross=-7236 fee=-318 fee_vat=-29 net=-6889"},
		{"keep", "nothing of the fee comes back", "currency=USD amount=100 original_amount=100" + kept + early + cancelled, "gross=-144720 base_fee=0 refund_fee=0 fee=0 fee_vat=0 net=-144720"},
		{"keep-fee-then-convert", "the order does not matter to a kept fee", "currency=USD amount=100 original_amount=100" + kept + late + cancelled, "gross=-144720 fee=0 net=-144720"},
		{"keep-partial", "1447.2 - 723.6 rounded each: 1447 - 724, not 724", "currency=USD amount=0.50 original_amount=1.00" + kept + early + partly, "gross=-723 fee=0 net=-723"},
		{"keep-ignores-refund-fee", "a price that does not apply", "amount=100 original_amount=100 currency=USD fee.refund_fixed=300" + kept + early + cancelled, "refund_fee=0 fee=0"},
		{"refund-fee", "400 stay with the gateway, 300 and VAT are charged", "amount=50000 original_amount=50000" + cancelled + refund, "gross=-50000 base_fee=0 refund_fee=300 fee=300 fee_vat=30 net=-50330"},
		{"refund-fee-included", "300 / 1.1 = 272.7", "amount=50000 original_amount=50000 vat.mode=INCLUDED" + cancelled + refund, "refund_fee=300 fee=273 fee_vat=27 net=-50300"},
		{"refund-fee-partial", "once per refund", "amount=20000 original_amount=50000" + partly + refund, "gross=-20000 refund_fee=300 fee=300 fee_vat=30 net=-20330"},
	})
}

// TestSettleLeavesTheRequest settles the same request twice: no figure of the first run may have got into it.
func TestSettleLeavesTheRequest(t *testing.T) {
	r := request(t, "currency=USD amount=5.00 original_amount=12.34"+overseas+late+partly, posted)
	first, err := calc.Settle(&r)
	if err != nil {
		t.Fatal(err)
	}
	second, err := calc.Settle(&r)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.AppendFields(nil, &r, ' '), second.AppendFields(nil, &r, ' '); string(a) != string(b) {
		t.Errorf("first %s\nthen  %s", a, b)
	}
}
