package harness

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"settleproof/harness/snapshot"
)

// The second domain: what a parcel costs, in cents. It has nothing in common with settlement but the shape, which is the
// point: zone, weight class and speed in; base, surcharge and total out; one carrier's old program as the oracle.
//
// The old program rounds the surcharge of express parcels abroad up to ten cents (PD-1), and charges a base of one cent
// more for the heaviest parcels to zone z3 (PD-2).

var postageFields = snapshot.Fields{Inputs: []string{"zone", "grams", "speed"}, Results: []string{"base", "surcharge", "total"}}

var (
	postageZones  = []string{"z1", "z2", "z3"}
	postageSpeeds = []string{"express", "night", "standard"}
)

const postageWeights = 40

func postageShards() []Shard {
	var shards []Shard
	first := 0
	for _, z := range postageZones {
		for _, s := range postageSpeeds {
			sh := Shard{Name: z + "/" + s, First: first}
			for w := range postageWeights {
				sh.IDs = append(sh.IDs, fmt.Sprintf("%s.%s.w%02d", z, s, w))
			}
			first += len(sh.IDs)
			shards = append(shards, sh)
		}
	}
	return shards
}

// postage computes one parcel; legacy is the old program.
func postage(id string, legacy bool) (inputs, result string) {
	part := strings.Split(id, ".")
	zone, _ := strconv.Atoi(part[0][1:])
	weight, _ := strconv.Atoi(part[2][1:])
	grams := 25 + 250*weight
	inputs = fmt.Sprintf("%s\t%d\t%s", part[0], grams, part[1])
	if zone == 1 && part[1] == "night" && weight >= 36 {
		return inputs, "err=TOO_HEAVY"
	}
	base, surcharge := 300*zone+grams/10, 0
	if part[1] == "express" {
		surcharge = base * 7 / 20
	}
	if legacy && zone > 1 && part[1] == "express" {
		surcharge = (surcharge + 9) / 10 * 10
	}
	if legacy && zone == 3 && weight >= 38 {
		base++
	}
	return inputs, fmt.Sprintf("%d\t%d\t%d", base, surcharge, base+surcharge)
}

func postageDomain() Domain {
	cents := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return Domain{
		Fields: postageFields,
		Cell:   func(id string) string { return id[:strings.LastIndexByte(id, '.')] },
		Within: func(_, a, b, most string) (bool, error) {
			if _, err := strconv.Atoi(most); err != nil {
				return false, err
			}
			d := cents(a) - cents(b)
			return max(d, -d) <= cents(most), nil
		},
		Delta: func(_, a, b string) string { return fmt.Sprintf("%+d", cents(b)-cents(a)) },
	}
}

func postageKnown() []Known {
	return []Known{
		{ID: "PD-1", Pos: "differences:1", Expires: "2030-01-01", Covers: where(expressBeyondOne, FieldMax{"surcharge", "9"}, FieldMax{"total", "10"})},
		{ID: "PD-2", Pos: "differences:9", Expires: "2030-01-01", Covers: where(heavyInThree, FieldMax{"base", "1"}, FieldMax{"total", "10"})},
	}
}

func expressBeyondOne(id string) bool { return id[1] > '1' && strings.Contains(id, "express") }
func heavyInThree(id string) bool     { return id[1] == '3' && id[len(id)-2:] >= "38" }

// where covers the fields in the cases that the condition holds for.
func where(holds func(id string) bool, fields ...FieldMax) func(string) ([]FieldMax, error) {
	return func(id string) ([]FieldMax, error) {
		if !holds(id) {
			return nil, nil
		}
		return fields, nil
	}
}

// postageGolden computes the golden set as the command would: subject, oracle, ledger.
type postageGolden map[string]*snapshot.File

func newPostageGolden() postageGolden {
	ledger, err := OpenLedger(postageDomain(), postageKnown())
	if err != nil {
		panic(err)
	}
	g := postageGolden{}
	for _, s := range postageShards() {
		f := &snapshot.File{Shard: s.Name, Fields: postageFields}
		for _, id := range s.IDs {
			r := snapshot.Record{ID: id}
			r.Inputs, r.Result = postage(id, false)
			_, legacy := postage(id, true)
			if why := ledger.Annotate(&r, legacy); why != "" {
				panic(id + ": " + why)
			}
			f.Records = append(f.Records, r)
		}
		g[s.Name] = f
	}
	return g
}

func (g postageGolden) Read(shard string) (*snapshot.File, error) {
	f := g[shard]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// edit returns a copy of the set in which one record is replaced; a record with another id than asked for is inserted.
func (g postageGolden) edit(shard, id string, change func(*snapshot.Record)) postageGolden {
	out := postageGolden{}
	for name, f := range g {
		out[name] = f
	}
	f := *g[shard]
	f.Records = slices.Clone(f.Records)
	at := slices.IndexFunc(f.Records, func(r snapshot.Record) bool { return r.ID == id })
	change(&f.Records[at])
	if f.Records[at].ID == "" {
		f.Records = slices.Delete(f.Records, at, at+1)
	}
	slices.SortFunc(f.Records, func(a, b snapshot.Record) int { return strings.Compare(a.ID, b.ID) })
	out[shard] = &f
	return out
}

// carrier is a subject: the new calculator or, with legacy, the old program.
type carrier struct {
	legacy   bool
	casesMax int
	change   func(id string, o *Outcome)                // may be nil
	call     func(ctx context.Context, s []Shard) error // may be nil
}

func (c carrier) Name() string {
	if c.legacy {
		return "old program"
	}
	return "calculator"
}

func (c carrier) CasesMax() int { return c.casesMax }

func (c carrier) Answer(ctx context.Context, shards []Shard) ([][]Outcome, error) {
	if c.call != nil {
		if err := c.call(ctx, shards); err != nil {
			return nil, err
		}
	}
	var all [][]Outcome
	for _, s := range shards {
		var out []Outcome
		for _, id := range s.IDs {
			var o Outcome
			o.Inputs, o.Result = postage(id, c.legacy)
			if c.legacy {
				o.Inputs = ""
			}
			if c.change != nil {
				c.change(id, &o)
			}
			out = append(out, o)
		}
		all = append(all, out)
	}
	return all, nil
}

func postageConfig() Config {
	return Config{
		Domain:  postageDomain(),
		Golden:  newPostageGolden(),
		Shards:  postageShards(),
		Subject: carrier{casesMax: 100},
		Oracle:  carrier{legacy: true, casesMax: 1 << 20},
		Known:   postageKnown(),
		Today:   "2025-06-01",
		Scope:   ScopeShards, // PD-1 explains more than its cap: this suite is smaller than any real one
		Workers: 2,
	}
}
