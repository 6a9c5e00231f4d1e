# Everything runs from .venv, which `make setup` makes; nothing else has to be installed first.
# ARGS goes on to the command, for example: make demo ARGS="--stay"   make test ARGS="tests/unit -k house"

PY := .venv/bin/python
# Without compiled modules every process of the platform would compile a thousand at its start.
unexport PYTHONDONTWRITEBYTECODE
BENCHES := pipeline commit intake timers footprint clients reply-check commands metrics
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint type proto monitoring lock prove bench clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv and install the locked packages (again: does nothing, needs no network)
	@scripts/setup.sh

demo: setup ## real Kafka, PostgreSQL and services; complaints from five channels to their closure
	@.venv/bin/amends demo $(ARGS)

# The types are read beside the tests, which in the beginning mostly wait for servers to start.
test: setup lint ## every check and every test but the slow proofs
	@$(PY) -m mypy & types=$$!; $(PY) -m pytest --numprocesses 2 $(ARGS); tests=$$?; \
	wait $$types || { echo "mypy found the faults named above" >&2; exit 1; }; exit $$tests

lint: setup ## style, format, import contracts, YAML
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/yamllint --strict .

type: setup ## mypy, strict, on services/
	@$(PY) -m mypy

proto: setup ## generate protos/gen, docs/events.md and protos/asyncapi.yaml from protos/
	@$(PY) protos/generate.py
	@$(PY) protos/events_doc.py

monitoring: setup ## generate rules and dashboards from deploy/observability
	@$(PY) -m deploy.observability.generate

lock: setup ## resolve requirements/*.in anew and write the hashed locks
	@scripts/lock.sh $(ARGS)

prove: setup ## the slow proofs: minutes of load, thousands of trials
	@$(PY) -m pytest tests -m prove --timeout 3600 $(ARGS)
	@$(PY) -m pytest tests/unit --numprocesses 2 --timeout 3600 --hypothesis-profile thorough

bench: setup ## the published figures, each as one JSON object
	@for name in $(BENCHES); do .venv/bin/amends bench "$$name" --json $(ARGS) || exit 1; done

clean: ## remove .venv, caches and builds; the embedded servers' data in .amends stays
	rm -rf .venv .setup.log .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
