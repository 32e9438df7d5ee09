# Nightshift. Everything happens in .venv inside this checkout; nothing needs sudo.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install page pictures demo test lint types audit bench detectors chaos chaos-many soak load lock clean

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
INSTALLED := .venv/.installed

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: $(INSTALLED) ## make .venv and install what is pinned, with hashes

$(INSTALLED): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed and was not found. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv. On Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

page: ## build the demo's page anew, with Node
	@cd bot/sandbox/page && npm ci --ignore-scripts --no-audit --no-fund && npm run build

pictures: $(INSTALLED) ## take the README's pictures anew, from the gallery, with Chromium
	@$(BIN)/python -m tests.browser.pictures

demo: $(INSTALLED) ## see the bot at work, without any account
	@$(BIN)/python -m bot demo

test: $(INSTALLED) ## run all tests, in parallel
	@unset PYTHONDONTWRITEBYTECODE; $(BIN)/python -m pytest -n auto --dist worksteal

lint: $(INSTALLED) ## format and lint, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

types: $(INSTALLED) ## check types
	@$(BIN)/mypy

audit: $(INSTALLED) ## look for known vulnerabilities in what is pinned
	@$(BIN)/python -m tests.dependency_audit

bench: $(INSTALLED) ## measure, and print ratios
	@$(BIN)/python -m tests.benchmarks

detectors: $(INSTALLED) ## sixty days of 2,000 workloads: is each silence told, and nothing else; fewer with WORKLOADS=200
	@$(BIN)/python -m tests.benchmarks.detectors $(WORKLOADS)

chaos: $(INSTALLED) ## 100 runs with faults at random; one of them with SEED=17
	@$(BIN)/python -m tests.chaos $(SEED)

chaos-many: $(INSTALLED) ## the same with three bots on one PostgreSQL; one of them with SEED=17
	@$(BIN)/python -m tests.chaos $(SEED) --processes 3

soak: $(INSTALLED) ## an hour of polls, one a second: memory and descriptors stay flat; shorter with MINUTES=10
	@$(BIN)/python -m tests.chaos.soak $(MINUTES)

load: $(INSTALLED) ## a day of 10,000 workloads on a hurried clock, in a quarter of an hour; shorter with HOURS=3, ON=postgresql
	@$(BIN)/python -m tests.load $(HOURS) --on $(or $(ON),sqlite)

lock: $(INSTALLED) ## write the lock files anew
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 \
		--no-header --no-annotate --upgrade --quiet -o requirements-dev.txt
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
		--no-header --no-annotate --quiet -c requirements-dev.txt -o requirements.txt

clean: ## remove .venv and caches
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
