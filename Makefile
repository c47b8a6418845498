# `make demo` and `make test` are all a newcomer types; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint bench messages docs lock clean

help:
	@echo "make demo      the whole path on an example: assessed, tested, sealed, verified, replayed"
	@echo "make sample    the sample dossier and its reports again, in reports/sample"
	@echo "make test      lint, types, rooms, messages and every test"
	@echo "make lint      the same without the tests"
	@echo "make bench     speed, as ratios against references measured in the same run"
	@echo "make messages  compile the English messages, say what is missing"
	@echo "make docs      write the pages that are made of the suites"
	@echo "make lock      renew the lock file"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)
	@rm -rf demo
	@$(BIN)/mes-conformity demo --into demo

sample: $(READY)
	$(BIN)/python .ci/sample.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python .ci/messages.py --check

test: lint
	$(BIN)/pytest -n 2 --cov --cov-report=term

bench: $(READY)
	$(BIN)/python -m benchmarks

messages: $(READY)
	$(BIN)/python .ci/messages.py

docs: $(READY)
	$(BIN)/python .ci/cases.py

lock: $(READY)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
