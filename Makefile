# One command for a person, a hook and a server alike. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: some tests wait for time limits to pass, and others for processes to start.
WORKERS ?= $(shell expr $$(nproc) + 1)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

export PORT LARGESSE_HOME
# Each process that a test starts would compile all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve install test check coverage screens format bench mutants docs lock locks messages clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

serve: $(VENV)/.runtime ## install what it needs, then run everything with a demo merchant
	@exec $(BIN)/largesse serve --demo

install: $(VENV)/.test ## make .venv with everything that development and tests need

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Largesse needs Python 3.11 or newer, and this is " + sys.version.split()[0] + \
	  ". Name another: make PYTHON=/path/to/python3.11 …")'
	@$(PYTHON) -m venv $(VENV) || { echo "Could not make $(VENV). On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements/runtime.txt pyproject.toml
	@echo "Installing what Largesse runs on …"
	@$(PIP) --require-hashes -r requirements/runtime.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

check: $(VENV)/.test ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## check, then run the whole suite
	$(BIN)/pytest -n $(WORKERS) --dist=worksteal -m "not bench" tests

coverage: $(VENV)/.test ## run the whole suite, and say which lines it never saw
	$(BIN)/pytest -n $(WORKERS) --dist=worksteal -m "not bench" --cov --cov-report=term:skip-covered tests

bench: $(VENV)/.test ## measure, beside the yardsticks of the same run
	@exec $(BIN)/python -m tests.bench

mutants: $(VENV)/.test ## put single faults into the ledger, and tell which no test notices (N=0 tries all)
	@exec $(BIN)/python -m tests.mutants --n $(or $(N),200) --seed $(or $(SEED),1) --only "$(ONLY)" --workers $(WORKERS)

screens: $(VENV)/.test ## take pictures of every page, in artifacts/screens
	LARGESSE_SCREENS=1 $(BIN)/pytest -n $(WORKERS) --dist=worksteal tests/browser

format: $(VENV)/.test ## mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.runtime ## write the pages that are made from the code
	$(BIN)/python -m largesse.app.error_catalogue > docs/errors.md
	$(BIN)/python -m largesse.app.openapi > docs/openapi.json
	$(BIN)/python -m largesse.app.rest_document > docs/api-v1.json
	$(BIN)/python -m largesse.app.posting_table > docs/internals/postings.md
	$(BIN)/python -m largesse.app.partner_fields docs/howto/partner-api.md

lock: ## resolve requirements/*.txt anew (needs uv)
	@for part in runtime test; do \
	  extra=""; [ $$part = test ] && extra="--extra test"; \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-strip-extras $$extra $(LOCK_OPTIONS) pyproject.toml requirements/build.in \
	    -o requirements/$$part.txt; \
	done

locks: $(VENV)/.test ## try the lock files with the oldest and the newest pip of every Python that is here
	@exec $(BIN)/python -m tests.locks

messages: $(VENV)/.test ## add what pages say to the catalogues of every language, to be translated
	@$(BIN)/python -m tests.support.messages

clean: ## remove what can be made again; never the data folder
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
	  .hypothesis htmlcov screenshots artifacts dist
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
