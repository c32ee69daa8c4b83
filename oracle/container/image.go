package container

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"

	"settleproof/oracle/image"
)

// imageVariable names an image to use in place of the usual choice.
const imageVariable = "SETTLEPROOF_ORACLE_IMAGE"

// chosen is an image that is there, and why it was taken.
type chosen struct {
	name       string
	reason     string
	entrypoint []string
}

// candidates lists the images to look for, best first. An image that was asked for by name
// is the only one: a typing error must not end in another image.
func candidates(asked string, getenv func(string) string) []chosen {
	if asked != "" {
		return []chosen{{name: asked, reason: "asked for"}}
	}
	if name := getenv(imageVariable); name != "" {
		return []chosen{{name: name, reason: imageVariable}}
	}
	return []chosen{
		{name: image.Tag(), reason: "built from this recipe"},
		{name: image.Official(), reason: "official, pinned; no image of this recipe is there"},
	}
}

// chooseImage returns the first candidate that the engine has. It only looks: an image that
// is not there is ErrNoImage after some milliseconds, and nothing is pulled behind anyone's back.
func (e *engine) chooseImage(ctx context.Context, asked string, getenv func(string) string) (chosen, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var missing []string
	for _, c := range candidates(asked, getenv) {
		r, err := e.client.ImageInspect(ctx, c.name)
		if errdefs.IsNotFound(err) {
			missing = append(missing, c.name)
			continue
		}
		if err != nil {
			return chosen{}, fmt.Errorf("image %s: %w", c.name, err)
		}
		if r.Config == nil {
			return chosen{}, errors.New("image " + c.name + ": no configuration")
		}
		c.entrypoint = r.Config.Entrypoint
		return c, nil
	}
	remedy := `run "make oracle-image"`
	if len(missing) == 1 { // asked for by name
		remedy = "pull or build it, or leave its name out"
	}
	return chosen{}, fmt.Errorf("%w: %s not there; %s", ErrNoImage, strings.Join(missing, " and "), remedy)
}
