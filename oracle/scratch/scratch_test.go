package scratch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

// neverAlive is above every system's largest process number.
const neverAlive = 1 << 30

func TestOwnerRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Owner{
			Machine: rapid.StringMatching(`[0-9a-f]{8}`).Draw(t, "machine"),
			PID:     rapid.IntRange(1, 1<<31-1).Draw(t, "pid"),
		}
		if got, ok := ParseOwner(o.String()); !ok || got != o {
			t.Fatalf("%s reads back as %v, %t", o, got, ok)
		}
	})
}

// FuzzParseOwner: a label or a name may be anything; what is read is exactly what was written.
func FuzzParseOwner(f *testing.F) {
	for _, s := range []string{"", "-", "0123abcd-1", "0123ABCD-1", "0123abcd-01", "0123abcd-+1", "0123abcd--1", "0123abcd-0", "0123abcd-9999999999999999999", "123abcd-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if o, ok := ParseOwner(s); ok && o.String() != s {
			t.Errorf("%q is read as %v, which is written %q", s, o, o.String())
		}
	})
}

func TestDead(t *testing.T) {
	self := Self()
	for _, tt := range []struct {
		reason string
		owner  Owner
		want   bool
	}{
		{"this process lives", self, false},
		{"a process that cannot be", Owner{self.Machine, neverAlive}, true},
		{"another machine's processes cannot be judged from here", Owner{"00000000", neverAlive}, false},
		{"process 1 lives, even if it may not be signalled", Owner{self.Machine, 1}, false},
	} {
		if got := tt.owner.Dead(self); got != tt.want {
			t.Errorf("%s: dead = %t, want %t", tt.reason, got, tt.want)
		}
	}
}

func TestMake(t *testing.T) {
	base := t.TempDir()
	self := Self()
	stay := []string{
		"unrelated",
		prefix + "unreadable",
		prefix + Owner{"00000000", neverAlive}.String() + "-1", // another machine's
		prefix + self.String() + "-1",                          // in use by this process
	}
	go_ := prefix + Owner{self.Machine, neverAlive}.String() + "-1"
	for _, name := range append([]string{go_}, stay...) {
		if err := os.MkdirAll(filepath.Join(base, name, "below"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := Make(base)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v: want a directory that only its creator may enter", dir, info, err)
	}
	if owner, ok := ownerOf(filepath.Base(dir)); !ok || owner != self {
		t.Errorf("%s: owner %v, %t, want %v", dir, owner, ok, self)
	}
	entries, err := os.ReadDir(base)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	want := append([]string{filepath.Base(dir)}, stay...)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("after Make: %q, want %q", got, want)
	}
	if _, err := Make(filepath.Join(base, "nowhere")); err == nil {
		t.Error("a scratch directory in a base that does not exist")
	}
}

func TestSocketNameFits(t *testing.T) {
	longest := strings.Repeat("b", pathBytesMax) + "/" + prefix +
		Owner{"01234567", 4194304}.String() + "-4294967295" + "/s" + "/.s.PGSQL.5432"
	if n := len(longest) + 1; n > 104 {
		t.Errorf("the longest socket name takes %d bytes, the system allows 104", n)
	}
}

func TestAddress(t *testing.T) {
	// What the caller has set for other databases must not change ours.
	for name, value := range map[string]string{
		"PGSSLMODE": "verify-full", "PGOPTIONS": "-c jit=on", "PGTZ": "Asia/Seoul", "PGHOST": "elsewhere",
		"PGTARGETSESSIONATTRS": "read-only", "PGDATABASE": "production", "PGUSER": "operator", "PGCHANNELBINDING": "require",
	} {
		t.Setenv(name, value)
	}
	for _, tt := range []struct {
		reason, host, password string
		port                   int
	}{
		{"a socket's directory", "/tmp/a b%/s", "p:w@/?", 5432},
		{"a loopback port", "127.0.0.1", "secret", 32768},
		{"the same in the other family", "::1", "", 32768},
	} {
		config, err := pgx.ParseConfig(Address(tt.host, tt.port, tt.password, Database))
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if config.Host != tt.host || int(config.Port) != tt.port || config.Password != tt.password ||
			config.User != Superuser || config.Database != Database || config.TLSConfig != nil ||
			len(config.Fallbacks) != 0 || config.ValidateConnect != nil || config.ConnectTimeout == 0 {
			t.Errorf("%s: read as %s:%d user %s database %s, TLS %v, fallbacks %v", tt.reason,
				config.Host, config.Port, config.User, config.Database, config.TLSConfig, config.Fallbacks)
		}
		if o, z := config.RuntimeParams["options"], config.RuntimeParams["timezone"]; o != "" || z != "UTC" {
			t.Errorf("%s: options %q, timezone %q", tt.reason, o, z)
		}
	}
}

func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" || strings.ContainsAny(s, " '\"\\") {
			t.Errorf("%q: want name=value that needs no quotes (images pass it through a shell)", s)
		}
		if seen[name] {
			t.Errorf("%s is set twice", name)
		}
		seen[name] = true
	}
}
