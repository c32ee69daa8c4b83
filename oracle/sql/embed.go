// Package sql holds the legacy settlement query as text: one SELECT statement over the tables it always ran on.
//
//  1. Schema creates the tables; Reference fills those that are the legacy system's own (fees, currencies,
//     holidays, calendar). No schema is named in either: the caller sets search_path and runs Schema, then Reference.
//  2. The caller loads TB_TRX, TB_CTRT and TB_FX_RATE by COPY, in the column order of Schema, and analyses
//     them: the planner has nothing else to go by.
//  3. Legacy is one statement without a trailing semicolon, so that it also stands inside COPY (...) TO STDOUT. It
//     takes no parameters and gives one row per row of TB_TRX, in no order, every column text; an absent value
//     is the empty string. NULL in a column means that the tables do not hold what the row needs (a contract, a fee,
//     a rate, a day of the calendar): such a row is no result.
//  4. Legacy follows the settlement rules except for the known differences KD-001 to KD-004; each is marked with its id
//     at the place where it happens. docs/legacy-query.md says the same for readers.
package sql

import _ "embed"

// Schema is the DDL of the legacy tables.
//
//go:embed schema.sql
var Schema string

// Reference is the legacy system's own reference data.
//
//go:embed reference.sql
var Reference string

// Legacy is the settlement query.
//
//go:embed legacy.sql
var Legacy string
