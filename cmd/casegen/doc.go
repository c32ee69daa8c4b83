// Casegen lists the cases, computes the golden files, shows what moved, and accepts it with a reason.
//
//	casegen list      the cases, ids ascending: the id, then its value on every axis
//	casegen count     how many, in all or by axis
//	casegen golden    computes everything into golden/.pending and prints what moved
//	casegen diff      what moved, again; one file, one case, or between two directories or git revisions
//	casegen accept    moves what is pending into place, with a reason
//
// # From a changed rule to changed answers
//
//  1. Change the rule. The tests fail, because the approved answers are those of the old rule.
//  2. casegen golden computes all answers anew, asks the legacy query about every case, and prints what moved. Nothing
//     approved is touched.
//  3. casegen diff --case ID shows one case field by field, with the calculator's trace.
//  4. casegen accept --reason "..." puts the new answers in place, with the reason on top of golden/CHANGES.md.
//  5. Commit golden/ together with the rule: the diff of the golden files is what the reviewer reads.
//
// # Exit codes
//
//	0  done; for golden: nothing differs from the approved answers
//	1  golden: something differs, see casegen diff
//	2  usage or data file error, and every refusal of accept
//	3  golden: a case could not be computed, or the legacy query could not be asked; what is pending cannot be accepted
//	5  internal error
//
// # Listing
//
// The ids are the coordinates of the cases; an axis at its default is left out.
//
//	$ casegen list --where 'method == "gift_cert" and event == "cancel_late"'
//	...
//	gift_cert...	gift_cert	lump_sum	no_escrow	any	krw	...
//
// An expression names axes and their values; what is wrong with it is said with the column.
//
//	$ casegen list --where 'method == "gift_crt"'
//	casegen: --where: column 11: "gift_crt" is not a value of axis method; it has credit_card, check_card, easypay_card, easypay_money, overseas_card, bank_transfer, virtual_account, mobile_goods, mobile_content, gift_cert, paypal
//	(exit 2)
//
//	$ casegen list --suite smoke
//	casegen: there is no suite "smoke"; there is: full
//	(exit 2)
//
// --shard i/n takes every case whose id hashes to the i-th of n parts; a case keeps its part when others are added.
// --format jsonl writes one object a line.
//
//	$ casegen count --by tax
//	tax       cases
//	taxable   ...
//	tax_free  ...
//	mixed     ...
//	all       ...
//
// # Computing and accepting
//
// Without a database the answers can be computed and looked at, but not accepted:
//
//	$ casegen golden --oracle none
//	...
//	the legacy query was not asked: --oracle none
//	pending in golden/.pending, but it cannot be accepted: run casegen golden with a database
//	(exit 3)
//
//	$ casegen accept --reason "price list of February 2025"
//	casegen: the legacy query was not asked (--oracle none): run casegen golden again with a database: --oracle auto, container, local or postgres://...
//	(exit 2)
//
//	$ casegen accept
//	casegen: no reason given: say why the answers may move: --reason "..."
//	(exit 2)
//
// casegen diff --case ID shows a case field by field, with the calculator's trace; --shard FILE shows one golden file with
// up to 20 of its lines. Directories and revisions are only read:
//
//	$ casegen diff main feature/one
//	casegen: main is no directory, and as a git revision: ...
//	(exit 2)
//
// accept also refuses in CI, when something has changed since golden ran, when cases would be lost (--prune), when more
// than 1,000 cases would change (--all), when the legacy query disagrees and no known difference covers it, and while
// another casegen is writing. A kill at any moment leaves the old answers or the new ones; accept completes what was begun.
package main
