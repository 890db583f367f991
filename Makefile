# Set-up is part of every target that needs it: .venv/.installed is made from the lock.

# An inherited PYTHONPATH or MPLBACKEND changes what the notebooks import and draw; MPLBACKEND
# would even switch off the charts inside them.
unexport PYTHONPATH MPLBACKEND
export PYTHONUTF8 := 1
# Keep somebody's own IPython start-up files and matplotlibrc out of the numbers and charts.
export IPYTHONDIR := $(CURDIR)/.venv/ipython
export MPLCONFIGDIR := $(CURDIR)/.venv/matplotlib

PY := .venv/bin/python
STAMP := .venv/.installed
ARGS ?=
JOBS ?= 2

# A clone that was moved, or a Python that was removed, leaves a .venv that looks complete.
$(shell { [ "$$(cat $(STAMP) 2>/dev/null)" = "$$(pwd -P)" ] && $(PY) -c ''; } 2>/dev/null || rm -f $(STAMP))

.DEFAULT_GOAL := help
.PHONY: help setup report test test-browser soak notebooks reference bench lab explore lint lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@PYTHON='$(PYTHON)' bash tools/setup.sh

setup: $(STAMP) ## install everything into .venv (the other targets do it by themselves)

report: $(STAMP) ## build the report; ARGS="--language zh" passes options on
	@.venv/bin/cadre-research report $(ARGS)

test: lint ## lint, re-run every notebook against its stored outputs, and the tests, the quick ones with coverage
	@JOBS=$(JOBS) bash tools/test.sh

test-browser: $(STAMP) ## open a report in Chromium; CHROMIUM=/path/to/it, CADRE_REPORT=outputs/latest for one that is there
	@$(PY) -m pytest -m browser -n $(JOBS) --dist loadfile $$(grep -rl --include='test_*.py' 'mark\.browser' tests) $(ARGS)

soak: $(STAMP) ## the long tests: coverage over a thousand truths, every scenario against the optimum; about an hour
	@$(PY) -m pytest -n $(JOBS) -m soak -s $(ARGS)

notebooks: $(STAMP) ## run the notebooks and store their new outputs, and those at the top of the README
	@$(PY) -m cadre_research.reporting.notebooks --refresh $(ARGS)
	@$(PY) -m cadre_research.reporting.readme

reference: $(STAMP) ## compute tests/reference anew, show which numbers moved, and store them
	@$(PY) -m tools.reference

bench: $(STAMP) ## measure time beside other tools; ARGS="--quick --only frontier" shortens it
	@$(PY) -m benchmarks.run $(ARGS)

lab: $(STAMP) ## open JupyterLab with the project's kernel
	@$(PY) -m ipykernel install --prefix .venv --name cadre-research --display-name "cadre-research" >/dev/null
	@$(PY) -m jupyterlab $(ARGS)

# JupyterLab saves by itself what it opens: a copy, so that the checkout stays as it is.
outputs/live/%.ipynb: notebooks/live/%.ipynb
	@mkdir -p $(@D) && cp $< $@

explore: $(STAMP) outputs/live/explore.ipynb outputs/live/explore.zh.ipynb ## open JupyterLab where the model answers for settings of your own
	@$(PY) -m ipykernel install --prefix .venv --name cadre-research --display-name "cadre-research" >/dev/null
	@$(PY) -m jupyterlab outputs/live/explore.ipynb $(ARGS)

lint: $(STAMP) ## check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

lock: $(STAMP) ## recompile requirements.lock; ARGS=--upgrade moves to the newest versions
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
	    --only-binary :all: --no-header --no-annotate --no-emit-index-url \
	    --output-file requirements.lock $(ARGS) pyproject.toml

# outputs/ stays: a report is never lost to tidying up.
clean: ## remove .venv and caches
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov dist build
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
