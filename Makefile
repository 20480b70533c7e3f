# Everything a contributor or CI runs; needs python3, venv and make.  Each target makes what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints/cpu.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
BENCHMARKS := matrix_games saddle sequential gan
BENCHOPT := PATH="$(abspath $(BIN)):$$PATH" $(BIN)/benchopt  # it looks for pytest on the path
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

.PHONY: help demo test test-long lint bench bench-small docs notebooks clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

# A stamp for each extra: installed once, and again when pyproject.toml changes.
$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml constraints/cpu.txt
	$(BIN)/pip install --quiet --editable ".[plot]"
	touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml constraints/cpu.txt
	$(BIN)/pip install --quiet --editable ".[test]"
	touch $@ $(VENV)/.demo

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints/cpu.txt
	$(BIN)/pip install --quiet --editable ".[dev]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(VENV)/.docs: $(VENV)/.made pyproject.toml constraints/cpu.txt
	$(BIN)/pip install --quiet --editable ".[docs]"
	touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## solve two real games and draw the dynamics, into demo/
	$(BIN)/minmax demo --output demo

test: $(VENV)/.test  ## the default suite
	$(ONE_THREAD) $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

test-long: $(VENV)/.test  ## the laws that take minutes
	$(ONE_THREAD) $(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m long tests

lint: $(VENV)/.dev  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench-small: $(VENV)/.test  ## all benchmarks and speed tables at their smallest sizes, and the rules of benchopt
	$(BIN)/python benchmarks/results.py --small
	for name in $(BENCHMARKS); do $(BIN)/minmax bench $$name --small --out build/bench-$$name || exit 1; done
	for name in $(BENCHMARKS); do $(BENCHOPT) test benchmarks/$$name --skip-install -- -q || exit 1; done

bench: $(VENV)/.test  ## speed tables against every peer, into benchmarks/RESULTS.md; brings the peers, takes a day
	$(BIN)/pip install --quiet --editable ".[peers]"
	$(BIN)/python benchmarks/results.py

notebooks: $(VENV)/.docs  ## run the notebooks and keep what they show beside their scripts
	$(ONE_THREAD) $(BIN)/jupytext --quiet --to ipynb --execute notebooks/*.py

docs: $(VENV)/.docs  ## the documentation, into build/docs; a warning is an error
	$(BIN)/sphinx-build -q -W --keep-going -j auto -b html docs build/docs

clean:  ## remove what the targets made
	rm -rf $(VENV) build demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
