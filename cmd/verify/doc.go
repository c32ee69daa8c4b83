// Package main is verify, the gate: does the calculator pay what the legacy query paid, to the last won?
//
// It reads everything and writes only its report. The exit code is the verdict: 0 all is well, 1 a mismatch, 2 a usage
// or data file error, 3 something is UNKNOWN, 4 a known difference is expired, stale or over its cap, 5 systemic.
// docs/verdicts.md says how to read the rest. (Build it: go run turns every failure into 1.)
//
// Without a command it checks everything: manifest, calculator and legacy query against the golden files, published
// examples, known differences, and itself. --oracle says where the legacy query runs; none leaves it out:
//
//	$ verify --oracle none
//	subject: calc against the golden files
//	oracle:  legacy query not asked: the golden files stand for it
//	...
//	selftest: one digit changed in each of 50 lines, exactly these 50 reported
//	...
//	KNOWN (exit 0): every case ran: MATCH or a valid KNOWN; ... 0 unknown, 0 mismatch
//
// Part of it: cases by an expression over the axes, or every n-th golden file.
//
//	$ verify --oracle none --where 'method == "gift_cert" and event == "pay"'
//	...
//	$ verify --oracle none --shard 3/50
//	...
//
// A case that no suite has is UNKNOWN, not a success:
//
//	$ verify --oracle none --where 'method == "gift_cert" and method == "paypal"'
//	...
//	UNKNOWN (exit 3): nothing ran, so nothing was shown; 0 cases: 0 match, 0 known, 0 unknown, 0 mismatch
//	exit 3
//
// One case, side by side, with the calculator's trace:
//
//	$ verify case bank_transfer.added.at_min_fee.labour_day.tax_free --oracle none
//	case bank_transfer.added.at_min_fee.labour_day.tax_free
//	...
//	trace of the calculator
//	...
//	MATCH (exit 0): every case ran: MATCH or a valid KNOWN; 1 cases: 1 match, 0 known, 0 unknown, 0 mismatch
//
// Any request, one JSON object or JSON lines; a refusal is an answer:
//
//	$ verify calc < cmd/verify/testdata/request.json
//	{"id":"t1","status":"SETTLED","sold_date":"2025-02-07","gross":"64601","fx_rate":"","fx_date":"","base_fee":"2196","instalment_fee":"0","escrow_fee":"0","refund_fee":"0","fee":"2196","fee_vat":"219","supply_amount":"58728","tax_amount":"5873","tax_free_amount":"0","reserve":"0","net":"62186","payout_date":"2025-02-12","reserve_release_date":""}
//
// Whether the gate would notice:
//
//	$ verify selftest
//	selftest: one digit changed in each of 50 lines, exactly these 50 reported
//
// A flag that cannot be is named:
//
//	$ verify --suite smoke
//	exit 2
package main
