# Two commands matter: `make run` and `make test`. The rest is for those who change the system.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The machine's own Python makes the environment; everything after that runs inside it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; \
	done)
IN := .venv/bin/python
T ?= tests
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

# Some machines forbid Python to keep what it compiled: then each worker, and each of the hundred
# programs that tests start, compiles all our files anew.
unexport PYTHONDONTWRITEBYTECODE

# What runs side by side is said one after the other, where make knows how.
AS_ONE_PIECE = $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help set-up set-up-tests run test check check-types check-else audit fix lock migration screenshots relay textsafe-drain bench storm chaos chaos-plants year assets clean

help: ## what can be typed here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

set-up:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: sudo apt-get install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -m tools.set_up run

set-up-tests:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: sudo apt-get install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -m tools.set_up test

run: set-up ## start the whole helpline here, with a pretend telephone exchange (PORT=8116 DATA_DIR=./data)
	@exec $(IN) -m tools.run

test: set-up-tests ## run the whole test suite, or a part of it: make test T=tests/journeys
	@$(IN) -m tools.chromium
	@$(IN) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(T)

check: set-up-tests ## style, lint, types, security, import rules, templates and the quick tests
	@$(MAKE) --jobs=2 $(AS_ONE_PIECE) check-types check-else

check-types:
	@$(IN) -m mypy

# Beside the types, as those take half of the time.
check-else:
	@$(IN) -m ruff format --check .
	@$(IN) -m ruff check .
	@.venv/bin/bandit --quiet --configfile pyproject.toml --recursive helpline exchange tools
	@.venv/bin/lint-imports
	@.venv/bin/djlint templates exchange/pages --lint --quiet
	@$(IN) -m pytest -q -m "not whole" tests/house_rules tests/tools

audit: set-up-tests ## ask whether a locked package has a known hole, where anybody can be asked
	@$(IN) -m tools.package_audit

fix: set-up-tests ## put style right where a machine can
	@$(IN) -m ruff check --fix .
	@$(IN) -m ruff format .

lock: set-up-tests ## write the lock files anew from requirements/*.in and package.json
	@$(LOCK) requirements/run.in -o requirements/run.txt
	@$(LOCK) -c requirements/run.txt requirements/dev.in -o requirements/dev.txt
	@$(LOCK) requirements/node.in -o requirements/node.txt
	@npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

migration: set-up-tests ## write the next migration from the models: make migration NAME=what_it_adds
	@test -n "$(NAME)" || { echo "Say what it does: make migration NAME=what_it_adds" >&2; exit 2; }
	@$(IN) -m tools.migration "$(NAME)"

screenshots: set-up-tests ## take the pictures in the README anew
	@$(IN) -m tools.chromium
	@$(IN) -m tools.screenshots

relay: set-up-tests ## try 2,000 made-up stories of Message Home (a quarter of an hour)
	@RELAY_RUNS=2000 $(IN) -m pytest -q tests/helpline/messages/test_relay_property.py

storm: set-up-tests ## ten thousand storms over the texting line (half an hour and more); RUNS=500 for fewer
	@RUNS=$(or $(RUNS),10000) $(IN) -m pytest --timeout=0 tests/helpline/sms/test_texts_survive_anything.py

textsafe-drain: set-up-tests ## 10,000 requests of police leave while the worker is killed ten times (twenty minutes)
	@DRAIN=$(or $(DRAIN),10000) KILLS=$(or $(KILLS),10) PER_SECOND=$(or $(PER_SECOND),10) $(IN) -m pytest -q -s --timeout=0 tests/helpline/textsafe/test_drain.py

bench: set-up-tests ## measure speed against bare floors (under 15 minutes); ONLY=a_inbound for a part
	@$(IN) -m bench $(ONLY)

chaos: set-up-tests ## kill, cut off and fill up whatever runs, and count (half an hour; SHARE=0.1, FAULTS=R1,R4)
	@$(IN) -m chaos

chaos-plants: set-up-tests ## put a fault into the code thirteen times and see each one noticed
	@$(IN) -m chaos.planting

year: set-up-tests ## weeks of a year on the line, beside Erlang-A (WEEKS=4 in ten minutes on two cores, 52 in an hour and more); goes on where it stopped
	@$(IN) -m simulation

assets: set-up ## fetch the front-end files

clean: ## remove the environment and the fetched files (not the data)
	@rm -rf .venv static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
