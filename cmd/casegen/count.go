package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"settleproof/generator"
)

func (a *app) countCommand() *cobra.Command {
	var sel selection
	var by string
	cmd := &cobra.Command{
		Use:   "count",
		Short: "counts the cases, in all or by the values of an axis",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			book, err := a.open()
			if err != nil {
				return err
			}
			ids, err := a.listed(book, sel, "")
			if err != nil {
				return err
			}
			if by != "" {
				return writeCountBy(cmd.OutOrStdout(), book.Model(), ids, by)
			}
			shards, err := a.shards(book, sel)
			if err != nil {
				return err
			}
			return writeRows(cmd.OutOrStdout(), [][]string{
				{"cases", fmt.Sprint(len(ids)), fmt.Sprintf("in %d golden files", len(shards))},
				{"combinations", book.Model().Count().String(), "all that the exclusions allow, counted without listing them"},
			}, numbers1)
		},
	}
	sel.addFlags(cmd)
	cmd.Flags().StringVar(&by, "by", "", "an axis")
	return cmd
}

// writeCountBy counts the cases that have each value of one axis; the last line is their sum.
func writeCountBy(w io.Writer, m *generator.Model, ids []string, by string) error {
	axis, ok := m.Axis(by)
	if !ok {
		names := make([]string, 0, len(m.Axes))
		for _, a := range m.Axes {
			names = append(names, a.Name)
		}
		return usagef("--by %q: there are the axes %s", by, strings.Join(names, ", "))
	}
	counts := make([]int, len(m.Axes[axis].Values))
	for _, id := range ids {
		row, err := m.Parse(id)
		if err != nil {
			return err
		}
		counts[row[axis]]++
	}
	rows := [][]string{{by, "cases"}}
	for i, value := range m.Axes[axis].Values {
		rows = append(rows, []string{value, fmt.Sprint(counts[i])})
	}
	return writeRows(w, append(rows, []string{"all", fmt.Sprint(len(ids))}), numbers1)
}

// alignment is which column of a table is set to the right; -1 for none.
type alignment int

const (
	allLeft  alignment = -1
	numbers1 alignment = 1 // the second column holds numbers
)

// writeRows writes rows in columns.
func writeRows(w io.Writer, rows [][]string, right alignment) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if alignment(i) == right {
				fmt.Fprintf(&line, "%*s  ", widths[i], cell)
			} else {
				fmt.Fprintf(&line, "%-*s  ", widths[i], cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
