# Two commands do everything on a fresh machine with Python 3.10+ and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
AIO ?=
OLDEST := boto3==1.34.0 botocore==1.34.0 freezegun==1.5.0 pytest==8.0.0 responses==0.25.0 werkzeug==3.0.0
MINUTES ?= 5
SEED ?= 0
FEED ?= examples/earthquakes/small.geojson

.PHONY: demo test aio oldest lint types readme bench soak clean
.DEFAULT_GOAL := demo

$(VENV)/.installed: setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[moto,dev]'
	touch $@

demo: $(VENV)/.installed ## run the main job on a small feed and print what happened
	$(BIN)/python examples/earthquakes/run.py $(FEED)

test: $(VENV)/.installed ## the whole suite, on all cores; make test WORKERS=0 TESTS=tests/promises for some of it in one process
	$(BIN)/python -m pytest -q -n $(WORKERS) $(TESTS)

aio: ## the tests of aiobotocore's clients, apart as it pins an older botocore; make aio AIO=aioboto3 for those that it pins
	test -x $(VENV)-aio/bin/python || $(PYTHON) -m venv $(VENV)-aio
	$(VENV)-aio/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[aio,moto]' pytest-asyncio $(AIO)
	$(VENV)-aio/bin/python -m pytest -q tests/promises/test_aiobotocore.py

oldest: ## the tests of what has to work with any botocore, with the oldest of all that setup.cfg names
	test -x $(VENV)-oldest/bin/python || $(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --disable-pip-version-check --editable . \
		$(OLDEST) requests
	$(VENV)-oldest/bin/python -m pytest -q -c /dev/null --rootdir . tests/promises/test_botocore_versions.py

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

readme: $(VENV)/.installed ## write the README's tables anew from the code
	$(BIN)/python tests/test_readme.py

soak: $(VENV)/.installed ## random traffic for as long as you like: make soak MINUTES=60 SEED=1
	$(BIN)/python tests/soak/traffic.py $(MINUTES) $(SEED)

bench: $(VENV)/.installed ## side by side with botocore's floor, moto and MiniStack, in one run
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(VENV)-aio $(VENV)-oldest build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
