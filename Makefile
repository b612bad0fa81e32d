# Few verbs; each makes what it needs. `make run` and `make test` are all a newcomer has to know.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
JOBS ?= 2
BUS ?= log
DATA ?=
PROCESSES ?= 2
# A broker that lives for a minute is not worth compiling well.
SHORT_LIVED := -XX:TieredStopAtLevel=1

.PHONY: run smoke test check events migration kafka test-kafka test-deploy bench faults

run: $(READY)  ## everything on this machine, with the demo chain and a replay of real tickets
	$(if $(filter kafka,$(BUS)),$(BIN)/siyu kafka --fetch-only)
	SIYU_BUS=$(BUS) SIYU_PROCESSES=$(PROCESSES) $(BIN)/siyu run $(if $(DATA),--data $(DATA))

smoke: $(READY)  ## the same on free ports in a throw-away folder; ends with the checker's verdict
	$(if $(filter kafka,$(BUS)),$(BIN)/siyu kafka --fetch-only)
	SIYU_BUS=$(BUS) SIYU_PROCESSES=$(PROCESSES) $(BIN)/siyu smoke $(if $(DATA),--data $(DATA))

test: $(READY)  ## all tests, on real databases of their own
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile -m "not kafka" --ignore tests/deploy

check: $(READY)  ## format, lint, types, walls
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n $(JOBS) tests/house

kafka: $(READY)  ## fetch Apache Kafka from Maven and run one broker on loopback until Ctrl-C
	$(BIN)/siyu kafka

test-kafka: $(READY)  ## the contract suite and a journey over a real Apache Kafka
	$(BIN)/siyu kafka --fetch-only
	JDK_JAVA_OPTIONS=$(SHORT_LIVED) $(BIN)/pytest -q -n $(JOBS) --dist loadfile -m kafka --ignore tests/deploy

test-deploy: $(READY)  ## images, chart, alerts and nginx, by the tools of those who deploy; promtool comes with prometheus
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[deploy]'
	$(BIN)/pytest -q tests/deploy

bench: $(READY)  ## what is fast, each figure beside its limit; about ten minutes; GROWTH=1: how figures change, longer
	$(BIN)/siyu kafka --fetch-only
	$(BIN)/python -m tests.bench $(if $(SCALE),--scale $(SCALE)) $(if $(ONLY),--only $(ONLY)) $(if $(GROWTH),--growth)

faults: $(READY)  ## kill, stop, cut and fill what runs, and see that nothing acknowledged is lost or doubled
	$(if $(filter kafka,$(BUS)),$(BIN)/siyu kafka --fetch-only)
	$(BIN)/python -m tests.faults --bus $(BUS) $(if $(KINDS),--kinds $(KINDS)) $(if $(SECONDS),--seconds $(SECONDS))

events: $(READY)  ## write the catalogue of events and the AsyncAPI document anew
	$(BIN)/siyu events

migration: $(READY)  ## make migration SERVICE=trade MESSAGE="what changes"
	$(BIN)/siyu migration $(SERVICE) "$(MESSAGE)"

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[embedded,data,dev]'
	touch $(READY)
