# Every verb documents itself: `make help` prints the text after the double hash.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
REAL   := api or database or node
SLOW   := process or $(REAL)

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt pyproject.toml hack/setup.sh
	@hack/setup.sh $(VENV) $(PYTHON)

.PHONY: setup
setup: $(READY) ## Make the virtual environment with the pinned dependencies

.PHONY: check
check: $(READY) ## Lint, types, import contracts and unit tests of Python and dashboard, in about two minutes
	@echo "==> ruff"      && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "==> mypy"      && $(BIN)/mypy
	@echo "==> contracts" && $(BIN)/lint-imports --no-logo
	@echo "==> dashboard" && $(PYTHON) -m hack.dashboard check
	@echo "==> unit tests" && $(BIN)/python -m pytest -q --numprocesses 3 -m "not ($(SLOW))"

.PHONY: test
test: check ## Everything: check, databases, real API server, real browser, real node with real OpenClaw pods
	@$(PYTHON) -m hack.cluster binaries >/dev/null
	-@$(PYTHON) -m hack.images build vutler openclaw >/dev/null && $(PYTHON) -m hack.images openclaw-home >/dev/null
	@echo "==> programs of ours as processes" && $(BIN)/python -m pytest -q --numprocesses 3 --dist loadfile -m "process and not ($(REAL))"
	@echo "==> databases, API server and browser" && $(BIN)/python -m pytest -v --numprocesses 2 --dist loadfile -m "(api or database) and not node"
	@echo "==> end to end on a real node" && $(BIN)/python -m pytest -v -m node

.PHONY: demo
demo: ## Bring up a cluster, install the chart, run an agent and ask it something
	@$(PYTHON) -m hack.demo up

.PHONY: demo-down
demo-down: ## Remove the demo with all it made
	@$(PYTHON) -m hack.demo down

.PHONY: run
run: $(READY) ## Run just the router with its dashboard on SQLite at http://127.0.0.1:3456, answering with the built-in echo
	@$(PYTHON) -m hack.dashboard build >/dev/null || echo "==> without a new dashboard, see above; the API needs none"
	@ROUTER_HOST=$${ROUTER_HOST:-127.0.0.1} MANAGED_LLM_PROVIDER=$${MANAGED_LLM_PROVIDER:-echo} $(BIN)/python -m vutler_router

# The image's Python is built with profile-guided optimization, as distributions build theirs; one that a version
# manager compiled usually is not, and runs everything at half the speed.
BENCH_PYTHON ?= $(firstword $(wildcard /usr/bin/python3) $(PYTHON))

.venv-bench/.ready: requirements/runtime.txt pyproject.toml hack/setup.sh
	@hack/setup.sh .venv-bench $(BENCH_PYTHON) runtime

.PHONY: bench
bench: .venv-bench/.ready ## Measure the router against a direct connection (PEERS=litellm,portkey SOAK=600 JSON=file ROUNDS=3)
	@.venv-bench/bin/python -m bench.router $(if $(PEERS),--peers $(PEERS)) $(if $(SOAK),--soak $(SOAK)) \
		$(if $(JSON),--json $(JSON)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

.PHONY: bench-fairness
bench-fairness: .venv-bench/.ready ## Measure how long a quiet agent waits beside noisy ones on one key of 60 requests a minute (JSON=file)
	@.venv-bench/bin/python -m bench.fairness $(if $(JSON),--json $(JSON)) $(ARGS)

.PHONY: bench-ledger
bench-ledger: .venv-bench/.ready ## Measure how long a usage row takes to be safe on disk, and how a full journal comes back
	@.venv-bench/bin/python -m bench.ledger

.PHONY: bench-operator
bench-operator: .venv-bench/.ready ## Measure the operator with many agents on a simulated cluster (AGENTS=100,1000 ROLLOUTS=10 JSON=file)
	@$(PYTHON) -m hack.cluster binaries etcd kube-apiserver kube-controller-manager kube-scheduler kwok >/dev/null
	@.venv-bench/bin/python -m bench.operator $(if $(AGENTS),--agents $(AGENTS)) $(if $(ROLLOUTS),--rollouts $(ROLLOUTS)) \
		$(if $(JSON),--json $(JSON)) $(ARGS)

.PHONY: chaos
chaos: $(READY) ## Kill the router and cut off its database under load, then compare the books (REQUESTS=10000 CONCURRENCY=64 KILLS=3 OUTAGE=60 SEED=1 DATABASE=sqlite)
	@$(PYTHON) -m hack.cluster binaries ferretdb >/dev/null
	@$(BIN)/python -m tests.chaos $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(CONCURRENCY),--concurrency $(CONCURRENCY)) \
		$(if $(KILLS),--kills $(KILLS)) $(if $(OUTAGE),--outage $(OUTAGE)) $(if $(SEED),--seed $(SEED)) \
		$(if $(DATABASE),--database $(DATABASE)) $(ARGS)

.PHONY: chaos-drive
chaos-drive: $(READY) ## Kill the router while files are uploaded, then compare them (FILES=1000 SIZE=1048576 CONCURRENCY=32 KILLS=1 SEED=1)
	@$(BIN)/python -m tests.chaos.drive $(if $(FILES),--files $(FILES)) $(if $(SIZE),--size $(SIZE)) \
		$(if $(CONCURRENCY),--concurrency $(CONCURRENCY)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: ui
ui: ## Build the dashboard into the router's package, where `make run`, the wheel and the image take it from
	@$(PYTHON) -m hack.dashboard build

.PHONY: ui-check
ui-check: ## Types, lint, unit tests and size of the dashboard
	@$(PYTHON) -m hack.dashboard check

.PHONY: ui-browser
ui-browser: $(READY) ## The dashboard in a real Chromium, with a real router, operator and API server (DASHBOARD_SCREENSHOTS=folder)
	@$(PYTHON) -m hack.cluster binaries etcd kube-apiserver kube-controller-manager helm >/dev/null
	@$(BIN)/python -m pytest -v tests/ui/browser

.PHONY: wheel
wheel: $(READY) ui ## Build the Python package, dashboard included, into dist/
	@$(BIN)/python -m hatchling build -t wheel

.PHONY: image
image: ## Build the container image (Docker if its engine runs, else buildah)
	@$(PYTHON) -m hack.images build vutler

.PHONY: format
format: $(READY) ## Format the sources and fix what the linter can fix
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: docs
docs: $(READY) ## Write the generated reference pages again
	@for script in hack/docs/*.py; do $(BIN)/python $$script; done

.PHONY: train-routing
train-routing: $(READY) ## Learn the weights of the router's classifier again and measure them (PROMPTS=folder of more prompts)
	@$(BIN)/python -m hack.routing train $(if $(PROMPTS),--prompts $(PROMPTS))
	@$(BIN)/python -m hack.routing evaluate $(if $(PROMPTS),--prompts $(PROMPTS))

.PHONY: openclaw-schema
openclaw-schema: ## Write again what the operator knows of the settings of the pinned OpenClaw version
	@$(PYTHON) -m hack.openclaw_schema

.PHONY: lock
lock: $(READY) ## Pin the dependencies of pyproject.toml with their hashes
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" \
		pyproject.toml -o requirements/runtime.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" \
		--group dev -c requirements/runtime.txt pyproject.toml -o requirements/dev.txt
	@grep -A99 '^uv==' requirements/dev.txt | awk 'NR > 1 && !/^    --hash/ {exit} 1' >requirements/uv.txt

.PHONY: clean
clean: ## Remove what was made in this folder (caches elsewhere stay)
	@rm -rf $(VENV) .venv-bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache ui/node_modules ui/dist router/vutler_router/ui
