# `make` prints the targets. `make ci` is exactly what .ci/run calls, so what passes here passes there.

GOLANGCI_VERSION := v2.15.0
TOOLS            := $(CURDIR)/.tools
LINT             := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)

.DEFAULT_GOAL := help
.PHONY: help setup build run test race bare lint fmt format-check generate generate-check tidy tidy-check tree-check \
	deploy-check web web-check web-test e2e screenshots clients first-start roles chaos upgrade-check bench bench-compare bench-api golden image ci clean fuzz playground-check \
	bench-relevance bench-train
MAKEFLAGS += --no-print-directory

##@ Every day

help: ## Print this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z][a-z0-9-]*:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(LINT) ## Install the pinned tools into .tools and switch on the pre-commit hook
	git config core.hooksPath .githooks
	go mod download

build: ## Build ./webflix, with the web app inside
	go build -trimpath -o webflix .

run: ## Run everything in one process: http://127.0.0.1:8080
	go run .

test: ## Test everything. RabbitMQ's own tests skip where there is none, unless CI=true
	WEBFLIX_SOCKETS=10000 go test ./...

race: ## Test everything with the race detector
	go test -race -timeout 20m ./...

lint: $(LINT) ## Lint: the rules of .golangci.yml, the import directions among them
	$(LINT) run --allow-parallel-runners ./...

fmt: $(LINT) ## Format the Go code
	$(LINT) fmt ./...

generate: ## Make graph/generated anew from graph/*.graphqls
	go generate ./...

golden: ## Write the golden files of the wire format anew (after a new version of it, never otherwise)
	go test ./queue -run TestWireFormStaysReadable -update

tidy: ## Tidy go.mod and go.sum
	go mod tidy

clean: ## Remove what the other targets made, but not the tools
	rm -f webflix
	rm -rf web/test-results web/playwright-report

##@ The web app

web: web/node_modules/.package-lock.json ## Build web/dist anew (it is committed: commit it with the change)
	cd web && npm run build

web-test: web/node_modules/.package-lock.json ## Lint and unit-test the web app
	cd web && npm run lint && npm test

e2e: web/node_modules/.package-lock.json ## Test the web app in Chromium
	cd web && npm run e2e

screenshots: web/node_modules/.package-lock.json ## Take a picture of every page at three widths, in web/screenshots
	cd web && npm run screenshots

clients: ## Test the GraphQL clients that must work, with the real packages
	@.ci/clients

##@ Promises and figures

chaos: ## Kill, freeze, cut and flood, and write docs/reliability.md (25 minutes). CASES='worker|aggregator': only those
	go test ./chaos -count 1 -timeout 2h -v -run 'TestFaults/($(CASES))' -args -long -write $(CURDIR)/docs/reliability.md

upgrade-check: ## Replace every process of an older version under load, as an upgrade does: make upgrade-check OLD=main~10
	dir=$$(mktemp -d) && git worktree add --detach $$dir/old $(or $(OLD),HEAD~1) && \
		(cd $$dir/old && go build -o $$dir/webflix .) && \
		WEBFLIX_OLD_BINARY=$$dir/webflix go test ./chaos -count 1 -v -run 'TestFaults/every_process_of_an_older' -args -long -write $(CURDIR)/docs/reliability.md; \
		result=$$?; git worktree remove --force $$dir/old; rm -rf $$dir; exit $$result

bench: ## Measure the same requests one by one, all at once, and through the queues
	go run . bench turtle

bench-compare: ## Compare all Go benchmarks with those of another commit (6 minutes): make bench-compare OLD=main~10
	@bench/compare.sh $(OLD)

fuzz: ## Send 200,000 strange bodies and 50,000 strange WebSocket messages to the API, and 100,000 strange models to the decoders
	go test ./graph -run '^$$' -fuzz '^FuzzHTTP$$' -fuzztime 200000x
	go test ./graph -run '^$$' -fuzz '^FuzzSocket$$' -fuzztime 50000x
	go test ./recommend -run '^$$' -fuzz '^FuzzOpen$$' -fuzztime 100000x

bench-relevance: ## Measure the relevance on the database (MovieLens 1M imported) and write docs/relevance.md (long)
	go run . evaluate report --dir docs

bench-train: ## Train on 1, 5 and 25 million invented ratings of 60,000 films, and write docs/training.md (long)
	go run . bench train --ratings 1M,5M,25M --write docs/training.md

bench-api: ## Measure what GraphQL requests cost, beside a plain gqlgen server
	graph/bench.sh

##@ Continuous integration

ci: ## Everything that .ci/run checks, in its order
	@.ci/steps format-check lint generate-check tidy-check tree-check deploy-check web-check playground-check e2e clients \
		first-start roles bare race test

format-check: $(LINT) ## The Go code is formatted
	$(LINT) fmt --diff ./...

generate-check: generate ## The generated code is up to date
	git diff --exit-code --stat

tidy-check: ## go.mod is tidy
	go mod tidy -diff

tree-check: ## Nothing in the tree is of one machine alone, or a secret
	@.ci/tree

deploy-check: ## The files in deploy/ and docker-compose.yml hold together, and each alert fires for what it is about (needs promtool)
	go test ./deploy/...
	promtool check rules deploy/prometheus/alerts.yaml
	promtool test rules deploy/prometheus/alerts_test.yaml

web-check: ## The web app lints, passes its tests, and web/dist is what its sources make
	cd web && npm ci
	cd web && npm run lint && npm test && npm run build
	git diff --exit-code --stat -- web
	@new=$$(git ls-files --others --exclude-standard -- web/dist); if [ -n "$$new" ]; then \
		echo "web/dist has files that are not committed:"; echo "$$new"; exit 1; fi

playground-check: ## graph/playground/dist is what its sources make
	cd graph/playground && npm ci && npm run build
	git diff --exit-code --stat -- graph/playground
	@new=$$(git ls-files --others --exclude-standard -- graph/playground/dist); if [ -n "$$new" ]; then \
		echo "graph/playground/dist has files that are not committed:"; echo "$$new"; exit 1; fi

bare: ## Test what differs on a machine with nothing but Go: no server, no network, no variable
	@.ci/bare

first-start: ## The README's first command, from a clean clone: start, ask, stop, start again, import, ask
	@.ci/first-start

roles: ## Every role as a process of its own, on DATABASE_URL and AMQP_URL
	@.ci/roles

image: ## Build the container image
	docker build -f deploy/Dockerfile -t webflix .

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci
	@touch $@

# One that is installed in the pinned version is taken over: building it takes minutes.
$(LINT):
	@mkdir -p $(TOOLS)
	@for have in "$$(command -v golangci-lint)" "$$(go env GOPATH)/bin/golangci-lint"; do \
		if [ -x "$$have" ] && "$$have" version 2>/dev/null | grep -qF "version $(GOLANGCI_VERSION:v%=%) "; then \
			cp "$$have" $@; exit 0; fi; done; \
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION) && \
	mv $(TOOLS)/golangci-lint $@
