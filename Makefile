# What one does with this project. `make` alone lists it. GNU make 3.81 and a plain sh are enough.

SHELL := /bin/sh
PYTHON ?=
VENV ?= .venv
ARGS ?=
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
FIRST := notebooks/00_start_here.ipynb

.DEFAULT_GOAL := help
.PHONY: mend help lab test test-all test-az lint format notebooks diagrams links bench clean

help: ## list what there is
	@echo "make lab         open the course in JupyterLab (ARGS=\"--no-browser --port=8899\" goes to JupyterLab)"
	@echo "make test        format, lint, types, all tests, all notebooks; says what was skipped and why"
	@echo "make test-all    the same on every other supported Python that is installed"
	@echo "make test-az     wpslab serve --az with the real Azure CLI, in an environment of its own; a few minutes"
	@echo "make lint        format, lint and types only"
	@echo "make format      put the code in shape"
	@echo "make notebooks   run all notebooks, write their outputs and the links between chapters back"
	@echo "make diagrams    draw the pictures in notebooks/images from the sources beside them"
	@echo "make links       write the links made from the repository's address into README.md"
	@echo "make bench       measure, and write the table in benchmarks/README.md"
	@echo "make clean       remove the virtual environments and caches"
	@echo "PYTHON=/path/to/python chooses the Python of a new virtual environment (3.11 or newer)."

# Everything is installed once; again only after pyproject.toml changed, or when the environment's Python went away.
BROKEN := $(shell test -e $(INSTALLED) && { $(RUN) -c "" 2>/dev/null || echo yes; })
$(INSTALLED): pyproject.toml $(if $(BROKEN),mend)
	@sh scripts/venv.sh make "$(VENV)" "$(PYTHON)"

mend:

# JupyterLab refuses to run as root unless told.
lab: $(INSTALLED)
	@root=; if [ "$$(id -u)" = 0 ]; then \
	    root=--allow-root; echo "You are root: JupyterLab gets --allow-root."; \
	fi; \
	exec $(RUN) -m jupyterlab --LabApp.default_url=/lab/tree/$(FIRST) $$root $(ARGS)

test: $(INSTALLED)
	@$(RUN) scripts/run_checks.py

# The version of .venv is the one `make test` covers.
test-all: $(INSTALLED)
	@this=$$($(RUN) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); failed=; report=; \
	for version in 3.11 3.12 3.13; do \
	    if [ "$$version" = "$$this" ]; then report="$$report\n  $$version  is tested by make test"; continue; fi; \
	    python=$$(sh scripts/venv.sh find $$version) || \
	        { report="$$report\n  $$version  skipped: not installed here"; continue; }; \
	    echo; echo "=== Python $$version ==="; \
	    if $(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON="$$python"; \
	        then report="$$report\n  $$version  passed"; \
	        else report="$$report\n  $$version  FAILED"; failed=yes; fi; \
	done; \
	printf '\nPythons:%b\n' "$$report"; [ -z "$$failed" ]

test-az: $(INSTALLED)
	@$(RUN) scripts/test_az.py $(ARGS)

lint: $(INSTALLED)
	@$(RUN) scripts/run_checks.py format lint types

format: $(INSTALLED)
	@$(RUN) -m ruff format . && $(RUN) -m ruff check --fix .

notebooks: $(INSTALLED)
	@$(RUN) scripts/run_notebooks.py $(ARGS)

diagrams: $(INSTALLED)
	@$(RUN) scripts/diagrams.py $(ARGS)

links: $(INSTALLED)
	@$(RUN) scripts/links.py $(ARGS)

bench: $(INSTALLED)
	@$(RUN) -m benchmarks $(ARGS)

clean:
	rm -rf .venv .venv-3.* .venv-az build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
