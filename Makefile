# Everything a newcomer needs: `make demo` to see it work, `make run` to use it.
# Each target installs what it needs into .venv, every package pinned by its hash.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# No address of an index is written (the default): files say what, the machine says from where.
# Extras stay in the pins: pip takes `name[extra]` without one for unpinned once `name` has a newer version.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras $(UPGRADE)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo run test check format docs site texts conformance faults soak bench lock audit sbom clean
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.demo ## Try it without an account: simulated ChatGPT, sign-in, two answers (ONESHOT=1: then end)
	@$(BIN)/python scripts/demo.py $(ARGS)

run: .venv/.run ## Use it: sign in with ChatGPT and serve (ARGS="--port 8000")
	@$(BIN)/codex2api serve $(ARGS)

install: .venv/.dev ## Install everything for development

test: check ## Run every check and every test (ARGS="tests/api")
	@$(BIN)/pytest --numprocesses=3 --dist=loadfile $(ARGS)

check: .venv/.dev ## Run the checks alone: format, lint, types, imports, sizes
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports --no-logo
	@$(BIN)/pytest tests/test_house.py

format: .venv/.dev ## Format the code, and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: .venv/.dev ## Write the pages that are made from code
	@$(BIN)/python scripts/write_parameters.py
	@$(BIN)/python scripts/write_reference.py
	@$(BIN)/python scripts/write_clients.py
	@$(BIN)/python -m faults.page

site: .venv/.dev ## Build the site of the docs into site/, without a network
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

texts: .venv/.dev ## Collect the texts for people into the catalogues, and compile those
	@$(BIN)/python scripts/write_texts.py

conformance: .venv/.dev ## Real clients against the product; writes docs/conformance.md (ARGS="--check")
	@CONFORMANCE_CASES=1000 $(BIN)/pytest tests/conformance/test_fuzz.py
	@$(BIN)/python scripts/conformance.py $(ARGS)

faults: .venv/.dev ## Do every fault of docs/faults.md to the product (ARGS="12 44-60 --json FILE")
	@$(BIN)/python -m faults $(ARGS)

soak: .venv/.dev ## Hold it under load, a third of it in trouble (ARGS="--requests 100000")
	@$(BIN)/python -m faults.soak $(ARGS)

bench: .venv/.dev ## Measure CPU a request and a delta (ARGS as of python -m bench)
	@$(BIN)/python -m bench $(ARGS)

lock: .venv/.dev ## Compile requirements/*.txt again (UPGRADE=--upgrade: newest versions)
	$(COMPILE) --extra dev -o requirements/dev.txt pyproject.toml requirements/build.in requirements/demo.in
	$(COMPILE) --extra postgres --extra simulator -c requirements/dev.txt -o requirements/run.txt pyproject.toml requirements/build.in
	$(COMPILE) --extra postgres --extra simulator -c requirements/dev.txt -o requirements/demo.txt pyproject.toml requirements/build.in requirements/demo.in

audit: .venv/.dev ## Ask whether a pinned package has a known vulnerability (needs the public package index)
	@$(BIN)/python scripts/audit.py $(ARGS)

sbom: .venv/bin/python ## Write dist/sbom.json: what is installed with codex2api, with hashes (CycloneDX)
	@$(BIN)/python scripts/sbom.py --out dist/sbom.json

clean: ## Remove .venv and everything else that was made here
	rm -rf .venv dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	find src tests scripts bench faults -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: .venv/.run says that requirements/run.txt and the package itself are installed.
.venv/.%: requirements/%.txt pyproject.toml | .venv/bin/python
	@echo "Installing requirements/$*.txt into .venv ..."
	@$(PIP) install --require-hashes --prefer-binary -r $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "codex2api needs Python 3.11 or newer; none was found. Install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) could not make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
