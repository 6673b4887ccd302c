# Everything a person or CI does with this checkout. Each target installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
PAGE := src/runyard/page/built/index.html
PAGE_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/src/api/generated/*')
HOST ?= 127.0.0.1
PORT ?= 5000
# More than cores: much of a test is waiting for other processes.
WORKERS ?= 3
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

.PHONY: help web web-checks screenshots chromium serve test coverage bench docs lint types layers checks ci lock clean postgres

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

$(RUN_STAMP): requirements.lock pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" tools/install.sh $(VENV) requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock requirements.lock pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" tools/install.sh $(VENV) requirements-dev.lock
	@touch $@ $(RUN_STAMP)

# Both kinds of environment have what builds the page.
$(PAGE): $(PAGE_SOURCES) tools/build_page.py | $(RUN_STAMP)
	@$(BIN)/python tools/build_page.py
	@touch $@

web: $(PAGE) ## build the web page, which `make serve` does by itself

web-checks: $(DEV_STAMP) $(PAGE)
	$(BIN)/python tools/openapi.py --check
	$(BIN)/python tools/build_page.py client types lint test

screenshots: $(DEV_STAMP) $(PAGE) chromium ## take the pictures of every page again, into docs/_static/screenshots
	$(BIN)/python -m tools.screenshots

chromium:
	@tools/need-chromium.sh

postgres:
	@tools/need-postgres.sh

serve: $(RUN_STAMP) $(PAGE) ## serve the product with example tasks on http://127.0.0.1:5000
	@test -d tasks || $(BIN)/runyard init tasks
	@exec $(BIN)/runyard serve --tasks tasks --app tasks/_app.py --host $(HOST) --port $(PORT)

test: $(DEV_STAMP) $(PAGE) postgres chromium ## run every test
	$(PYTEST)

coverage: $(DEV_STAMP) postgres ## run the tests of what runs in-process, and show what they cover
	$(PYTEST) --cov --cov-report=term:skip-covered tests/domain tests/definitions \
	  tests/store tests/runtime tests/api tests/sdk

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	$(BIN)/mypy

layers: $(DEV_STAMP)
	$(BIN)/lint-imports

bench: $(DEV_STAMP) ## measure, as ratios to peers in the same run
	$(BIN)/python -m benchmarks

docs: $(DEV_STAMP) ## build the documentation into docs/_build/html
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

checks: lint layers types web-checks

# The checks run beside the tests, which leave room; the tests also build the documentation, with
# warnings as errors.
ci: $(DEV_STAMP) $(PAGE) postgres chromium ## all that must be green
	@$(MAKE) --no-print-directory -j2 checks test

lock: $(DEV_STAMP) ## bring the pinned versions up to date
	tools/lock.sh $(BIN)/uv

clean: ## remove what was installed and built
	rm -rf $(VENV) docs/_build web/node_modules web/src/api/generated src/runyard/page .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
