package oracle

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// askPsql runs the query with psql on the tables in the schema and reads its output to the end.
func askPsql(b *testing.B, schema, query string) {
	b.Helper()
	bin, err := exec.LookPath("psql")
	if err != nil {
		found, globErr := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
		if globErr != nil || len(found) == 0 {
			b.Skip("no psql to compare with")
		}
		bin = found[0]
	}
	address, err := url.Parse(testServer.dsn)
	if err != nil {
		b.Fatal(err)
	}
	parameters := address.Query()
	parameters.Del("timezone") // pgx takes it from the address, libpq from PGTZ
	address.RawQuery = strings.ReplaceAll(parameters.Encode(), "+", "%20")
	cmd := exec.CommandContext(b.Context(), bin, "-X", "-q", "-d", address.String())
	cmd.Env = append(os.Environ(), "PGTZ=UTC")
	cmd.Stdin = bytes.NewBufferString(fmt.Sprintf(session, schema) + "\nCOPY (" + query + "\n) TO STDOUT;\n")
	var faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &faults
	if err := cmd.Run(); err != nil || faults.Len() > 0 {
		b.Fatalf("%v: %s", err, faults.Bytes())
	}
}
