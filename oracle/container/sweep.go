package container

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/moby/moby/client"

	"settleproof/oracle/scratch"
)

// endGrace is how long after its lifetime a container may still be ending by itself.
const endGrace = time.Minute

// sweep removes containers that earlier runs left behind. Failing to is told and no reason
// not to start: a container that is left over is in nobody's way.
func (e *engine) sweep(ctx context.Context, w io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	list, err := e.client.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: client.Filters{}.Add("label", labelOurs),
	})
	if err != nil {
		e.logf(w, "leftovers: %v", err)
		return
	}
	for _, c := range list.Items {
		reason := leftOver(c.Labels, time.Now(), scratch.Self())
		if reason == "" {
			continue
		}
		_, err := e.client.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil {
			e.logf(w, "leftover container %.12s: %v", c.ID, err)
			continue
		}
		e.logf(w, "leftover container %.12s removed: %s", c.ID, reason)
	}
}

// leftOver says why a container with these labels is left over, "" when it may be in use:
//
//  1. A container without our label is not ours.
//  2. One whose lifetime is over, and a minute more, should have ended by itself.
//  3. One whose creator was a process of this machine that is dead has nobody.
//
// Labels that cannot be read prove nothing.
func leftOver(labels map[string]string, now time.Time, self scratch.Owner) string {
	if labels[labelOurs] == "" {
		return ""
	}
	if ends, err := strconv.ParseInt(labels[labelEnds], 10, 64); err == nil && now.After(time.Unix(ends, 0).Add(endGrace)) {
		return "its lifetime is over"
	}
	if owner, ok := scratch.ParseOwner(labels[labelOwner]); ok && owner.Dead(self) {
		return "its creator is dead"
	}
	return ""
}
