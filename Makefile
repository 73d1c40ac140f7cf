# Two commands do it all on a bare machine: `make demo` and `make test`. The rest is for those who work here.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: demo test lint format types layers unit docs campaign wheel clean run-env dev-env

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
OUT ?= demo-out

demo: run-env
	rm -rf "$(OUT)"
	$(BIN)/takeback demo --out "$(OUT)"

test: dev-env lint types layers unit docs

lint: dev-env
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell src tests docs scripts README.md CONTRIBUTING.md SECURITY.md CODE_OF_CONDUCT.md changelog.d

types: dev-env
	$(BIN)/mypy

layers: dev-env
	$(BIN)/lint-imports --no-cache

unit: dev-env
	$(BIN)/pytest -n 2 --dist loadfile -m "not campaign"

docs: dev-env
	$(BIN)/sphinx-build -q -n -W --keep-going -b html docs docs/_build/html

format: dev-env
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The full benches and slow campaigns; their figures are kept in docs/figures/.
campaign: dev-env
	$(BIN)/pytest -m campaign
	$(BIN)/python scripts/campaign.py

wheel: dev-env
	rm -rf dist
	$(BIN)/python -m hatchling build

clean:
	rm -rf $(VENV) dist demo-out docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

run-env: $(VENV)/run.stamp
dev-env: $(VENV)/dev.stamp

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "takeback needs Python 3.11 or newer as $(PYTHON) (or: make PYTHON=python3.12 ...)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv), then run make again" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/build.stamp: $(VENV)/python.stamp requirements/build.txt
	$(PIP) --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/run.stamp: $(VENV)/build.stamp requirements/run.txt pyproject.toml
	$(PIP) --require-hashes --no-build-isolation -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(PIP) --require-hashes --no-build-isolation -r requirements/dev.txt
	@touch $@
