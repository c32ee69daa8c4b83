package calc

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

// plain turns a value into what the library would decode; ok is false where a field is repeated, which the library does not tell.
func (v *value) plain() (decoded any, ok bool) {
	switch v.kind {
	case stringKind:
		return v.text, true
	case numberKind:
		return json.Number(v.text), true
	case objectKind:
		m := map[string]any{}
		for i, name := range v.names {
			item, ok := v.fields[i].plain()
			if _, twice := m[name]; twice || !ok {
				return nil, false
			}
			m[name] = item
		}
		return m, true
	case arrayKind:
		list := []any{}
		for _, item := range v.items {
			decoded, ok := item.plain()
			if !ok {
				return nil, false
			}
			list = append(list, decoded)
		}
		return list, true
	}
	return map[string]any{"true": true, "false": false, "null": nil}[v.text], slices.Contains([]string{"true", "false", "null"}, v.text)
}

// FuzzReadJSON holds the scanner against the library: the same texts are JSON, and they say the same.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, ` [ ] `, `""`, `0`, `-1.5e3`, `true`, `null`, `{"a":[1,"b",{"c":null}],"d":"\u00e9\n\"x"}`, "{\"\xff\":1}", `{"a":1,"a":2}`, `[1,]`, `{"a" 1}`, ` {"a" : [ 1 , 2 ] } x`, `[[[[[[[[[1]]]]]]]]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readJSON(data)
		if err != nil {
			return // no JSON, or nested too deep
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON and was read", data)
		}
		decoded, ok := got.plain()
		if !ok {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decoded, want) {
			t.Errorf("%q was read as %#v, want %#v", data, decoded, want)
		}
	})
}
