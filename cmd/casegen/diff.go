package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/harness/snapshot"
)

// rowsMax is how many changed cases --shard lists: more are a pattern, and the summary shows patterns.
const rowsMax = 20

func (a *app) diffCommand() *cobra.Command {
	var dir, shard, id string
	cmd := &cobra.Command{
		Use:   "diff [OLD NEW]",
		Short: "shows what moved: pending against approved, or between two directories or git revisions",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return usagef("diff wants OLD and NEW, each a directory or a git revision, or neither")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			book, err := a.open()
			if err != nil {
				return err
			}
			sides, err := openSides(cmd.Context(), dir, args)
			if err != nil {
				return err
			}
			text := ""
			switch {
			case shard != "" && id != "":
				return usagef("--shard and --case: one of them")
			case id != "":
				text, err = sides.oneCase(book, id)
			case shard != "":
				text, err = sides.oneShard(book.Domain().Delta, shard)
			default:
				text = snapshot.DiffPending(sides.old, sides.new).Text(book.Domain().Delta)
			}
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	addGolden(cmd, &dir)
	cmd.Flags().StringVar(&shard, "shard", "", fmt.Sprintf("one golden file, such as credit_card/general, with at most %d of its lines", rowsMax))
	cmd.Flags().StringVar(&id, "case", "", "one case, field by field, with the calculator's trace")
	return cmd
}

// sides are the two sets that are compared.
type sides struct {
	oldName, newName string
	old              snapshot.Set
	new              *snapshot.Pending
}

// oneShard shows what moved in one file, and the first lines of it.
func (s *sides) oneShard(delta snapshot.Delta, shard string) (string, error) {
	keep := func(files []*snapshot.File) []*snapshot.File {
		return slices.DeleteFunc(slices.Clone(files), func(f *snapshot.File) bool { return f.Shard != shard })
	}
	old := snapshot.Set{Files: keep(s.old.Files)}
	new := &snapshot.Pending{Set: snapshot.Set{Files: keep(s.new.Files)}}
	new.Open = slices.DeleteFunc(slices.Clone(s.new.Open), func(o snapshot.OpenCase) bool { return o.Shard != shard })
	if len(old.Files) == 0 && len(new.Files) == 0 && len(new.Open) == 0 {
		return "", usagef("--shard %s: neither side has it", shard)
	}
	summary := snapshot.DiffPending(old, new)
	return summary.Text(delta) + changedRows(old.Files, new.Files) + openRows(new.Open), nil
}

// openRows lists the open cases of one file, one line each.
func openRows(open []snapshot.OpenCase) string {
	if len(open) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("open:\n")
	for _, o := range open[:min(len(open), rowsMax)] {
		fmt.Fprintf(&b, "  %s: %s: %s\n", o.ID, o.Reason, o.What)
	}
	if len(open) > rowsMax {
		fmt.Fprintf(&b, "  and %d more\n", len(open)-rowsMax)
	}
	return b.String()
}

// changedRows lists the changed cases of one file, one line each.
func changedRows(old, new []*snapshot.File) string {
	if len(old) == 0 || len(new) == 0 {
		return "" // a file of its own has nothing to be compared with
	}
	was := make(map[string]*snapshot.Record, len(old[0].Records))
	for i := range old[0].Records {
		was[old[0].Records[i].ID] = &old[0].Records[i]
	}
	var b strings.Builder
	rows, more := 0, 0
	for i := range new[0].Records {
		r := &new[0].Records[i]
		before := was[r.ID]
		if before == nil || *before == *r {
			continue
		}
		if rows++; rows > rowsMax {
			more++
			continue
		}
		var parts []string
		for _, f := range fieldsOf(before, r, old[0].Fields, new[0].Fields) {
			if f.old != f.new {
				parts = append(parts, fmt.Sprintf("%s %q -> %q", f.name, f.old, f.new))
			}
		}
		fmt.Fprintf(&b, "  %s: %s\n", r.ID, strings.Join(parts, ", "))
	}
	if more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	if rows == 0 {
		return ""
	}
	return "lines:\n" + b.String()
}

// field is one column of a case on both sides.
type field struct{ name, old, new string }

// fieldsOf lists every column of a case by name; a side that has no record has "-" everywhere.
func fieldsOf(old, new *snapshot.Record, oldFields, newFields snapshot.Fields) []field {
	var out []field
	add := func(prefix string, oldNames, newNames, was, is []string) {
		names := newNames
		for _, name := range oldNames {
			if !slices.Contains(names, name) {
				names = append(slices.Clone(names), name)
			}
		}
		for _, name := range names {
			out = append(out, field{prefix + name, pick(oldNames, was, name), pick(newNames, is, name)})
		}
	}
	values := func(r *snapshot.Record, of func(*snapshot.Record) string) []string {
		if r == nil {
			return nil
		}
		return strings.Split(of(r), "\t")
	}
	inputs := func(r *snapshot.Record) string { return r.Inputs }
	add("input ", oldFields.Inputs, newFields.Inputs, values(old, inputs), values(new, inputs))
	result := func(r *snapshot.Record) string { return r.Result }
	was, is := values(old, result), values(new, result)
	if refused(old) || refused(new) {
		return append(out, field{"answer", whole(was), whole(is)}, knownField(old, new))
	}
	add("", oldFields.Results, newFields.Results, was, is)
	for _, name := range newFields.Results {
		before, after := legacyValue(old, name), legacyValue(new, name)
		if before != "" || after != "" {
			out = append(out, field{"legacy " + name, before, after})
		}
	}
	return append(out, knownField(old, new))
}

func refused(r *snapshot.Record) bool { return r != nil && r.Refused() }

func whole(values []string) string {
	if values == nil {
		return "-"
	}
	return strings.Join(values, " ")
}

func pick(names, values []string, name string) string {
	i := slices.Index(names, name)
	if i < 0 || i >= len(values) {
		return "-"
	}
	return values[i]
}

func legacyValue(r *snapshot.Record, name string) string {
	if r == nil {
		return ""
	}
	for item := range strings.SplitSeq(r.Legacy, "\t") {
		if field, value, ok := strings.Cut(item, "="); ok && field == name {
			return value
		}
	}
	return ""
}

func knownField(old, new *snapshot.Record) field {
	known := func(r *snapshot.Record) string {
		if r == nil {
			return "-"
		}
		return r.Known
	}
	return field{"known difference", known(old), known(new)}
}

// find returns the record of a case and its file.
func find(files []*snapshot.File, id string) (*snapshot.Record, *snapshot.File) {
	for _, f := range files {
		i, ok := slices.BinarySearchFunc(f.Records, id, func(r snapshot.Record, id string) int { return strings.Compare(r.ID, id) })
		if ok {
			return &f.Records[i], f
		}
	}
	return nil, nil
}

// oneCase puts both lines of one case side by side, with the trace of the calculator as it is now.
func (s *sides) oneCase(book *cases.Book, id string) (string, error) {
	old, oldFile := find(s.old.Files, id)
	new, newFile := find(s.new.Files, id)
	open := slices.IndexFunc(s.new.Open, func(o snapshot.OpenCase) bool { return o.ID == id })
	if old == nil && new == nil && open < 0 {
		return "", usagef("--case %s: neither side has it", id)
	}
	var oldFields, newFields snapshot.Fields
	var b strings.Builder
	fmt.Fprintf(&b, "case %s\n", id)
	if oldFile != nil {
		oldFields, newFields = oldFile.Fields, oldFile.Fields
	}
	if newFile != nil {
		newFields = newFile.Fields
	}
	rows := [][]string{{"field", s.oldName, s.newName, ""}}
	for _, f := range fieldsOf(old, new, oldFields, newFields) {
		note := ""
		if f.old != f.new && old != nil && new != nil {
			if note = "differs"; !strings.Contains(f.name, " ") {
				if far := book.Domain().Delta(f.name, f.old, f.new); far != "" {
					note += ", " + far
				}
			}
		}
		rows = append(rows, []string{f.name, f.old, f.new, note})
	}
	if err := writeRows(&b, rows, allLeft); err != nil {
		return "", err
	}
	if open >= 0 {
		fmt.Fprintf(&b, "%s: %s\n", s.new.Open[open].Reason, s.new.Open[open].What)
	}
	return b.String() + trace(book, id), nil
}

// openPending reads what is pending in dir.
func openPending(store *snapshot.Store, dir string) (*snapshot.Pending, error) {
	p, err := store.Pending()
	if errors.Is(err, snapshot.ErrNoPending) {
		return nil, usagef("nothing is pending in %s: run casegen golden first, or name two sets to compare", dir)
	}
	return p, err
}
