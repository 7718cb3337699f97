# Everything from nothing but python3 (3.11 or later) and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-virtualenv
MADE   := $(VENV)/.made
RUN    := $(VENV)/.ready-to-run
DEV    := $(VENV)/.ready-to-develop

.DEFAULT_GOAL := help
.PHONY: help run test check docs bench soak fuzz clean

help:  ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1	\2/' | expand -t 16

run: $(RUN)  ## a Bell pair on the embedded QPU: states, counts, what to do next
	@$(BIN)/qcaas demo

test: $(DEV)  ## all tests
	@$(BIN)/python -m pytest

check: $(DEV)  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(DEV)  ## run every code block of README and docs/
	@$(BIN)/python -m pytest tests/docs

bench: $(DEV)  ## all benchmarks (one alone: python -m bench NAME)
	@$(BIN)/python -m bench

soak: $(DEV)  ## what the tests hold, at full size: bad weather, kill -9, damaged files (about ten minutes)
	@$(BIN)/python -m tests.soak

fuzz: $(DEV)  ## coverage-guided fuzzing of what reads files, for a minute (SECONDS=600 for ten)
	@$(PIP) --group fuzz
	@$(BIN)/python -m tests.soak.fuzz $(or $(SECONDS),60)

clean:  ## remove what the targets above have made
	rm -rf $(VENV) .envs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# A stamp, not the interpreter, says that the environment is whole: an interrupted one is made again.
$(MADE):
	@command -v $(PYTHON) >/dev/null || { echo "there is no $(PYTHON): install Python 3.11 or later, or try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "qcaas-sdk needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@echo "making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade "pip>=25.1" 2>$(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@

$(RUN): $(MADE) pyproject.toml
	@echo "installing the package, the simulator and the command line (a minute or two, once) ..."
	@$(PIP) --editable ".[local,cli]" 2>$(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@

$(DEV): $(RUN)
	@echo "installing what tests and checks need ..."
	@$(PIP) --editable ".[local,cli,speed,testing]" --group dev 2>$(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@
