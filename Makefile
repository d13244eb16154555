# Volunteer Hub: `make` or `make help` lists what there is to do.
#
# Needs Python 3.11 or newer, git and a network to PyPI; nothing else. The rest is set up below:
# uv (taken from PyPI into .venv-uv when the machine has none) and the locked dependencies (.venv).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format bench setup clean

PYTHON ?= python3
ifndef UV
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .venv-uv/bin/uv)
endif
PY := .venv/bin/python
STAMP := .venv/.set-up

# Only the interpreter that is here: no download but packages from PyPI. A virtual environment
# that happens to be active is not the project's.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON ?= $(PYTHON)
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV
# Some machines forbid Python to keep what it compiled; every start would compile the dependencies again (8 s).
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets and the settings
	@echo "Volunteer Hub 志愿汇"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Settings, given in front (HUB_HOME=/srv/hub make run) or exported:"
	@echo "  HUB_HOME              folder that holds all state          (./data)"
	@echo "  HUB_DASHBOARDS_PORT   port of the dashboards               (8501)"
	@echo "  HUB_DAGSTER_PORT      port of Dagster's page               (3000)"
	@echo "  HUB_OPERATIONS_URL    operational database, a URL          (SQLite below HUB_HOME)"
	@echo "All of them: docs/operating-guide.md. The program behind: $(PY) -m hub --help"

run: $(STAMP) ## sample city if there is no data yet, pipelines, then Dagster and the dashboards
	@exec $(PY) -m hub up

test: $(STAMP) ## set up what the tests need (PostgreSQL, a browser), then check and run all tests
	@.ci/prepare-tests
	@$(MAKE) --no-print-directory check
	@exec $(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

check: $(STAMP) ## the fast gate: format, lint, types, layering
	@$(PY) -m ruff format --check --quiet . || { echo "Not formatted as agreed: run 'make format'."; exit 1; }
	@$(PY) -m ruff check --quiet .
	@.venv/bin/pyrefly check --summary=none
	@.venv/bin/lint-imports --no-logo >.venv/.layering 2>&1 || { cat .venv/.layering; exit 1; }
	@echo "Format, lint, types and layering are fine."

format: $(STAMP) ## put format and import order right
	@$(PY) -m ruff check --quiet --select I --fix .
	@$(PY) -m ruff format .

bench: $(STAMP) ## print the figures that the README claims, measured now (some minutes)
	@exec $(PY) -m benchmarks

setup: $(STAMP) ## only set up: uv and the locked dependencies

clean: ## remove what setup made; the data stays
	rm -rf .venv .venv-uv .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Once for each lock file. A broken environment (Python upgraded, clone moved) is made anew.
$(STAMP): uv.lock pyproject.toml .ci/ensure-uv
	@.ci/ensure-uv "$(PYTHON)" "$(UV)"
	@$(PY) -c "" 2>/dev/null || rm -rf .venv
	@echo "Setting up: the locked dependencies (once; about a minute) ..."
	@"$(UV)" sync --locked --quiet --compile-bytecode || { echo "The dependencies could not be installed: see above." \
	    "Behind a proxy set HTTPS_PROXY; without a network see docs/operating-guide.md." >&2; exit 1; }
	@touch $@
