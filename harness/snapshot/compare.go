package snapshot

import (
	"slices"
	"strings"
)

// compare counts the fields in which two lines of one case differ.
func (d *differ) compare(old, new entry) {
	d.columns(Input, new, old.file.Fields.Inputs, new.file.Fields.Inputs, old.Inputs, new.Inputs)
	if old.Refused() || new.Refused() {
		if old.Result != new.Result {
			d.tally(Refused, "err", new, answer(*old.Record), answer(*new.Record))
		}
	} else {
		d.columns(Result, new, old.file.Fields.Results, new.file.Fields.Results, old.Result, new.Result)
	}
	d.legacy(old, new)
	if old.Known != new.Known {
		d.tally(KnownID, "known difference", new, old.Known, new.Known)
	}
}

// answer shows a refusal by its code, anything else by a word.
func answer(r Record) string {
	if r.Refused() {
		return r.Result
	}
	return "answered"
}

func (d *differ) columns(kind FieldKind, at entry, oldNames, newNames []string, old, new string) {
	if old == new && slices.Equal(oldNames, newNames) {
		return
	}
	was, is := strings.Split(old, "\t"), strings.Split(new, "\t")
	for i, name := range newNames {
		j := i
		if j >= len(oldNames) || oldNames[j] != name {
			j = slices.Index(oldNames, name)
		}
		if before := part(was, j); before != part(is, i) || j < 0 {
			d.tally(kind, name, at, before, part(is, i))
		}
	}
	for j, name := range oldNames {
		if !slices.Contains(newNames, name) {
			d.tally(kind, name, at, part(was, j), "")
		}
	}
}

// legacy compares what legacy answers, field by field, where the lines show that it answers otherwise.
func (d *differ) legacy(old, new entry) {
	if old.Legacy == new.Legacy {
		return
	}
	was, is := strings.Split(old.Legacy, "\t"), strings.Split(new.Legacy, "\t")
	for _, item := range is {
		if name, value, ok := strings.Cut(item, "="); ok && !slices.Contains(was, item) {
			d.tally(Legacy, name, new, valueOf(was, name), value)
		}
	}
	for _, item := range was {
		if name, value, ok := strings.Cut(item, "="); ok && valueOf(is, name) == agrees {
			d.tally(Legacy, name, new, value, agrees)
		}
	}
}

const agrees = "as the result" // in place of a legacy value that is not listed

// valueOf finds name in a list of name=value.
func valueOf(items []string, name string) string {
	for _, item := range items {
		if field, value, ok := strings.Cut(item, "="); ok && field == name {
			return value
		}
	}
	return agrees
}

func part(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}

func (d *differ) tally(kind FieldKind, name string, at entry, old, new string) {
	key := fieldKey{kind, name}
	t := d.fields[key]
	if t == nil {
		t = &fieldTally{FieldChange: FieldChange{Kind: kind, Name: name}, order: len(d.fields), sampled: map[string]bool{}}
		d.fields[key] = t
	}
	t.Cases++
	sample := Sample{ID: at.ID, Old: old, New: new}
	switch shard := at.file.Shard; {
	case len(t.Samples) < samplesMax && !t.sampled[shard]:
		t.sampled[shard] = true
		t.Samples = append(t.Samples, sample)
	case len(t.spare) < samplesMax:
		t.spare = append(t.spare, sample)
	}
}
