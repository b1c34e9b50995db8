# Everything a person types while working on Baton. Needs python3 (3.11 or newer, with venv), make and git; each target
# first sets up .venv from the locked requirements, so a fresh clone needs no other step.

BIN := .venv/bin
READY := .venv/.ready
PYTHON ?=

# Baton and its tests start the `temporal` binary that came with the locked libraries. Bytecode is kept, whatever the
# environment says: the sandbox imports the workflows anew for each conversation, and tests start many processes.
RUN = PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONDONTWRITEBYTECODE=

# `uv` is fetched for this one target: nobody else needs it.
UV_COMPILE = $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo up test test-slow check bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## Play the demonstration on a local Temporal server (ARGS="--help" for more)
	@$(RUN) $(BIN)/baton demo $(ARGS)

up: $(READY) ## Run server, UI and worker on this machine until Ctrl-C (ARGS="--help" for more)
	@$(RUN) $(BIN)/baton up $(ARGS)

test: $(READY) ## Run the tests (ARGS="tests/policies -k breach" to choose)
	@$(RUN) $(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests)

test-slow: $(READY) ## Run the slow tests, too: many processes, soaks, thousands of examples (CI runs `python -m tests --slow`)
	@$(RUN) $(BIN)/python -m pytest -m "slow or soak" $(ARGS)

check: $(READY) ## Check format, lint, types, import directions, dependencies and plain words
	@failed=""; \
	step() { name="$$1"; shift; printf '\n== %s\n' "$$name"; "$$@" || failed="$$failed $$name,"; }; \
	step "format (ruff format .)" $(BIN)/ruff format --check .; \
	step "lint (ruff check)" $(BIN)/ruff check .; \
	step "types (basedpyright)" $(BIN)/basedpyright; \
	step "import directions (lint-imports)" $(BIN)/lint-imports --no-logo; \
	step "dependencies (deptry)" $(BIN)/deptry .; \
	step "plain words (python -m tests.plain_words)" $(BIN)/python -m tests.plain_words; \
	if [ -n "$$failed" ]; then printf '\nFailed:%s\n' "$${failed%,}"; exit 1; fi; \
	printf '\nAll checks passed.\n'

bench: $(READY) ## Measure throughput and lateness (ARGS="--help" for more)
	@$(RUN) $(BIN)/python -m bench $(ARGS)

lock: $(READY) ## Resolve both lock files anew
	@$(BIN)/pip install --quiet uv
	$(UV_COMPILE) --all-extras --output-file requirements.lock
	$(UV_COMPILE) --extra postgres --extra otlp --extra notify --extra sentiment --extra tagger --extra build --output-file requirements-runtime.lock

clean: ## Remove the environment, caches and build leftovers (keeps .baton, which holds data)
	@rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted set-up starts again. `--no-build-isolation` keeps the editable install
# from fetching a build tool that the lock did not pin. PYTHON=/path/to/python chooses one by hand.
$(READY): requirements.lock pyproject.toml
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Baton needs Python 3.11 or newer with venv: install the packages python3.12 and python3.12-venv (or newer), then run make again." >&2; exit 1; fi; \
	if [ -x $(BIN)/python ]; then echo "Updating .venv…"; else echo "Setting up .venv (first time, about a minute)…"; fi; \
	"$$found" -m venv .venv && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	touch $@
