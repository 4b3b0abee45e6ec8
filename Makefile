# make run and make test need Python 3.11 or newer, git and make; each prepares what it needs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test setup lint format lock vendor screenshots

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
RUNTIME := .venv/runtime.stamp
DEVELOPMENT := .venv/development.stamp
OCR := .venv/ocr.stamp
NEEDED := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

help: ## Show what can be made.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1 \t\2/' | expand -t 18

run: $(RUNTIME) $(OCR) ## Start Gatehouse on http://127.0.0.1:8000. PORT=, HOST=, DATA_DIR=, DEMO=0 change it.
	@exec $(BIN)/python manage.py serve

test: $(DEVELOPMENT) $(OCR) ## Run every test, on SQLite, PostgreSQL and in Chromium. ARGS= goes to pytest.
	@exec $(BIN)/python tests/run.py $(ARGS)

setup: $(DEVELOPMENT) $(OCR) ## Install what running, testing and checking need into .venv.

lint: $(DEVELOPMENT) $(OCR) ## Check style, types and templates.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/djlint --check --lint --quiet templates

format: $(DEVELOPMENT) ## Bring code and templates into shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

lock: ## Pin the newest allowed versions, with hashes. Needs uv.
	@command -v uv > /dev/null || { echo 'make lock needs uv: pip install uv.' >&2; exit 1; }
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements.in --output-file requirements.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-dev.in --output-file requirements-dev.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-ocr.in --output-file requirements-ocr.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-rq.in --output-file requirements-rq.txt

vendor: $(DEVELOPMENT) ## Fetch the vendored browser files again.
	$(BIN)/python scripts/vendor.py

screenshots: $(DEVELOPMENT) ## Take the pictures in docs/img from the demo.
	$(BIN)/python scripts/screenshots.py

$(RUNTIME): requirements.txt
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { found=; bare=; \
	  for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
	    if "$$candidate" -c '$(NEEDED)' > /dev/null 2>&1; then found=$$candidate; break; fi; \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1; then bare=$$candidate; fi; \
	  done; \
	  if [ -n "$$found" ]; then rm -rf .venv && "$$found" -m venv .venv; \
	  elif [ -n "$$bare" ]; then echo "$$bare cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv)." >&2; exit 1; \
	  else echo 'Gatehouse needs Python 3.11 or newer, and none was found: install one, or name it with PYTHON=/path/to/python3.' >&2; exit 1; fi; }
	@echo 'Installing what Gatehouse runs on into .venv ...'
	@$(INSTALL) --requirement requirements.txt
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	@echo 'Installing what tests and checks need into .venv ...'
	@$(INSTALL) --requirement requirements-dev.txt
	@touch $@

# Reading text is an extra: where it cannot be installed, everything else runs, and its tasks are refused.
$(OCR): $(RUNTIME) requirements-ocr.txt
	@echo 'Installing what reads text in images into .venv ...'
	@if $(INSTALL) --requirement requirements-ocr.txt; then touch $@; \
	  else echo 'The extra [ocr] could not be installed, so no text is read. Everything else works.' >&2; fi
