# `make run` and `make test` are all that a newcomer needs; both prepare .venv first.

# The first Python that is new enough, unless PYTHON names one.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: install run test check bench clean

install: .venv/.ready-to-work

run: .venv/.ready-to-run
	$(BIN)/python -m streamlit run streamlit_app.py $(if $(ADDRESS),--server.address $(ADDRESS))

# Two at a time: much of the suite waits for browsers and workers. A file's tests stay together, and share what they made;
# files go in their order, for by the number of their tests the few long ones, of browsers, would begin last.
# Threads that wait for each other shall sleep: two networks at work on two cores would spin away each other's time.
test: .venv/.ready-to-work
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.ready-to-work
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

bench: .venv/.ready-to-work
	$(BIN)/python -m bench

clean:
	rm -rf .venv .bench .mypy_cache .pytest_cache .ruff_cache

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.ready-to-run: .venv/pyvenv.cfg requirements.txt
	@echo "Preparing .venv (once; torch with CUDA is about 6 GB) ..."
	$(PIP) -r requirements.txt
	@touch $@

.venv/.ready-to-work: .venv/.ready-to-run requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@
