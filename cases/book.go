// Package cases says what is tested: the settlement domain's side of the harness. In order:
//
//  1. axes.yaml holds the axes, what cannot be combined, and how the golden set is made of them.
//  2. A case is a row of axis values. Its id is its coordinates; it is bound to a calculation request: codes and days from the values,
//     terms from the data files by the approval day, amounts constructed from the contract.
//  3. data/ holds the facts with source and version: fee schedule, posted rates, the days of the calendar points.
//  4. known_differences.yaml is the ledger of what the legacy query is known to do differently.
//  5. examples/ holds published examples and examples worked by hand from the rules, a third truth beside calculator and legacy query.
//
// Everything is embedded: a binary tests exactly the files it was built with, and their digests stand in the golden manifest.
package cases

import (
	"crypto/sha256"
	"embed"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"settleproof/calc"
	"settleproof/calc/terms"
	"settleproof/generator"
	"settleproof/harness"
	"settleproof/harness/snapshot"
)

//go:embed axes.yaml known_differences.yaml data
var files embed.FS

// shardRecordsMax is the size of a golden file: a reviewer can open it, and a diff of it is shown.
const shardRecordsMax = 500

// Book is the settlement domain, opened and checked.
type Book struct {
	model      *generator.Model
	axis       axes
	prices     *terms.PriceList
	postings   []terms.Posting
	rates      *calc.Rates
	quotes     *quotes
	calendar   *calc.Calendar
	currencies map[string]calc.Currency
	known      []harness.Known
	examples   func() ([]Example, error) // read when they are asked for: most commands need none
	suite      func() (*suite, error)
}

// suite is the golden set, made once.
type suite struct {
	shards []harness.Shard
	ids    []string        // by place in the suite
	rows   []generator.Row // the same
	report *generator.Suite
}

// Open reads and checks the embedded files. Errors are file:line:column: what.
func Open() (*Book, error) {
	b := &Book{currencies: map[string]calc.Currency{}}
	var err error
	if b.model, err = generator.Load("cases/axes.yaml", read("axes.yaml").Data); err != nil {
		return nil, err
	}
	points, err := readPoints(read("data/calendar_points.csv"))
	if err != nil {
		return nil, err
	}
	if b.axis, err = bindAxes(b.model, points); err != nil {
		return nil, err
	}
	if b.prices, err = terms.ReadPriceList(read("data/fees.csv"), read("data/fixed_fees.csv"), read("data/instalment_fees.csv")); err != nil {
		return nil, err
	}
	if b.postings, err = terms.ReadPostings(read("data/posted_rates.csv")); err != nil {
		return nil, err
	}
	if b.rates, err = terms.Rates(b.postings, "KRW"); err != nil {
		return nil, fmt.Errorf("cases/data/posted_rates.csv: %w", err)
	}
	if b.quotes, err = newQuotes(b.postings); err != nil {
		return nil, err
	}
	if b.calendar, err = calc.KoreanCalendar(); err != nil {
		return nil, err
	}
	for code := range sizesOf {
		if b.currencies[code], err = calc.ParseCurrency(code); err != nil {
			return nil, err
		}
	}
	if b.known, err = b.readKnown(read("known_differences.yaml")); err != nil {
		return nil, err
	}
	b.examples = sync.OnceValues(func() ([]Example, error) {
		examples, _, err := readExamples(exampleFiles, b.calendar)
		return examples, err
	})
	b.suite = sync.OnceValues(b.makeSuite)
	return b, nil
}

// read returns an embedded file, named as it lies in the repository.
func read(name string) terms.File {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the name stands in the go:embed line above
	}
	return terms.File{Name: "cases/" + name, Data: data}
}

// readPoints reads the days of the calendar points.
func readPoints(file terms.File) (map[string]point, error) {
	r := csv.NewReader(strings.NewReader(string(file.Data)))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name, err)
	}
	const columns = "point,approved_at,captured_at,cancelled_at,cancelled_late_at,why"
	if len(records) == 0 || strings.Join(records[0], ",") != columns {
		return nil, fmt.Errorf("%s:1: want the columns %s", file.Name, columns)
	}
	points := make(map[string]point, len(records))
	for i, record := range records[1:] {
		var days [4]calc.Date
		for j := range days {
			if days[j], err = calc.ParseInstant(record[j+1] + "+09:00"); err != nil {
				return nil, fmt.Errorf("%s: point %s: %s: %w", file.Name, record[0], records[0][j+1], err)
			}
			if j > 0 && days[j] < days[0] {
				return nil, fmt.Errorf("%s: point %s: %s lies before the approval", file.Name, record[0], records[0][j+1])
			}
		}
		if _, twice := points[record[0]]; twice {
			return nil, fmt.Errorf("%s: record %d: point %s is given twice", file.Name, i+2, record[0])
		}
		points[record[0]] = point{record[1], record[2], record[3], record[4], days[0], days[1], days[2], days[3]}
	}
	return points, nil
}

// makeSuite generates the golden set and lays it out in shards.
func (b *Book) makeSuite() (*suite, error) {
	made, err := b.model.Suite()
	if err != nil {
		return nil, err
	}
	s := &suite{ids: make([]string, 0, len(made.Rows)), rows: make([]generator.Row, 0, len(made.Rows)), report: made}
	for _, file := range made.Files(shardRecordsMax) {
		s.shards = append(s.shards, harness.Shard{Name: file.Name, IDs: file.IDs, First: len(s.rows)})
		s.ids = append(s.ids, file.IDs...)
		s.rows = append(s.rows, file.Rows...)
	}
	return s, nil
}

// Model returns the axes.
func (b *Book) Model() *generator.Model { return b.model }

// Suites names the suites that Shards knows.
func (b *Book) Suites() []string { return []string{"full"} }

// Coverage returns what the golden set covers at the strength of its weave, measured.
func (b *Book) Coverage() (generator.Coverage, error) {
	s, err := b.suite()
	if err != nil {
		return generator.Coverage{}, err
	}
	return s.report.Coverage, nil
}

// Shards returns the cases of a suite by golden file, names and ids ascending. With where (an expression over the axes, such as
// method == "paypal" and event != "pay") only the cases that it holds for, in the shards they belong to.
func (b *Book) Shards(name, where string) ([]harness.Shard, error) {
	if name != "full" {
		return nil, fmt.Errorf("there is no suite %q; there is: %s", name, strings.Join(b.Suites(), ", "))
	}
	s, err := b.suite()
	if err != nil {
		return nil, err
	}
	if where == "" {
		return s.shards, nil
	}
	holds, err := b.model.Where(where)
	if err != nil {
		return nil, err
	}
	var shards []harness.Shard
	for _, shard := range s.shards {
		var ids []string
		for i, id := range shard.IDs {
			if holds(s.rows[shard.First+i]) {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			shards = append(shards, harness.Shard{Name: shard.Name, IDs: ids, First: shard.First})
		}
	}
	return shards, nil
}

// rowOf returns the row of the i-th case of a shard: by its place in the suite, or, where the shard is a choice of cases, from the id.
func (b *Book) rowOf(shard harness.Shard, i int) (generator.Row, error) {
	s, err := b.suite()
	if err != nil {
		return nil, err
	}
	if at := shard.First + i; 0 <= at && at < len(s.ids) && s.ids[at] == shard.IDs[i] {
		return s.rows[at], nil
	}
	return b.model.Parse(shard.IDs[i])
}

// Facts returns a case of any valid id, in the golden set or not.
func (b *Book) Facts(id string) (Facts, error) {
	row, err := b.model.Parse(id)
	if err != nil {
		return Facts{}, err
	}
	var c bound
	if err := b.bind(row, &c); err != nil {
		return Facts{}, fmt.Errorf("%s: %w", id, err)
	}
	return c.facts(id), nil
}

// FactsOf returns the i-th case of a shard.
func (b *Book) FactsOf(shard harness.Shard, i int) (Facts, error) {
	row, err := b.rowOf(shard, i)
	if err != nil {
		return Facts{}, err
	}
	var c bound
	if err := b.bind(row, &c); err != nil {
		return Facts{}, fmt.Errorf("%s: %w", shard.IDs[i], err)
	}
	return c.facts(shard.IDs[i]), nil
}

// Request returns the calculation request of any valid id. The posted rates in it are the whole table.
func (b *Book) Request(id string) (calc.Request, error) {
	row, err := b.model.Parse(id)
	if err != nil {
		return calc.Request{}, err
	}
	var c bound
	if err := b.bind(row, &c); err != nil {
		return calc.Request{}, fmt.Errorf("%s: %w", id, err)
	}
	c.request.Transaction.ID = id
	return c.request, nil
}

// Calendar returns the built-in business days.
func (b *Book) Calendar() *calc.Calendar { return b.calendar }

// Known returns the ledger of known differences.
func (b *Book) Known() []harness.Known { return b.known }

// CheckExamples runs every example through the calculator. The error is that of an example file.
func (b *Book) CheckExamples() ([]ExampleResult, error) {
	examples, err := b.examples()
	if err != nil {
		return nil, err
	}
	var all []ExampleResult
	for i := range examples {
		all = append(all, examples[i].Check()...)
	}
	return all, nil
}

// Rate is a posted rate as text, for a database to load: KRW per Unit of Currency.
type Rate struct {
	Date, Currency  string
	Round           int
	Unit, Base, TTB string
}

// Rates returns the posted rates.
func (b *Book) Rates() []Rate {
	rates := make([]Rate, len(b.postings))
	for i, p := range b.postings {
		rates[i] = Rate{p.Date.String(), p.Currency, p.Round, p.Unit.String(), p.Base.String(), p.TTB.String()}
	}
	return rates
}

// Digests returns the digests of what the golden files depend on: the axes, the data, the known differences.
func (b *Book) Digests() ([]snapshot.Digest, error) {
	data := sha256.New()
	err := fs.WalkDir(files, "data", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(data, "%s %d\n%s", path.Base(name), len(content), content)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, holiday := range b.calendar.Holidays() { // they lie with the calculator, and move answers like the rest
		if _, err := fmt.Fprintln(data, holiday); err != nil {
			return nil, err
		}
	}
	sum := func(content []byte) string {
		s := sha256.Sum256(content)
		return hex.EncodeToString(s[:])
	}
	return []snapshot.Digest{
		{Name: "axes", Value: sum(read("axes.yaml").Data)},
		{Name: "data", Value: hex.EncodeToString(data.Sum(nil))},
		{Name: "known_differences", Value: sum(read("known_differences.yaml").Data)},
	}, nil
}
