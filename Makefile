# `make` alone tells what there is. Nothing here needs more than Go, but for the targets that say so.

GO ?= go

# The race detector needs a C compiler; without one the same tests run without it, and that is said.
RACE := $(shell command -v "$${CC:-cc}" >/dev/null 2>&1 && echo -race)

# Packages of the interop tests, and how long each may take.
INTEROP ?= ./interop/...
INTEROP_TIMEOUT ?= 30m

.DEFAULT_GOAL := help
.PHONY: help build test unit sim lint fmt generate peers interop bench bench-micro fuzz-seeds

help: ## tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the binary ./troupe
	$(GO) build -o troupe ./cmd/troupe

test: peers lint unit ## everything: lint, all tests of the packages, new seeds of the simulation, then the tests beside real peers
	$(MAKE) sim BUDGET=100s
	$(MAKE) interop

unit: ## the tests of the packages, which need nothing but Go
	@test -n "$(RACE)" || echo "no C compiler: the tests run without the race detector"
	$(GO) test $(RACE) ./...

lint: ## gofmt, go vet, staticcheck, with and without the interop tests
	@unformatted=$$(gofmt -l .); \
	 if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags interop $(INTEROP)
	$(GO) tool staticcheck ./...
	$(GO) tool staticcheck -tags interop $(INTEROP)

# From a seed that is new each second, so that each run looks at other ensembles.
SEEDS ?= 3000
FROM ?= $(shell date +%s)0000
BUDGET ?= 0

sim: ## run simulated ensembles from seeds (SEEDS=100000, FROM=1, PROFILE=epochs); what fails is made short and told
	$(GO) test ./sim -run '^TestSeeds$$' -count=1 -v -timeout 0 -seeds $(SEEDS) -from $(FROM) -budget $(BUDGET) -profile '$(PROFILE)'

fmt: ## format all Go files
	gofmt -w .

generate: ## write generated code and docs/configuration.md anew
	$(GO) generate ./...
	$(GO) test ./config -run TestDocumentation -update

peers: ## install what the interop tests run beside Troupe, if that is allowed; otherwise tell what is missing
	@scripts/install-peers.sh

interop: peers ## the tests beside Apache ZooKeeper and its clients (INTEROP=./interop/crash for one package)
	$(GO) test -tags interop -count=1 -p 1 -timeout $(INTEROP_TIMEOUT) $(INTEROP)

bench: ## a short comparison with Apache ZooKeeper on this machine (go run ./cmd/troupe bench --help for more)
	$(GO) run ./cmd/troupe bench --quick

# What bench-micro has measured; BASE=FILE is an earlier one to compare with.
MICRO := bench-micro.out

bench-micro: ## the parts of a request's way one by one; BASE=FILE compares with an earlier bench-micro.out
	$(GO) test -run '^$$' -bench . -benchtime 300ms -count 6 ./bench/micro > $(MICRO) || { cat $(MICRO); exit 1; }
	$(GO) tool benchstat $(BASE) $(MICRO)

fuzz-seeds: ## run all fuzz targets over their seeds (go test -fuzz NAME ./package looks for more)
	$(GO) test -run '^Fuzz' ./...
