package snapshot

import "strings"

const (
	changesHead = `# Changes to the approved answers

Newest first; an entry is what one accept moved, and why. Its number is the beginning of the sha256 of the MANIFEST it made.
`
	changeMark = "\n## "
)

// prependChange puts an entry on top of old, the text of CHANGES.md so far.
func prependChange(old []byte, number, reason, body string) []byte {
	text := string(old)
	entries := ""
	if i := strings.Index(text, changeMark); i >= 0 {
		entries = text[i:]
	}
	return []byte(changesHead + changeMark + number + ": " + oneLine(reason) + "\n\n" +
		strings.TrimRight(body, "\n") + "\n" + entries)
}

// newestChange returns the number of the entry on top; "" when there is none.
func newestChange(text []byte) string {
	_, entry, ok := strings.Cut(string(text), changeMark)
	if !ok {
		return ""
	}
	number, _, ok := strings.Cut(entry, ": ")
	if !ok || !word(number) {
		return ""
	}
	return number
}
