package snapshot

import "fmt"

// Reason says why Accept refuses.
type Reason string

const (
	InCI            Reason = "IN_CI"             // an approval needs a person
	NoReason        Reason = "NO_REASON"         // nobody would know later why
	NothingPending  Reason = "NOTHING_PENDING"   // there is nothing to approve
	Busy            Reason = "BUSY"              // somebody else is writing the directory
	PendingDamaged  Reason = "PENDING_DAMAGED"   // the pending set is not what was staged
	ApprovedDamaged Reason = "APPROVED_DAMAGED"  // the approved set is not what was accepted: what moved cannot be said
	NotComputed     Reason = "NOT_COMPUTED"      // cases have no answer
	NotAsked        Reason = "LEGACY_NOT_ASKED"  // nobody knows what legacy would have said
	Disagrees       Reason = "LEGACY_DISAGREES"  // legacy says otherwise and no known difference covers it
	Stale           Reason = "STALE"             // computed again, it is something else
	Shrinks         Reason = "SHRINKS"           // cases would be lost
	TooMany         Reason = "TOO_MANY"          // more change than a person looks at
	Interrupted     Reason = "ACCEPT_UNFINISHED" // an earlier accept could not be finished
)

// Refusal is Accept saying no. Nothing has been changed.
type Refusal struct {
	Reason Reason
	What   string
	WayOut string // what to do about it
	err    error
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.What, r.WayOut) }
func (r *Refusal) Unwrap() error { return r.err }

func refuse(reason Reason, wayOut, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, What: fmt.Sprintf(format, args...), WayOut: wayOut}
}
