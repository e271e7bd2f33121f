# Tiebreak on one machine. `make up` is all it takes; `make test` is all a change must pass.
# Needs Python >= 3.11 and make; no root, no Docker, no Node, PostgreSQL or Redis of your own.

PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
STAMPS := .venv/stamps
SCRATCH := .stamps
NODE := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_update_notifier=false
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off
# pip says which packages it fetches; what is there already is no news
NEWS := awk '/^ *(Downloading|Installing|Successfully|ERROR|error)/ {print "    " substr($$0, 1, 110); fflush()}'
SAY := @printf '\n==> %s\n'

FRONTEND_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -name '*.tsbuildinfo' -o -type f -print 2>/dev/null)
API := frontend/src/api
MODULES := annotation rewardmodel tiebreak workers tests benchmarks manage.py

CHECKS := check-format check-types check-contracts check-django check-stages check-api check-frontend

.PHONY: help up test check $(CHECKS) demo bench bench-learning setup setup-dev frontend schema lock clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

up: setup  ## Run Tiebreak on this machine (PORT=8310 chooses the port); Ctrl-C stops it, data stays in var/
	@exec $(BIN)/python -m annotation.local up $(if $(PORT),--port $(PORT))

setup: $(STAMPS)/requirements frontend/dist/index.html
setup-dev: $(STAMPS)/requirements-dev frontend/dist/index.html

# --- Python ------------------------------------------------------------------------------------

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make up PYTHON=/path/to/python3"; exit 1; }
	$(SAY) "Making a Python environment in .venv"
	@$(PYTHON) -m venv .venv || { echo "On Debian the module venv is a package of its own: apt-get install python3-venv"; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

# torch by itself first: everything installed after it keeps the build chosen here
$(STAMPS)/torch: $(STAMPS)/venv
	$(SAY) "Installing PyTorch (the largest part; a few minutes where it has to be fetched)"
	@$(PIP) torch==2.13.0 | $(NEWS)
	@touch $@

$(STAMPS)/requirements: requirements.lock $(STAMPS)/torch
	$(SAY) "Installing Python packages"
	@$(PIP) -r requirements.lock | $(NEWS)
	@touch $@

$(STAMPS)/requirements-dev: requirements-dev.lock $(STAMPS)/requirements
	$(SAY) "Installing the tools for tests and checks"
	@$(PIP) -r requirements-dev.lock | $(NEWS)
	@touch $@

lock:  ## Pin the newest allowed versions of all Python packages
	$(BIN)/python -m annotation.local.lock

# --- frontend ----------------------------------------------------------------------------------

frontend: frontend/dist/index.html

frontend/node_modules/.ready: frontend/package.json frontend/package-lock.json $(STAMPS)/requirements
	$(SAY) "Installing browser packages"
	@cd frontend && $(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/index.html: frontend/node_modules/.ready $(FRONTEND_SOURCES)
	$(SAY) "Building the browser application"
	@cd frontend && $(NODE) npm run --silent build
	@touch $@

# --- quality -----------------------------------------------------------------------------------

test: setup-dev check  ## Everything a change must pass
	$(SAY) "Browser application: unit tests"
	@cd frontend && $(NODE) npm run --silent test
	$(SAY) "Tests, in lanes side by side"
	@$(BIN)/python -m tests.lanes

check: setup-dev  ## Format, lint, types, contracts, schemas, translations
	@$(BIN)/python -m annotation.local run -- $(MAKE) --no-print-directory --keep-going $(CHECKS)

check-format:
	$(SAY) "Format and lint"
	@$(BIN)/ruff format --check $(MODULES)
	@$(BIN)/ruff check $(MODULES)

check-types:
	$(SAY) "Types"
	@$(BIN)/mypy

check-contracts:
	$(SAY) "Import contracts"
	@$(BIN)/lint-imports --no-logo

check-django:
	$(SAY) "Django: settings and migrations"
	@$(BIN)/python manage.py check --fail-level WARNING
	@$(BIN)/python manage.py makemigrations --check --dry-run

check-stages: $(SCRATCH)
	$(SAY) "Stage settings: as the trainer publishes them"
	@$(BIN)/python -m rewardmodel schema > $(SCRATCH)/stage_schemas.json
	@cmp $(SCRATCH)/stage_schemas.json annotation/runs/stage_schemas.json || { echo "stale: run make schema"; exit 1; }

check-api: $(SCRATCH)
	$(SAY) "API document: as the server describes itself"
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(SCRATCH)/schema.yml
	@cmp $(SCRATCH)/schema.yml $(API)/schema.yml || { echo "stale: run make schema"; exit 1; }
	@cd frontend && $(NODE) npx --no openapi-typescript ../$(SCRATCH)/schema.yml --output ../$(SCRATCH)/schema.d.ts >/dev/null
	@cmp $(SCRATCH)/schema.d.ts $(API)/schema.d.ts || { echo "stale: run make schema"; exit 1; }
	@$(BIN)/python -m tiebreak.generate --check

check-frontend:
	$(SAY) "Browser application: types and translations"
	@cd frontend && $(NODE) npm run --silent check

$(SCRATCH):
	@mkdir -p $@

schema: $(STAMPS)/requirements-dev frontend/node_modules/.ready  ## Write what is generated: API document, its types, the Python client's, stage settings
	@$(BIN)/python -m rewardmodel schema > annotation/runs/stage_schemas.json
	@$(BIN)/python -m annotation.local run -- $(BIN)/python manage.py spectacular --validate --file $(API)/schema.yml
	@cd frontend && $(NODE) npm run --silent schema

demo: setup  ## Close the loop twice without people; writes demo-report/
	@$(BIN)/python -m workers.demo run

bench: setup  ## Measure hand-out, import, reward updates and decoding
	$(SAY) "Hand-out: 40 labelers without think time"
	@$(BIN)/python -m benchmarks.hand_out --items 50000 --labelers 40 --seconds 20
	$(SAY) "Hand-out: 40 labelers who rank once in 5 seconds"
	@$(BIN)/python -m benchmarks.hand_out --items 50000 --labelers 40 --seconds 60 --think 5
	$(SAY) "Import"
	@$(BIN)/python -m benchmarks.import_rows
	$(SAY) "Reward updates with shared prompts"
	@$(BIN)/python -m benchmarks.shared_prompts
	$(SAY) "Decoding"
	@$(BIN)/python -m benchmarks.decoding

bench-trl: setup  ## Train beside TRL, installed in an environment of its own
	@$(BIN)/python -m benchmarks.against_trl.reward --rounds 3 --warm-up 1 --tokens 8192
	@$(BIN)/python -m benchmarks.against_trl.ppo

bench-learning: setup  ## Check that learning follows a hidden true reward; writes bench-learning-report/
	@$(BIN)/python -m benchmarks.learning

clean:  ## Remove what was built; var/ with its data stays
	rm -rf .venv $(SCRATCH) frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
