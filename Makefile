# Every target says what it does: make help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

GO ?= go
ORACLE ?= auto
REASON ?=

.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: verify
verify: build oracle-image ## the gate: calculator and legacy query against the golden files; one verdict, one exit code (ORACLE=auto|container|local|none|postgres://...)
	@bin/verify --oracle "$(ORACLE)"

.PHONY: test
test: oracle-image ## all tests; with a Docker engine the oracle's too
	$(GO) test ./...

.PHONY: golden
golden: build oracle-image ## compute new golden files into golden/.pending and say what moved
	@bin/casegen golden --oracle "$(ORACLE)"

.PHONY: diff
diff: build ## what golden/.pending would change
	@bin/casegen diff

.PHONY: accept
accept: build ## take golden/.pending over: make accept REASON="why the answers moved"
	@bin/casegen accept --reason "$(REASON)"

.PHONY: bench
bench: build oracle-image ## the figures of docs/performance.md, on this machine
	$(GO) test -run '^$$' -bench 'Settle' -cpu 1 ./calc
	$(GO) test -run '^$$' -bench 'Suite|Files|Parse|Gate' -benchtime 15x ./generator ./harness/snapshot ./cmd/verify
	$(GO) test -run '^$$' -bench 'LegacyQuery' -benchtime 4x -timeout 10m ./oracle

.PHONY: vet
vet: ## gofmt and go vet
	@files=$$(gofmt -l . | grep -v /testdata/ || true); if [ -n "$$files" ]; then echo "not gofmt-ed: $$files" >&2; exit 1; fi
	$(GO) vet ./...

.PHONY: ci
ci: vet test verify ## what .ci/run runs

.PHONY: build
build: ## bin/verify and bin/casegen
	@$(GO) build -o bin/ ./cmd/...

# A missing image is no error here: verify then takes local PostgreSQL binaries or says what it lacks, and go test says what it did not run.
.PHONY: oracle-image
oracle-image: ## the database image: pulled where there is a registry, built from packages where there is none
	@case "$(ORACLE)" in auto|container) oracle/image/ensure.sh || echo "oracle-image: going on without a container; its tests are not run (go test -v ./oracle/... lists what is skipped)";; esac

.PHONY: clean
clean: ## remove bin/ and golden/.pending
	rm -rf bin golden/.pending
