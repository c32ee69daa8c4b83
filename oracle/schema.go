package oracle

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// What we make in a database has a fixed name and says so in its comment, so that what is found later, after a kill or
// by somebody else, can be told apart from theirs.
const (
	schemaPrefix = "settleproof_oracle_"
	readerRole   = "settleproof_oracle_reader"
	marker       = "settleproof: throw-away tables of the legacy query"
)

func schemaName(n int) string { return schemaPrefix + strconv.Itoa(n) }

// takeSchema makes the lane's schema. One that is already there is taken only when it is empty and its comment is not
// somebody else's; then it stays when we go.
func (l *lane) takeSchema(ctx context.Context) error {
	found, err := l.value(ctx, prepareMax, "look for the schema", `
		SELECT CASE
			WHEN EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = n.oid) THEN 'full'
			WHEN COALESCE(obj_description(n.oid, 'pg_namespace'), $2) <> $2 THEN 'foreign'
			ELSE 'empty' END
		FROM pg_namespace n WHERE n.nspname = $1`, l.schema, marker)
	if err != nil {
		return err
	}
	switch found {
	case "full":
		return fmt.Errorf("schema %s: %w: if it was left behind by a run that was killed: DROP SCHEMA %s CASCADE", l.schema, ErrOccupied, l.schema)
	case "foreign":
		return fmt.Errorf("schema %s: %w: its comment says that it is somebody else's", l.schema, ErrOccupied)
	case "empty":
		l.inUse = true
		return nil
	}
	err = l.exec(ctx, prepareMax, "make the schema", fmt.Sprintf("CREATE SCHEMA %s; COMMENT ON SCHEMA %s IS '%s'", l.schema, l.schema, marker))
	l.made = err == nil
	return err
}

// makeReader returns the role that the query runs as. A superuser makes one that may do nothing but what it is granted;
// any other user is that restricted already and gets "".
func (l *lane) makeReader(ctx context.Context) (string, error) {
	super, err := l.value(ctx, prepareMax, "look at the user", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
	if err != nil || super != "t" {
		return "", err
	}
	// Roles belong to the whole server: a run in another of its databases may have made it.
	found, err := l.value(ctx, prepareMax, "look for the role", `
		SELECT CASE
			WHEN r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolcanlogin OR r.rolreplication OR r.rolbypassrls THEN 'mighty'
			WHEN EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) THEN 'mighty'
			WHEN COALESCE(shobj_description(r.oid, 'pg_authid'), '') <> $2 THEN 'foreign'
			ELSE 'ours' END
		FROM pg_roles r WHERE r.rolname = $1`, readerRole, marker)
	switch {
	case err != nil:
		return "", err
	case found == "ours":
		return readerRole, nil
	case found != "":
		return "", fmt.Errorf("role %s: %w: it is somebody else's or may more than read", readerRole, ErrOccupied)
	}
	return readerRole, l.exec(ctx, prepareMax, "make the role", fmt.Sprintf("CREATE ROLE %s NOLOGIN; COMMENT ON ROLE %s IS '%s'", readerRole, readerRole, marker))
}

// dropSchema removes what the lane made, and the reader with the last lane. It has its own bounds and, where the run
// lost its connection, a connection of its own.
func (l *lane) dropSchema(withReader bool) error {
	ctx := context.Background()
	if !l.made && !l.inUse && !(withReader && l.reader != "") {
		return nil
	}
	if l.lost != nil || l.conn == nil || l.conn.IsClosed() {
		l.lost = nil
		if err := l.dial(ctx); err != nil {
			return fmt.Errorf("schema %s is left behind: %w", l.schema, err)
		}
	}
	drop := ""
	switch {
	case l.made:
		drop = "DROP SCHEMA " + l.schema + " CASCADE"
	case l.inUse:
		var err error
		drop, err = l.value(ctx, dropMax, "tables", `SELECT string_agg(format('DROP TABLE IF EXISTS %I CASCADE', relname), ';' ORDER BY relname)
			FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'`, l.schema)
		if err != nil {
			return err
		}
		if l.reader != "" {
			drop += fmt.Sprintf(";REVOKE ALL ON SCHEMA %s FROM %s", l.schema, l.reader)
		}
	}
	errs := []error{l.exec(ctx, dropMax, "drop schema "+l.schema, "ROLLBACK;"+drop)}
	if withReader && l.reader != "" {
		err := l.exec(ctx, dropMax, "drop role "+l.reader, "DROP ROLE IF EXISTS "+l.reader)
		// Another run's schema in another database may still need it; that run drops it.
		if !hasCode(err, dependentObjectsStillExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// disconnect ends the connection and waits a moment for it.
func (l *lane) disconnect() error {
	if l.conn == nil || l.conn.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopMax)
	defer cancel()
	return stepError(context.Background(), ctx, "disconnect", l.conn, l.conn.Close(ctx))
}
