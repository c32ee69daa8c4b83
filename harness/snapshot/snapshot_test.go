package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var parcelFields = Fields{Inputs: []string{"zone", "grams"}, Results: []string{"class", "postage", "days"}}

const parcelText = `# settleproof golden format 1
# shard inland/small
# records 4
# fields id	zone	grams	=	class	postage	days
inland.a	1	100	=	S	2.50	2
inland.b	1	0	=	err=NOTHING_TO_SEND
inland.c	1	900	=	M		3	!	PD-1,PD-2	postage=4.10	days=4
inland.d	1	901	=	M	4.60	3	!	PD-1	err=TOO_HEAVY
`

func TestRoundTrip(t *testing.T) {
	f, err := Parse("small.golden", []byte(parcelText))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(f.Encode()); got != parcelText {
		t.Errorf("encoded:\n%s", got)
	}
	if f.Shard != "inland/small" || !f.Fields.Equal(parcelFields) || len(f.Records) != 4 {
		t.Errorf("parsed %+v", f)
	}
	want := Record{ID: "inland.c", Inputs: "1\t900", Result: "M\t\t3", Known: "PD-1,PD-2", Legacy: "postage=4.10\tdays=4"}
	if f.Records[2] != want {
		t.Errorf("record %+v, want %+v", f.Records[2], want)
	}
	if !f.Records[1].Refused() || f.Records[0].Refused() {
		t.Error("only inland.b is a refusal")
	}
}

func TestParseStrict(t *testing.T) {
	tests := []struct {
		reason   string
		old, new string // replaced in parcelText
		want     string // position and message
	}{
		{"another format is not guessed at", "format 1", "format 2", `1:1: line "# settleproof golden format 2"`},
		{"an empty file is no shard", parcelText, "", "1:1: empty file"},
		{"the header is complete", parcelText[strings.Index(parcelText, "# records"):], "", `3:1: the file ends here, want the line "# records ..."`},
		{"header lines have their order", "# shard inland/small\n", "", `2:1: line "# records 4", want "# shard ..."`},
		{"a shard cannot leave the directory", "inland/small", "../small", `2:9: shard name "../small"`},
		{"a shard cannot hide", "inland/small", "inland/.small", "2:9: shard name"},
		{"file systems that ignore case must not mix two shards", "inland/small", "inland/Small", "2:9: shard name"},
		{"a lost line shows", "# records 4", "# records 5", "3:11: 5 records announced, 4 lines follow"},
		{"an added line shows", "# records 4", "# records 3", "3:11: 3 records announced, 4 lines follow"},
		{"a huge count allocates nothing", "# records 4", "# records 4000000000000", "3:11: 4000000000000 records announced"},
		{"numbers are written one way", "# records 4", "# records 04", `3:11: "04" is not a number`},
		{"a shard without records is none", "# records 4", "# records 0", "3:11: a shard without records"},
		{"fields have both sides", "id\tzone\tgrams\t=", "id\tzone\tgrams", `4:13: no "=" between input and result fields`},
		{"a field is there once", "zone\tgrams", "zone\tzone", `4:13: field name "zone" is there twice`},
		{"err is how a refusal starts", "class\tpostage", "err\tpostage", `4:13: field name "err" is reserved`},
		{"ids ascend", "inland.a\t", "inland.x\t", "6:1: id inland.b comes before inland.x, the line above"},
		{"ids are unique", "inland.b\t", "inland.a\t", "6:1: id inland.a is there twice"},
		{"a comment inside the records is no record", "inland.b\t", "#inland.b\t", `6:1: id "#inland.b" is empty, starts with '#' or holds a space`},
		{"editors that write CRLF are found out", "2.50\t2\n", "2.50\t2\r\n", "5:26: carriage return"},
		{"no other control character", "2.50\t2\n", "2.50\t\x002\n", "5:25: control character 0x00"},
		{"a merge conflict is not a record", "inland.b\t", "<<<<<<< HEAD\ninland.b\t", `6:1: line "<<<<<<< HEAD" has no fields`},
		{"text is UTF-8", "2.50\t2\n", "2.50\t\xff\n", "5:25: not UTF-8"},
		{"a file that is cut off shows", "err=TOO_HEAVY\n", "err=TOO_HEAVY", "8:47: no newline at the end"},
		{"nothing follows the last line", "err=TOO_HEAVY\n", "err=TOO_HEAVY\n\n", `9:1: line "" has no fields`},
		{"an input is missing", "inland.a\t1\t100", "inland.a\t100", `5:16: want "=" after 2 inputs`},
		{"an input too many", "inland.a\t1\t100", "inland.a\t1\t100\t2", `5:16: want "=" after 2 inputs`},
		{"the line ends early", "inland.a\t1\t100\t=\tS\t2.50\t2", "inland.a\t1", `5:10: fewer than 2 inputs`},
		{"a result is missing", "S\t2.50\t2", "S\t2.50", "5:18: 2 results for 3 result fields"},
		{"a result too many", "S\t2.50\t2", "S\t2.50\t2\t9", `5:27: "9" after the results`},
		{"a refusal says which", "err=NOTHING_TO_SEND", "err=", "6:16: a refusal without a code"},
		{"a refusal has no values beside it", "err=NOTHING_TO_SEND", "err=NOTHING_TO_SEND\t3", `6:36: "3" after the results`},
		{"a known difference has values", "PD-1\terr=TOO_HEAVY", "PD-1", `8:29: "!" without legacy values`},
		{"legacy values have a known difference", "!\tPD-1\terr", "!\t\terr", `8:29: known difference "" is not one word`},
		{"known differences ascend", "PD-1,PD-2", "PD-2,PD-1", "7:25: known difference PD-1 is there twice or out of order"},
		{"legacy fields exist", "days=4", "nights=4", `7:35: legacy field "nights" is not a result field`},
		{"legacy fields have the order of the results", "postage=4.10\tdays=4", "days=4\tpostage=4.10", "7:35: legacy field postage is out of order"},
		{"legacy values differ from the result", "days=4", "days=3", "7:35: legacy days=3 is what the result says anyway"},
		{"a legacy value has its field", "days=4", "4", `7:35: legacy "4" is not field=value`},
	}
	for _, tt := range tests {
		text := strings.Replace(parcelText, tt.old, tt.new, 1)
		if text == parcelText {
			t.Fatalf("%s: nothing replaced", tt.reason)
		}
		_, err := Parse("f", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "f:"+tt.want) {
			t.Errorf("%s:\n got %v\nwant f:%s...", tt.reason, err, tt.want)
		}
	}
}

func TestOverlay(t *testing.T) {
	tests := []struct {
		reason, result, legacy, want, err string
	}{
		{"without legacy values both say the same", "M\t4.60\t3", "", "M\t4.60\t3", ""},
		{"one value replaced", "M\t4.60\t3", "postage=4.10", "M\t4.10\t3", ""},
		{"a value may be empty", "M\t4.60\t3", "class=\tdays=4", "\t4.60\t4", ""},
		{"a value may hold an equals sign", "M\t4.60\t3", "class=a=b", "a=b\t4.60\t3", ""},
		{"legacy refuses", "M\t4.60\t3", "err=TOO_HEAVY", "err=TOO_HEAVY", ""},
		{"legacy answers what is refused", "err=X", "class=S\tpostage=1.00\tdays=2", "S\t1.00\t2", ""},
		{"legacy refuses for another reason", "err=X", "err=Y", "err=Y", ""},
		{"a refusal leaves no value to keep", "err=X", "postage=1.00\tdays=2", "", "legacy field class is missing"},
		{"nor at the end", "err=X", "class=S", "", "legacy field postage is missing"},
		{"the same refusal is no difference", "err=X", "err=X", "", "what the result says anyway"},
	}
	for _, tt := range tests {
		r := Record{ID: "x", Inputs: "1\t1", Result: tt.result, Legacy: tt.legacy}
		got, err := r.Overlay(parcelFields)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %s", tt.reason, err, tt.err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.reason, got, err, tt.want)
		}
		if back := Underlay(parcelFields, tt.result, got); back != tt.legacy {
			t.Errorf("%s: underlay %q, want %q", tt.reason, back, tt.legacy)
		}
	}
}

func TestManifestStrict(t *testing.T) {
	f, err := Parse("small.golden", []byte(parcelText))
	if err != nil {
		t.Fatal(err)
	}
	g := *f
	g.Shard = "abroad/all"
	m := newManifest(Digests{{"axes", "sha256:a1"}, {"legacy", "sha256:b2"}}, []*File{f, &g})
	text := string(m.Encode())
	if back, err := ParseManifest("MANIFEST", []byte(text)); err != nil || string(back.Encode()) != text || back.Short() != m.Short() {
		t.Fatalf("round trip: %v\n%s", err, text)
	}
	tests := []struct{ reason, old, new, want string }{
		{"another format", "manifest 1", "manifest 9", "1:1: line"},
		{"a digest has a value", "axes sha256:a1", "axes", "2:10: want a name and a value"},
		{"a digest is there once", "digest legacy", "digest axes", "3:10: digest axes is there twice"},
		{"a lost shard shows", "# shards 2", "# shards 3", "4:10: 3 shards announced, 2 lines follow"},
		{"the total is right", "# records 8", "# records 9", "5:11: 9 records announced, the lines add up to 8"},
		{"shards ascend", "abroad/all", "x/all", "7:1: shard inland/small is there twice or out of order"},
		{"a shard is there once", "abroad/all", "inland/small", "7:1: shard inland/small is there twice"},
		{"sums are whole", fmt.Sprintf("%x", f.Sum[:]), fmt.Sprintf("%x", f.Sum[1:]), "6:12: "},
		{"a range is not upside down", "inland.a\tinland.d", "inland.d\tinland.a", "6:79: "},
		{"no shard is empty", "\t4\t", "\t0\t", `6:77: "0" is not a number of records`},
	}
	for _, tt := range tests {
		changed := strings.Replace(text, tt.old, tt.new, 1)
		if changed == text {
			t.Fatalf("%s: nothing replaced in\n%s", tt.reason, text)
		}
		_, err := ParseManifest("M", []byte(changed))
		if err == nil || !strings.HasPrefix(err.Error(), "M:"+tt.want) {
			t.Errorf("%s:\n got %v\nwant M:%s...", tt.reason, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(parcelText))
	f.Add([]byte(""))
	f.Add([]byte("# settleproof golden format 1\n# shard a\n# records 1\n# fields id\tx\t=\ty\na\t\t=\t\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f", data)
		if err != nil {
			var at *SyntaxError
			if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 {
				t.Fatalf("error without a position: %v", err)
			}
			return
		}
		if !bytes.Equal(file.Encode(), data) {
			t.Fatalf("accepted what Encode does not write:\n%q\n%q", data, file.Encode())
		}
		for _, r := range file.Records {
			if _, err := r.Overlay(file.Fields); err != nil {
				t.Fatalf("accepted a record without an overlay: %v", err)
			}
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	file, err := Parse("small.golden", []byte(parcelText))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(newManifest(Digests{{"axes", "1"}}, []*File{file}).Encode())
	f.Add([]byte("# settleproof golden manifest 1\n# shards 0\n# records 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest("f", data)
		if err == nil && !bytes.Equal(m.Encode(), data) {
			t.Fatalf("accepted what Encode does not write:\n%q\n%q", data, m.Encode())
		}
	})
}

func FuzzParseJournal(f *testing.F) {
	f.Add(newJournal([]journalStep{{path: "a/b.golden"}, {path: "MANIFEST", delete: true}}).encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJournal("f", data)
		if err == nil && !bytes.Equal(j.encode(), data) {
			t.Fatalf("accepted what encode does not write:\n%q\n%q", data, j.encode())
		}
	})
}

// TestControlCharacters compares the eight-at-a-time scan with the plain one.
func TestControlCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 8, 9, 10, 11, 13, 31, 32, 'a', 127, 128, 137, 138, 141, 255}), 0, 40).Draw(t, "text")
		want := bytes.IndexFunc(bytes.Map(func(r rune) rune { return r }, asLatin1(text)), func(r rune) bool {
			return r < 0x20 && r != '\t' && r != '\n'
		})
		got := indexControl(string(text))
		if want >= 0 { // the index in asLatin1 counts two bytes for the upper half
			want = len([]rune(string(asLatin1(text)[:want])))
		}
		if got != want {
			t.Fatalf("%q: %d, want %d", text, got, want)
		}
	})
}

func asLatin1(b []byte) []byte {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return []byte(string(runes))
}

// settlementFiles makes a golden set of the size of the real one: n records, about 225 bytes a line.
func settlementFiles(n, shards int) []*File {
	fields := Fields{
		Inputs:  strings.Split("event,phase,method,currency,amount,original,tax,tax_free,months,payer,escrow,approved,captured,event_at", ","),
		Results: strings.Split("status,sold_date,gross,fx_rate,fx_date,base_fee,instalment_fee,escrow_fee,refund_fee,fee,fee_vat,supply,tax_amount,tax_free_amount,reserve,net,payout,release", ","),
	}
	files := make([]*File, shards)
	for s := range files {
		f := &File{Shard: fmt.Sprintf("method%02d/shard%03d", s/30, s), Fields: fields}
		for i := range n / shards {
			f.Records = append(f.Records, Record{
				ID:     fmt.Sprintf("credit_card.general.m12-merchant.s%03d.added.c%04d", s, i),
				Inputs: fmt.Sprintf("PAY\t\tCREDIT_CARD\tKRW\t%d\t\tTAXABLE\t0\t12\tMERCHANT\tN\t2025-02-09T10:00:00\t\t", 10000+i),
				Result: fmt.Sprintf("SETTLED\t2025-02-09\t%d\t\t\t340\t10\t0\t0\t350\t35\t9091\t909\t0\t0\t%d\t2025-02-12\t", 10000+i, 9615+i),
			})
			if i%25 == 0 {
				r := &f.Records[len(f.Records)-1]
				r.Known, r.Legacy = "KD-002", "fee=351\tfee_vat=36\tnet=9613"
			}
		}
		files[s] = f
	}
	return files
}

// BenchmarkParse reads a whole golden set of the real size from memory, sha256 included. Wanted: 40 ms on one core.
func BenchmarkParse(b *testing.B) {
	var texts [][]byte
	var size int64
	for _, f := range settlementFiles(62_000, 280) {
		text := f.Encode()
		texts, size = append(texts, text), size+int64(len(text))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			if _, err := Parse("f", text); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Stage(Pending{Set: Set{Files: settlementFiles(62_000, 280)}}); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Accept(AcceptOptions{Reason: "first"}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if problems := s.Check(); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	old, new := settlementFiles(62_000, 280), settlementFiles(62_000, 280)
	for _, f := range new {
		for i := range f.Records {
			f.Records[i].Result = strings.Replace(f.Records[i].Result, "\t340\t", "\t341\t", 1)
		}
	}
	for b.Loop() {
		if s := Diff(Set{Files: old}, Set{Files: new}); s.Changed == 0 {
			b.Fatal("nothing changed")
		}
	}
}
