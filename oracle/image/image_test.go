package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestTag(t *testing.T) {
	if !regexp.MustCompile(`^settleproof-oracle-pg:[0-9a-f]{12}$`).MatchString(Tag()) {
		t.Errorf("tag %q", Tag())
	}
	if !regexp.MustCompile(`^postgres:15\.\d+-\w+$`).MatchString(Official()) {
		t.Errorf("official image %q: want version 15, pinned to a release and a distribution", Official())
	}
}

// needBash: the scripts are for the machines that have containers, all of which have bash.
func needBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no bash here")
	}
}

// TestTagOfScript: the script and the program look for the same image.
func TestTagOfScript(t *testing.T) {
	needBash(t)
	out, err := exec.Command("bash", "ensure.sh", "--tag").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != Tag() {
		t.Errorf("ensure.sh looks for %s, the program for %s", got, Tag())
	}
}

func TestScriptsParse(t *testing.T) {
	needBash(t)
	for _, name := range []string{"ensure.sh", "mkroot.sh", "entrypoint.sh", "../../scripts/docker-up.sh"} {
		if out, err := exec.Command("bash", "-n", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		if info, err := os.Stat(name); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s: %v, %v: want a file that can be run", name, info, err)
		}
	}
}

// fakeDocker answers the few calls of ensure.sh: images that are there, and a registry that
// pulls, refuses, or says nothing for longer than anyone waits.
const fakeDocker = `#!/bin/bash
echo "$*" >>"$FAKE_LOG"
case "$1" in
version) [ "$FAKE_ENGINE" != none ] ;;
image) grep -qx "$3" "$FAKE_IMAGES" ;;
build) cat "${@: -1}/rootfs.tar" >/dev/null && while [ "$1" != -t ]; do shift; done && echo "$2" >>"$FAKE_IMAGES" ;;
pull)
	case "$FAKE_REGISTRY" in
	answers) echo "15: Pulling from library/postgres"; echo "$2" >>"$FAKE_IMAGES" ;;
	refuses) echo "Error response from daemon: no such host" >&2; exit 1 ;;
	silent) exec sleep 300 ;;
	esac ;;
esac
`

func TestEnsure(t *testing.T) {
	needBash(t)
	const noPackages, packages = "exit 1", `echo root >"$1"`
	for _, tt := range []struct {
		name, reason       string
		images, mkroot     string
		env                []string
		fails              bool
		says, calls, lacks string
	}{
		{name: "recipe", reason: "the image of the recipe is there: nothing is done", images: Tag(), mkroot: noPackages,
			says: Tag() + " is there", lacks: "pull"},
		{name: "official", reason: "the official image is there: nothing is built", images: Official(), mkroot: noPackages,
			says: Official() + " is there", lacks: "pull"},
		{name: "pull", reason: "a registry is quicker than building", mkroot: noPackages,
			env: []string{"FAKE_REGISTRY=answers"}, says: Official() + " pulled", calls: "pull " + Official()},
		{name: "build", reason: "a registry that refuses: packages", mkroot: packages,
			env: []string{"FAKE_REGISTRY=refuses"}, says: Tag() + " built from packages (this recipe); registry: Error response from daemon: no such host", calls: "build"},
		{name: "air-gapped", reason: "a registry that says nothing is given up", mkroot: packages,
			env: []string{"FAKE_REGISTRY=silent"}, says: "no registry answered within 1 s", calls: "build"},
		{name: "packages", reason: "packages only: no registry is asked, the official image does not count", images: Official(), mkroot: packages,
			env: []string{"FAKE_REGISTRY=answers", "SETTLEPROOF_ORACLE_IMAGE_FROM=packages"}, says: Tag() + " built", lacks: "pull"},
		{name: "registry", reason: "a registry only: nothing is built", mkroot: packages,
			env: []string{"FAKE_REGISTRY=refuses", "SETTLEPROOF_ORACLE_IMAGE_FROM=registry"}, fails: true, says: "the ways out", lacks: "build"},
		{name: "nothing", reason: "both reasons and the ways out", mkroot: "echo mkroot: no network >&2; exit 1",
			env: []string{"FAKE_REGISTRY=refuses"}, fails: true, says: "no such host; packages: mkroot: no network"},
		{name: "own", reason: "the user's own image is only looked for", images: "mine:1", mkroot: noPackages,
			env: []string{"SETTLEPROOF_ORACLE_IMAGE=mine:1"}, says: "mine:1 is there", lacks: "pull"},
		{name: "own missing", reason: "and is never replaced by another", images: Tag(), mkroot: packages,
			env: []string{"SETTLEPROOF_ORACLE_IMAGE=mine:1"}, fails: true, says: "mine:1 (SETTLEPROOF_ORACLE_IMAGE) is not there", lacks: "build"},
		{name: "no engine", reason: "without an engine no image helps", mkroot: packages,
			env: []string{"FAKE_ENGINE=none"}, fails: true, says: "no Docker engine answers"},
		{name: "typing error", reason: "an unknown source is not a default", mkroot: packages,
			env: []string{"SETTLEPROOF_ORACLE_IMAGE_FROM=both"}, fails: true, says: "registry, packages or auto", lacks: "image inspect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := recipeWith(t, tt.mkroot)
			images, log := filepath.Join(dir, "images"), filepath.Join(dir, "log")
			// The stand-in for mkroot.sh changes the recipe, and with it the tag.
			tag, err := exec.Command("bash", filepath.Join(dir, "ensure.sh"), "--tag").Output()
			if err != nil {
				t.Fatal(err)
			}
			here := func(s string) string { return strings.ReplaceAll(s, Tag(), strings.TrimSpace(string(tag))) }
			writeFile(t, images, here(tt.images)+"\n")
			writeFile(t, log, "")

			cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "ensure.sh"))
			cmd.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH"), "FAKE_LOG=" + log, "FAKE_IMAGES=" + images}, tt.env...)
			out, err := cmd.CombinedOutput()
			if (err != nil) != tt.fails || !strings.Contains(string(out), here(tt.says)) {
				t.Errorf("%s: %v, %s\nwant fails=%t and %q", tt.reason, err, out, tt.fails, here(tt.says))
			}
			if !tt.fails && strings.Count(string(out), "\n") != 1 {
				t.Errorf("%s: %q, want one line", tt.reason, out)
			}
			calls, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(calls), tt.calls) || tt.lacks != "" && strings.Contains(string(calls), tt.lacks) {
				t.Errorf("%s: docker was called with\n%swant %q and no %q", tt.reason, calls, tt.calls, tt.lacks)
			}
		})
	}
}

// recipeWith copies the recipe into a directory with a docker, an apt-get and a mkroot.sh that
// do nothing to this machine, and with a registry that is given up after one second.
func recipeWith(t *testing.T, mkroot string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"ensure.sh", "Dockerfile", "entrypoint.sh", "official"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), strings.Replace(string(text), "signal_seconds=10", "signal_seconds=1 ", 1))
	}
	writeFile(t, filepath.Join(dir, "mkroot.sh"), "#!/bin/bash\n"+mkroot+"\n")
	writeFile(t, filepath.Join(dir, "docker"), fakeDocker)
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		writeFile(t, filepath.Join(dir, tool), "#!/bin/sh\nexit 1\n")
	}
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
