# The verbs of the project. Each builds what it needs: Python 3.11 or newer, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= Why did our costs spike last Tuesday?
CHAT ?= --slack
export Q

.PHONY: install demo ask serve test parity e2e check bench bench-scale eval requirements clean
.DEFAULT_GOAL := demo

install: $(VENV)/installed

$(VENV)/installed: requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.txt
	touch $@

demo: install
	@$(BIN)/python -m bot demo

ask: install
	@$(BIN)/python -m bot ask "$$Q"

serve: install
	$(BIN)/python -m bot serve $(CHAT)

test: install
	$(BIN)/python -m pytest -n 2 --ignore=tests/parity

e2e: install
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix tests/e2e
	$(BIN)/python -m pytest -m e2e tests/e2e

# Spark has an environment of its own: databricks-connect would put another pyspark in its place.
parity: install .venv-spark/installed
	$(BIN)/python -m pytest tests/parity

.venv-spark/installed: requirements-spark.txt $(VENV)/installed
	test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	$(BIN)/uv pip sync --quiet --python .venv-spark/bin/python --require-hashes requirements-spark.txt
	touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench

bench-scale: install
	$(BIN)/python -m tests.bench --scale

eval: install
	$(BIN)/python -m tests.evals

# `uv pip sync` removes uv itself, which is not a dependency: it is fetched again by `install`.
requirements:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header \
	  -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile tests/parity/requirements.in --universal --generate-hashes --no-emit-index-url --no-header \
	  -o requirements-spark.txt

clean:
	rm -rf $(VENV) .cache
