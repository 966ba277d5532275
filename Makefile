# The one door. `make demo` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
FILES  ?=
BENCH  ?=
# Networks train with PyTorch. Where a CPU build of it is at hand, say so: TORCH=path/to/the.whl
TORCH  ?= torch==2.13.0

.PHONY: help demo test lint bench train pictures frontend frontend-check clean

help:
	@echo "make demo [FILES='song.mp3 folder']   render short pieces, analyse them and your files"
	@echo "make test                             the whole test suite; the library's on SQLite and PostgreSQL"
	@echo "make lint                             ruff, mypy, import contracts"
	@echo "make bench                            speed, side by side with the peers"
	@echo "make pictures                         take the README's picture of a page anew (needs Chromium)"
	@echo "make frontend                         build the web application's pages into the package (needs Node.js)"
	@echo "make frontend-check                   lint and test the pages; fails if the package holds another build"
	@echo "make train                            fit the shipped weights again from ../shared/data"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.base

demo: $(VENV)/.base
	$(BIN)/reprise demo $(FILES)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2
	@if tools/postgresql.sh install; \
	then echo "tests/web again, on PostgreSQL"; tools/postgresql.sh run $(BIN)/python -m pytest -n 2 tests/web; \
	else echo "not run on PostgreSQL: there is none here"; fi

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.run $(BENCH)

train: $(VENV)/.dev
	$(BIN)/python -m reprise.training

frontend/node_modules: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

frontend: frontend/node_modules $(VENV)/.dev
	$(BIN)/python -m reprise.web.openapi
	cd frontend && npm run generate && npm run build

frontend-check: frontend/node_modules
	cd frontend && npm run lint && npm run typecheck && npm test && npm run reproducible && npm run size

# The page that the README shows, as the tests in the browser see it.
pictures: $(VENV)/.dev
	folder=$$(mktemp -d) && REPRISE_SCREENSHOTS=$$folder $(BIN)/python -m pytest -q \
	    "tests/e2e/test_pages.py::test_a_track_plays_and_says_how_it_came_about[desktop]" && \
	    cp $$folder/track-desktop.png docs/pictures/track.png; rm -rf $$folder

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
