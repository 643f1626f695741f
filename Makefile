# Everything needs only Python >= 3.11 and make; the first use of a target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# Set-up steps need settings but no server.
OFFLINE := DATABASE_URL=postgres://offline/ REDIS_URL=redis://offline/ $(MANAGE)
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

PACKAGES := $(VENV)/.packages
ASSETS := node_modules/.assets
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
STATIC := var/static/.collected
READY := $(PACKAGES) $(ASSETS) $(CATALOGUES) $(STATIC)
LOCK := $(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12

.PHONY: up
up: $(READY) ## start the suite at http://127.0.0.1:8000 (HOST, PORT), with a demo company at the first start
	@$(BIN)/python -m suite.up

.PHONY: down
down: ## stop the embedded servers
	@test ! -e $(PACKAGES) || $(BIN)/python -m suite.up --down

.PHONY: test
test: $(READY) chromium ## run all tests (ARGS="-k lead" for some)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

.PHONY: check
check: lint $(READY) ## lint, and check types, imports, migrations, translations and templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) messages --check
	$(MANAGE) check_templates

.PHONY: lint
lint: $(PACKAGES) ## look at the style of the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: fmt
fmt: $(PACKAGES) ## format the code
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

.PHONY: messages
messages: $(PACKAGES) ## bring the catalogues in locale/ up to date and list what is not translated
	$(OFFLINE) messages
	$(OFFLINE) messages --untranslated

.PHONY: bench
bench: $(READY) ## time lists, searches and imports at two sizes
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: shell
shell: $(READY) ## open a Python shell with the models
	$(MANAGE) shell

.PHONY: lock
lock: $(PACKAGES) ## rewrite the lock files from pyproject.toml and package.json (UPGRADE=1 for newest versions)
	$(LOCK) $(if $(UPGRADE),--upgrade)
	$(BIN)/npm $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts

.PHONY: clean
clean: down ## remove everything that was installed or built; data in var/ stays
	rm -rf $(VENV) node_modules var/static locale/*/LC_MESSAGES/*.mo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian's browser and a Chinese font for the browser tests. Without them the tests are skipped, except in CI.
.PHONY: chromium
chromium:
	@if command -v chromium >/dev/null && ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk; \
	else echo "Browser tests need: apt-get install chromium fonts-noto-cjk"; fi

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 found; name one: make up PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# uv comes from the same lock file, and then makes the environment equal to it.
$(PACKAGES): requirements.lock | $(BIN)/python
	awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@touch $@

$(ASSETS): package-lock.json .npmrc | $(PACKAGES)
	$(BIN)/npm ci --ignore-scripts --loglevel=error
	@touch $@

locale/%/LC_MESSAGES/django.mo: locale/%/LC_MESSAGES/django.po | $(PACKAGES)
	$(OFFLINE) messages --compile

$(STATIC): $(ASSETS) $(PACKAGES) suite/settings.py $(shell find static -type f)
	$(OFFLINE) collectstatic --noinput --clear --verbosity 0
	@touch $@
