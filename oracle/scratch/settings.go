package scratch

// Superuser and Database are who and where a scratch server is set up for. The database is
// not "postgres": that one is every server's own, and the oracle refuses to load into it.
const (
	Superuser = "postgres"
	Database  = "settleproof"
)

// Settings returns the command line settings (name=value) of a server that is thrown away.
func Settings() []string {
	return []string{
		// Nothing is left to recover: no durability.
		"fsync=off",
		"synchronous_commit=off",
		"full_page_writes=off",
		"wal_level=minimal",
		"max_wal_senders=0",
		"max_wal_size=4GB",
		"checkpoint_timeout=1h",
		// The load is followed by one ANALYZE; a second one in the background changes plans.
		"autovacuum=off",
		// One long statement per connection: compiling it costs more than it saves, and the
		// parallelism is the number of shards that run at the same time.
		"jit=off",
		"max_parallel_workers_per_gather=0",
		"shared_buffers=256MB",
		"work_mem=64MB",
		// Results do not depend on the machine.
		"timezone=UTC",
		"log_timezone=UTC",
		"lc_messages=C",
	}
}
