# Two commands do all the set-up: `make demo` and `make test`.
# They make .venv themselves, with uv where it is on the path, else with venv and pip.

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test
WORKSPACE ?= demo-workspace
# One test more than there are cores: many wait for a browser, a server or the disk.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# A file's tests run in one worker; tests/conftest.py says which files start first.
SPREAD = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
STAMP = $(VENV)/.installed-$(subst $(comma),-,$(1))
comma := ,

.PHONY: demo test coverage lint docs bench clean

demo: $(call STAMP,core)
	@$(BIN)/python scripts/run_demo.py $(WORKSPACE)

test: $(call STAMP,$(EXTRAS))
	@$(MAKE) --no-print-directory -j3 lint kernels-names kernels-money
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

coverage: $(call STAMP,$(EXTRAS))
	$(BIN)/python -m pytest $(SPREAD) --cov --cov-report=term --cov-report=xml:build/coverage.xml $(ARGS)

lint: $(call STAMP,$(EXTRAS))
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Large kernels are compiled beside the lint, so that no two tests compile them at the same time.
kernels-%: $(call STAMP,$(EXTRAS))
	$(BIN)/python scripts/compile_kernels.py $*

docs: $(call STAMP,docs)
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html
	@echo docs/_build/html/index.html

bench: $(call STAMP,$(EXTRAS))
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build docs/_build $(WORKSPACE)

# What screening needs is compiled while the rest is installed: on one core each takes half a minute.
KERNELS_NEED = babel hijridate idna msgspec numba pyarrow pyyaml scipy

$(VENV)/.installed-core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Manara into $(VENV) ..."
	$(call fetch,$(KERNELS_NEED))
	@PYTHONPATH=src $(BIN)/python scripts/compile_kernels.py search >/dev/null 2>&1 &
	$(call fetch,-e '.')
	@touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Manara into $(VENV) ..."
	$(call fetch,-e '.[$(subst -,$(comma),$*)]')
	@touch $@

$(BIN)/python:
	@if command -v uv >/dev/null; then uv venv -q --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

# Without --no-compile pip compiles modules that nobody imports, on one core.
define fetch
@if command -v uv >/dev/null; then \
	uv pip install -q --python $(BIN)/python -c constraints.txt $(1); \
else $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -c constraints.txt $(1); fi
endef
