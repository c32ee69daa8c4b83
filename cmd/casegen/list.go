package main

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"settleproof/cases"
	"settleproof/generator"
)

func (a *app) listCommand() *cobra.Command {
	var sel selection
	var part, format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "prints the cases, ids ascending: the id, then its value on every axis",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			book, err := a.open()
			if err != nil {
				return err
			}
			ids, err := a.listed(book, sel, part)
			if err != nil {
				return err
			}
			switch format {
			case "tsv":
				return writeTSV(cmd.OutOrStdout(), book.Model(), ids)
			case "jsonl":
				return writeJSONL(cmd.OutOrStdout(), book.Model(), ids)
			}
			return usagef("--format %q: there are tsv and jsonl", format)
		},
	}
	sel.addFlags(cmd)
	cmd.Flags().StringVar(&part, "shard", "", "i/n: only the cases whose id hashes to the i-th of n parts")
	cmd.Flags().StringVar(&format, "format", "tsv", "tsv, or jsonl: one object a line")
	return cmd
}

// listed returns the chosen ids, ascending over all files.
func (a *app) listed(book *cases.Book, sel selection, part string) ([]string, error) {
	shards, err := a.shards(book, sel)
	if err != nil {
		return nil, err
	}
	all := generator.Shard{Index: 1, Count: 1}
	if part != "" {
		if all, err = generator.ParseShard(part); err != nil {
			return nil, usagef("--%w", err)
		}
	}
	var ids []string
	for _, s := range shards {
		for _, id := range s.IDs {
			if all.Has(id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// writeTSV writes no heading, so that the lines can be counted, sorted and cut.
func writeTSV(w io.Writer, m *generator.Model, ids []string) error {
	return writeLines(w, m, ids, func(line []byte, id string, row generator.Row) []byte {
		line = append(line, id...)
		for i, axis := range m.Axes {
			line = append(append(line, '\t'), axis.Values[row[i]]...)
		}
		return line
	})
}

// writeJSONL writes the axes in their order, as encoding a map would not.
func writeJSONL(w io.Writer, m *generator.Model, ids []string) error {
	quote := func(line []byte, s string) []byte {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err) // a string has always a JSON text
		}
		return append(line, text...)
	}
	return writeLines(w, m, ids, func(line []byte, id string, row generator.Row) []byte {
		line = quote(append(line, `{"id":`...), id)
		for i, axis := range m.Axes {
			line = append(quote(append(line, ','), axis.Name), ':')
			line = quote(line, axis.Values[row[i]])
		}
		return append(line, '}')
	})
}

func writeLines(w io.Writer, m *generator.Model, ids []string, append1 func([]byte, string, generator.Row) []byte) error {
	out := bufio.NewWriter(w)
	var line []byte
	for _, id := range ids {
		row, err := m.Parse(id)
		if err != nil {
			return err
		}
		line = append(append1(line[:0], id, row), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
