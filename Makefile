# The map of habits. Every target may be run again at any time: what is already there is not made twice.
#
# On a bare machine Python (3.11 or newer, with venv) is all that must be there:
#     make demo       the portal, with a small believable world in it
#     make test       everything that proves it

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Python keeps what it compiled. Containers like to forbid it; then each process compiles all its modules anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 3
TESTS ?= tests
FLOOR ?= 90
SECONDS ?= 30
SEEDS ?= 3
PROCESSES ?= 8

PURE := $(addprefix tests/unit/,commissions referral rules)
WHOLE := $(filter tests,$(TESTS))

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TRANSLATIONS := portal/translations
VENDOR := portal/static/vendor
FRONT := tests/static
WITH_NODE = PATH="$$(scripts/need-npm $(CURDIR)/$(VENV)):$$PATH"
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/messages.po))

.PHONY: help
help:  ## Say what can be made (this text)
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: setup
setup: $(VENV)/.project $(VENDOR)/htmx.min.js $(VENDOR)/echarts.min.js $(CATALOGUES)  ## Bring in all that running needs

.PHONY: demo
demo: setup  ## Start the portal with a small world in it, on PORT (8000)
	@exec $(BIN)/portal demo --port $(PORT)

.PHONY: test
test: setup-test  ## Lint, then run every test (TESTS=path narrows it, WORKERS=3)
	@$(MAKE) --no-print-directory -j 2 --output-sync=target $(if $(WHOLE),held,lint) compiled
	@$(if $(WHOLE),rm -f .pytest_cache/v/cache/lastfailed)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS) \
		$(if $(WHOLE),$(addprefix --ignore=,$(PURE) tests/house) || scripts/once-more $$? $(BIN)/python)

.PHONY: check
check: setup-test  ## What to run while working, within a minute: lint, types, the rules, the house, the tests you changed
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint checked

.PHONY: checked
checked: setup-test
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/unit tests/house \
		$$(git ls-files --modified --others --exclude-standard 'tests/*/test_*.py' | xargs -r ls -d 2>/dev/null)

.PHONY: measured
measured: setup-test  ## Run the pure rules' own tests; each line and branch of the rules must be reached (part of test)
	PORTAL_EXAMPLES=10 $(BIN)/python -m pytest -q -n 0 --cov --cov-fail-under=100 $(PURE)

.PHONY: held
held: lint  # behind the linters, by one process: it reads every file of the house once for all of them
	$(BIN)/python -m pytest -q -n 0 tests/house

.PHONY: coverage
coverage: setup-test  ## Which lines and branches of everything all tests reach; fails below FLOOR (90) percent; for the night
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --cov=commissions --cov=referral --cov=portal \
		--cov-report=term $(if $(WHOLE),--cov-fail-under=$(FLOOR)) $(TESTS)

.PHONY: slowest
slowest: setup-test  ## Run the tests, and say which take the most of a core (TESTS, WORKERS as above)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -p tests.slowest $(TESTS)

.PHONY: nightly
nightly: setup-test  ## What takes long: many examples of each property, worlds of many days (TESTS, WORKERS as above)
	PORTAL_NIGHTLY=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

.PHONY: compiled
compiled: setup-test $(if $(WHOLE),measured)  # Python and pytest keep what they compiled: once for all workers
	@$(BIN)/python -m pytest -qq --collect-only $(TESTS) >/dev/null 2>&1 || true

.PHONY: lint
lint: setup-test  ## ruff, mypy (strict), import floors, djlint; ESLint, stylelint and the scripts' own tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet . || { echo "not formatted: make format"; exit 1; }
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet templates
	@$(MAKE) --no-print-directory front

.PHONY: front
front: setup-test  # the scripts and styles in portal/static
	$(WITH_NODE) $(FRONT)/node_modules/.bin/eslint --config $(FRONT)/eslint.config.mjs portal/static/js $(FRONT)
	$(WITH_NODE) $(FRONT)/node_modules/.bin/stylelint --config $(FRONT)/stylelint.config.mjs --config-basedir $(FRONT) "portal/static/css/*.css"
	$(WITH_NODE) node --test --test-reporter=dot $(FRONT)/*.test.mjs

.PHONY: format
format: setup-test  ## Sort the imports and format all Python
	$(BIN)/ruff check --select I --fix --quiet .
	$(BIN)/ruff format --quiet .

.PHONY: bench
bench: setup-test  ## Measure, print a table, write bench/latest.json
	$(BIN)/python -m tests.benchmarks

.PHONY: contact-sheet
contact-sheet: setup  ## Draw every design of the posters with usual and extreme words, to look at (bench/posters/)
	$(BIN)/python -m scripts.contact_sheet

.PHONY: hammer
hammer: setup-test  ## Processes at the money, killed, and beside neighbours that fail (SECONDS=30, SEEDS=3, PROCESSES=8)
	$(BIN)/python -m tests.hammer --seconds $(SECONDS) --seeds $(SEEDS) --processes $(PROCESSES)

.PHONY: hammer-night
hammer-night: setup-test  ## 500 texts through a carrier that fails, and then is slow; ten minutes a database
	$(BIN)/python -m tests.hammer.night

.PHONY: messages
messages: setup  ## Collect the texts of the product into the catalogue, and compile it
	$(BIN)/pybabel -q extract -F babel.cfg -k "_ _l N_ _p:1c,2 _lp:1c,2 gettext ngettext:1,2 pgettext:1c,2 lazy_gettext lazy_ngettext:1,2" \
		--no-location --sort-output --omit-header -o $(TRANSLATIONS)/messages.pot .
	$(BIN)/pybabel -q update -i $(TRANSLATIONS)/messages.pot -d $(TRANSLATIONS) --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date --no-wrap
	$(BIN)/pybabel -q compile -d $(TRANSLATIONS)

.PHONY: screenshots
screenshots: setup-test  ## Take the pictures of the README
	$(BIN)/python -m scripts.screenshots

.PHONY: tables
tables: setup  ## Write the tables of the docs that are made from the code
	$(BIN)/python -m scripts.doc_tables

.PHONY: sbom
sbom: setup-test  ## Write what the portal is made of, as a CycloneDX bill of materials (sbom.cdx.json)
	@$(BIN)/python -m scripts.sbom

.PHONY: audit
audit: $(VENV)/.project  ## Ask the public databases for known weaknesses of what is pinned (needs the network)
	@test -x .audit/bin/pip-audit || { $(PYTHON) -m venv .audit && .audit/bin/python -m pip -q install pip-audit; }
	@$(WITH_NODE) $(BIN)/python -m scripts.audit

.PHONY: lock
lock: $(VENV)/.project  ## Pin every version again, with hashes, from pyproject.toml
	$(PIP) install uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade pyproject.toml \
		--extra dlib --extra s3 --extra test -c requirements.lock -o requirements-test.lock

# ---- what the targets above stand on; each leaves a stamp, so that it happens once ----

.PHONY: setup-test
setup-test: setup
	@$(MAKE) --no-print-directory -j 2 --output-sync=target $(VENV)/.test $(FRONT)/node_modules/.stamp
	@scripts/need-chromium

$(VENV)/.made:
	@scripts/need-python $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock $(VENV)/.made
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.runtime  # of 60 MB of tools a tenth is ever imported, and compiled then
	$(PIP) install --no-compile --require-hashes -r requirements-test.lock
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.stamp: package.json package-lock.json requirements-node.lock $(VENV)/.runtime
	$(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(FRONT)/node_modules/.stamp: $(FRONT)/package.json $(FRONT)/package-lock.json requirements-node.lock $(VENV)/.runtime
	$(WITH_NODE) npm ci --prefix $(FRONT) --ignore-scripts --no-audit --no-fund
	@touch $@

$(VENDOR)/htmx.min.js: node_modules/.stamp
	@mkdir -p $(@D)
	cp node_modules/htmx.org/dist/htmx.min.js $@

$(VENDOR)/echarts.min.js: node_modules/.stamp
	@mkdir -p $(@D)
	cp node_modules/echarts/dist/echarts.min.js $@

%.mo: %.po $(VENV)/.runtime
	$(BIN)/pybabel -q compile -i $< -o $@
