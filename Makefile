# The front door: `make demo`, `make test`. Everything runs in .venv, installed from requirements.lock.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
RUN := $(BIN)/python
EXAMPLES ?= 5000
FUZZED := tests/headerspace tests/gcp/firewall/test_fuzz.py tests/gcp/firewall/test_shadow.py \
	tests/gcp/firewall/test_reach.py tests/gcp/paths/test_routes.py tests/gcp/paths/test_splits.py

.PHONY: demo test check format bench docs golden recordings lock fuzz clean redis-server

demo: .venv/installed  ## Judge the incident and its repair, and say what a pipeline would have seen
	@$(RUN) -m tools.demo

test: .venv/installed redis-server  ## The whole test suite, without network
	@$(RUN) -m pytest

redis-server:  # what the tests of redis.ping talk to; without it they are skipped, except in CI
	@command -v redis-server >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing redis-server ..."; \
			apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null; \
		else \
			echo "no redis-server: the tests of redis.ping will be skipped. To run them: sudo apt-get install redis-server (macOS: brew install redis)" >&2; \
		fi; }

fuzz: .venv/installed  ## The random tests for long, with a seed to repeat them by: SEED=..., EXAMPLES=...
	@seed=$(or $(SEED),$$(date +%s)); echo "seed $$seed: repeat with \`make fuzz SEED=$$seed EXAMPLES=$(EXAMPLES)\`"; \
		VALIDATE_INFRA_FUZZ=$(EXAMPLES) $(RUN) -m pytest --hypothesis-seed=$$seed $(FUZZED)

check: .venv/installed  ## Lint, types, layers, and docs in step
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(RUN) -m tools.docs --check

bench: .venv/installed  ## Measure, print, and keep bench/results/latest.json
	@$(RUN) -m bench

format: .venv/installed  ## Format, and mend what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: .venv/installed  ## Regenerate docs/checks.md and the ruleset's schema
	@$(RUN) -m tools.docs

golden: .venv/installed  ## Regenerate golden reports; review the diff
	@$(RUN) -m tests.report.regenerate

recordings: .venv/installed  ## Record the embedded demo environments from the emulator again
	@$(RUN) -m tests.environments.record

lock:  ## Resolve requirements.lock anew, for every supported Python
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile setup.cfg --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command 'make lock' \
		--quiet --output-file requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/installed: requirements.lock setup.cfg pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "validate-infra needs Python 3.11 or newer (PYTHON=$(PYTHON)); make demo PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "installing into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
