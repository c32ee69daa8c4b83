package oracle

import (
	"runtime"
	"time"
)

// Every wait has one of these bounds. They are far above what was measured, so that a slow machine passes and only a
// frozen one is cut off.
const (
	connectMax   = 5 * time.Second               // to log in; a unix socket takes milliseconds
	prepareMax   = 60 * time.Second              // schema, reference data and rates of one connection: under a second
	loadMax      = 60 * time.Second              // COPY in and ANALYZE of casesMax cases: a second or two
	statementMax = 120 * time.Second             // the query over casesMax cases, enforced by the server: seconds
	queryMax     = statementMax + 10*time.Second // the client's own bound, for a server that no longer enforces anything
	dropMax      = 10 * time.Second              // DROP of one schema, locks included
	stopMax      = time.Second                   // to say goodbye on one connection
)

// casesMax is how many cases one call takes: more than the committed set holds, so that it is one run of the query and
// one plan, and few enough that the text of a call (about 500 bytes per case) stays well under 100 MB.
const casesMax = 100_000

// splitMin is the number of cases from which a call is worth a second connection; below it planning costs more.
const splitMin = 2_000

// lanesDefault is the number of connections: two on halves of the cases were 1.6 times as fast as one on two cores, and
// the rest of the run wants processors too.
func lanesDefault() int { return min(2, runtime.NumCPU()) }
