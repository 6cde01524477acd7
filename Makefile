# Everything a person or CI does here. `make` lists the targets; each makes what it needs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Works with an empty environment and without a home.
ifeq ($(strip $(PATH)),)
PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
endif
ifeq ($(strip $(HOME)),)
HOME := $(CURDIR)/.make/home
endif
ifeq ($(strip $(LANG)$(LC_ALL)),)
LC_ALL := C.UTF-8
export LC_ALL
endif
export PATH HOME
# One thread for each test worker and task: two cores are shared by all of them.
export OMP_NUM_THREADS ?= 1

BIN := .venv/bin
STOCK := .venvs/stock
# The environment is made again when one of these changes.
INPUTS := pyproject.toml constraints.txt .ci/setup
KEY := $(shell cat $(INPUTS) | cksum | tr ' ' '-')
READY := .make/dev-$(KEY)
STOCK_READY := .make/stock-$(KEY)
NOTEBOOK ?= example_notebooks/monday_report.ipynb
# How many tests run at once.
WORKERS ?= 2
# Further arguments for pytest: make test ARGS="-k alias"
ARGS ?=

.PHONY: help setup stock demo test check lint format typecheck imports docs golden path bench corpus \
	nightly wheel constraints clean distclean

help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' Makefile

# --- environments ---

$(READY): $(INPUTS)
	@mkdir -p .make "$(HOME)"
	@rm -f .make/dev-*
	@echo "Setting up .venv (a minute or two the first time)"
	@.ci/setup .venv -c constraints.txt -e '.[run]' --group dev
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q kernels
	@touch $@

$(STOCK_READY): $(READY)
	@rm -f .make/stock-*
	@echo "Setting up $(STOCK): ipykernel and papermill, nothing else"
	@.ci/setup $(STOCK) -c constraints.txt ipykernel papermill
	@touch $@

setup: $(READY) ## Make the development environment in .venv.

stock: $(STOCK_READY) ## Make the environment for `make path`: ipykernel and papermill alone.

# --- what people do ---

demo: $(READY) ## Turn an example notebook into its graph, run it task by task, show the results.
	@echo "== The graph of $(NOTEBOOK), and why each edge is there"
	@$(BIN)/cellweave graph $(NOTEBOOK)
	@echo
	@echo "== The same notebook, run as a workflow: each task through papermill, in its own process"
	@$(BIN)/cellweave run $(NOTEBOOK) --output .make/demo
	@echo
	@echo "== What its cells showed"
	@$(BIN)/python .ci/show.py .make/demo/$(notdir $(NOTEBOOK))

test: $(READY) ## Run the test suite (ten minutes at most on two cores).
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not path and not nightly and not (corpus and slow)" $(ARGS)

check: lint typecheck imports docs ## Lint, types, import arrows, generated files, docs: what CI holds.

path: $(READY) $(STOCK_READY) ## The longest way through: untouched notebook → bundle → stock papermill → equal values.
	@CELLWEAVE_STOCK_PYTHON=$(CURDIR)/$(STOCK)/bin/python $(BIN)/python -m pytest -m path tests/path $(ARGS)

bench: $(READY) ## Measure, side by side with marimo and papermill, and store the numbers.
	@$(BIN)/python tests/bench/run.py $(ARGS)

corpus: $(READY) ## Verify all the real notebooks (about an hour; fetches them).
	@$(BIN)/python -m pytest -n $(WORKERS) -m corpus tests/corpus $(ARGS)

nightly: $(READY) ## Thousands of generated notebooks against plain Python.
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n $(WORKERS) -m "nightly" $(ARGS)

# --- the parts of check ---

lint: $(READY) ## ruff: rules and formatting.
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@echo "lint: good"

format: $(READY) ## Let ruff fix and format what it can.
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

typecheck: $(READY) ## mypy, strict.
	@$(BIN)/mypy

imports: $(READY) ## import-linter: the packages point downwards.
	@PYTHONPATH=kernels $(BIN)/lint-imports --no-cache --no-logo

docs: $(READY) ## Check that the generated pages are fresh and build the site into site/.
	@$(BIN)/python docs/generate.py --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict >.make/docs.log 2>&1 || { cat .make/docs.log; exit 1; }
	@echo "docs: good, in site/"

golden: $(READY) ## Make generated pages and golden files again; then read the diff.
	@$(BIN)/python docs/generate.py
	@CELLWEAVE_GOLDEN=write $(BIN)/python -m pytest -q tests/example_notebooks/test_golden.py
	@git --no-pager diff --stat

wheel: $(READY) ## Build the wheel and try it in an environment of its own.
	@rm -rf dist .venvs/wheel
	@$(BIN)/uv build --wheel --quiet --no-build-isolation --python $(BIN)/python
	@.ci/setup .venvs/wheel dist/*.whl
	@.venvs/wheel/bin/cellweave --version
	@.venvs/wheel/bin/cellweave graph $(NOTEBOOK) >/dev/null
	@.venvs/wheel/bin/cellweave explain alias-split | cmp - docs/errors/alias-split.md
	@.venvs/wheel/bin/cellweave explain --json >/dev/null # reads every page
	@echo "wheel: good"

constraints: $(READY) ## Pin the development environment anew, for every platform and Python.
	@UV_SYSTEM_CERTS=1 $(BIN)/uv pip compile --quiet --universal --upgrade --no-annotate --no-emit-index-url \
		--no-header --group dev --extra run pyproject.toml -o constraints.txt

clean: ## Remove what was built, keep the environments.
	@rm -rf build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find kernels tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove the environments too.
	@rm -rf .venv .venvs .make
