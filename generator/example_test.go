package generator_test

import (
	"fmt"
	"log"

	"settleproof/generator"
)

// parcels is a domain that has nothing to do with payments.
const parcels = `
format: 1
axes:
  - {name: service, default: parcel, lead: true, values: [parcel, letter, freight]}
  - {name: zone, default: home, values: [home, islands, abroad]}
  - {name: signature, default: unsigned, values: [unsigned, signed]}
  - {name: weight, default: typical, values: [typical, zero, limit]}
exclusions:
  - {name: letters, reason: letters stay in the country, when: service == "letter", never: zone == "abroad"}
  - {name: heavy, reason: freight is signed for, when: service == "freight", never: signature == "unsigned"}
suite:
  product: [service, zone]
  weave: {strength: 2, axes: [signature, weight]}
`

func load() *generator.Model {
	m, err := generator.Load("parcels.yaml", []byte(parcels))
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func ExampleLoad() {
	_, err := generator.Load("parcels.yaml", []byte(`
format: 1
axes:
  - {name: service, default: parcel, lead: true, values: [parcel, letter]}
exclusions:
  - {name: typo, reason: see below, when: service == "leter", never: true}
`))
	fmt.Println(err)
	// Output:
	// parcels.yaml:6:54: when: "leter" is not a value of axis service; it has parcel, letter
}

func ExampleModel_Product() {
	m := load()
	p, err := m.Product("service", "zone")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Count(), "combinations,", p.Count(), "of service and zone")
	for rank, row := range p.All() {
		fmt.Println(rank, m.ID(row))
	}
	// Output:
	// 39 combinations, 8 of service and zone
	// 0 parcel
	// 1 parcel.islands
	// 2 parcel.abroad
	// 3 letter
	// 4 letter.islands
	// 5 freight.signed
	// 6 freight.islands.signed
	// 7 freight.abroad.signed
}

func ExampleModel_Parse() {
	m := load()
	row, err := m.Parse("parcel.abroad.limit")
	fmt.Println(row, err)
	for _, id := range []string{"parcel.home", "parcel.limit.abroad", "letter.abroad"} {
		_, err := m.Parse(id)
		fmt.Println(err)
	}
	// Output:
	// [0 2 0 2] <nil>
	// id "parcel.home": token 2 "home" is the default of axis zone, which is left out
	// id "parcel.limit.abroad": token 3 "abroad" is out of order: axis zone comes before weight
	// id "letter.abroad" is excluded by letters
}

func ExampleModel_Where() {
	m := load()
	abroad, err := m.Where(`zone == "abroad" and weight not in ["zero", "limit"]`)
	if err != nil {
		log.Fatal(err)
	}
	p, err := m.Product()
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range p.All() {
		if abroad(row) {
			fmt.Println(m.ID(row))
		}
	}
	_, err = m.Where(`zone == "abroad" and wieght == "zero"`)
	fmt.Println(err)
	// Output:
	// parcel.abroad
	// parcel.abroad.signed
	// freight.abroad.signed
	// column 22: unknown axis wieght
}

func ExampleModel_Suite() {
	m := load()
	s, err := m.Suite()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d rows, %d of them the product; %d of %d pairs with a woven axis\n", len(s.Rows), s.Base, s.Coverage.Covered, s.Coverage.Valid)
	for _, f := range s.Files(6) {
		fmt.Println(f.Name, len(f.IDs), "first", f.IDs[0])
	}
	// Output:
	// 11 rows, 8 of them the product; 35 of 35 pairs with a woven axis
	// freight/all 4 first freight.abroad.signed
	// letter/all 4 first letter
	// parcel/all 3 first parcel.abroad.limit
}

func ExampleModel_Coverage() {
	m := load()
	var rows []generator.Row
	for _, id := range []string{"parcel", "parcel.abroad.signed", "letter.islands.limit", "freight.signed.zero"} {
		row, err := m.Parse(id)
		if err != nil {
			log.Fatal(err)
		}
		rows = append(rows, row)
	}
	c, err := m.Coverage(rows, 2, "service", "zone")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Covered, "of", c.Valid, "missing", c.Missing)
	// Output:
	// 4 of 8 missing [[parcel islands] [letter home] [freight islands] [freight abroad]]
}
