package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"settleproof/harness"
)

const (
	// VerdictName and FailedName are what WriteDir puts into a report directory.
	VerdictName = "verdict.json"
	FailedName  = "failed.txt"

	verdictFormat = "settleproof verdict 1"

	// failuresMax is how many failures verdict.json shows field by field: enough to explain a rule by, small enough to
	// attach to a ticket. failed.txt has the ids of all.
	failuresMax = 1000

	dirMode, fileMode = 0o755, 0o644
)

// document is verdict.json. Its fields are a promise to other programs: they are added to, never renamed.
type document struct {
	Format   string    `json:"format"`
	Verdict  string    `json:"verdict"`
	Exit     int       `json:"exit"`
	Meaning  string    `json:"meaning"`
	Subject  string    `json:"subject"`
	Oracle   string    `json:"oracle"` // "" when it was not asked
	Scope    string    `json:"scope"`
	Counts   counts    `json:"counts"`
	Cells    []cell    `json:"cells"`
	Fields   []cell    `json:"fields"`
	Unknown  []cause   `json:"unknown"`
	Known    []use     `json:"known_differences"`
	Findings []finding `json:"findings"`
	Failures []failure `json:"failures"` // the first failuresMax, in case order
	Left     int       `json:"failures_left_out"`
}

type counts struct {
	Cases    int `json:"cases"`
	Match    int `json:"match"`
	Known    int `json:"known"`
	Unknown  int `json:"unknown"`
	Mismatch int `json:"mismatch"`
}

type cell struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	counts
}

type cause struct {
	Cause  harness.Cause `json:"cause"`
	Cases  int           `json:"cases"`
	Detail string        `json:"first_detail"`
}

type use struct {
	ID         string   `json:"id"`
	Owner      string   `json:"owner"`
	Reason     string   `json:"reason"`
	Ticket     string   `json:"ticket"`
	ApprovedBy string   `json:"approved_by"`
	Expires    string   `json:"expires"`
	Cases      int      `json:"cases"`
	Faults     []string `json:"faults"`
}

type finding struct {
	Check string `json:"check"`
	Exit  int    `json:"exit"`
	Text  string `json:"text"`
}

type failure struct {
	ID      string        `json:"id"`
	Shard   string        `json:"shard"`
	Verdict string        `json:"verdict"`
	Cause   harness.Cause `json:"cause,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Diffs   []diff        `json:"diffs"`
}

type diff struct {
	Side  harness.Side `json:"side"`
	Field string       `json:"field"`
	Want  string       `json:"want"`
	Got   string       `json:"got"`
	Delta string       `json:"delta,omitempty"`
	Note  string       `json:"note,omitempty"`
}

// JSON returns the verdict as the text of verdict.json.
func JSON(v *harness.Verdict) ([]byte, error) {
	d := document{
		Format: verdictFormat, Verdict: v.Level().String(), Exit: v.Exit(), Meaning: v.Meaning(),
		Subject: v.Subject, Oracle: v.Oracle, Scope: v.Scope.String(), Counts: counts(v.Counts),
		Cells: []cell{}, Fields: []cell{}, Unknown: []cause{}, Known: []use{}, Findings: []finding{}, Failures: []failure{},
		Left: max(0, len(v.Failures)-failuresMax),
	}
	for _, c := range v.Cells {
		d.Cells = append(d.Cells, cell{c.Name, c.Level().String(), counts(c.Counts)})
	}
	for _, f := range v.Fields {
		d.Fields = append(d.Fields, cell{f.Field, f.Level().String(), counts(f.Counts)})
	}
	for _, c := range v.Causes {
		d.Unknown = append(d.Unknown, cause(c))
	}
	for _, k := range v.Differences {
		d.Known = append(d.Known, use{k.ID, k.Owner, k.Reason, k.Ticket, k.ApprovedBy, k.Expires, k.Cases, append([]string{}, k.Faults...)})
	}
	for _, f := range v.Findings {
		d.Findings = append(d.Findings, finding(f))
	}
	for _, c := range v.Failures[:min(len(v.Failures), failuresMax)] {
		f := failure{ID: c.ID, Shard: c.Shard, Verdict: c.Level.String(), Diffs: []diff{}}
		if c.Unknown != nil {
			f.Cause, f.Detail = c.Unknown.Cause, c.Unknown.Detail
		}
		for _, x := range c.Diffs {
			f.Diffs = append(f.Diffs, diff(x))
		}
		d.Failures = append(d.Failures, f)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the text is read by people too
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// WriteDir writes failed.txt (the ids of all that is MISMATCH or UNKNOWN, in case order) and then verdict.json into dir,
// which is made when it is not there. Each file is replaced as a whole or not at all.
func WriteDir(dir string, v *harness.Verdict) error {
	doc, err := JSON(v)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var ids bytes.Buffer
	for _, c := range v.Failures {
		ids.WriteString(c.ID)
		ids.WriteByte('\n')
	}
	if err := renameio.WriteFile(filepath.Join(dir, FailedName), ids.Bytes(), fileMode); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, VerdictName), doc, fileMode); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// ReadFailed reads the ids that the last report in dir lists as failed.
func ReadFailed(dir string) ([]string, error) {
	path := filepath.Join(dir, FailedName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no report here to rerun", path)
	}
	if err != nil {
		return nil, err
	}
	return parseFailed(path, string(data))
}

// parseFailed reads one id per line; name stands in errors.
func parseFailed(name, text string) ([]string, error) {
	var ids []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		id := strings.TrimSuffix(line, "\n")
		if id == "" || strings.ContainsAny(id, " \t\r") {
			return nil, fmt.Errorf("%s:%d: want one case id", name, n)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
