# make lab: open the course in JupyterLab. make read: as pages without code. make test: check everything. Both set up .venv first, and again only when something changed.
# Options: PYTHON=/path/to/python3, LAB_ARGS="--no-browser --port=8890", READ_ARGS="--places 30".

VENV = .venv
BIN = $(VENV)/bin
PYTHON =
LAB_ARGS ?=
READ_ARGS ?=
VERSIONS =
LOAD_ARGS =
SETUP = VENV="$(VENV)" PYTHON="$(PYTHON)" sh tools/setup.sh

.PHONY: help lab read test test-fast test-versions bench bench-browser book lite load-test sheets nbgrader moodle format clean

help:
	@echo "make lab        open the course in JupyterLab"
	@echo "make read       open the course as pages without code"
	@echo "make test       run every check and test"
	@echo "make test-fast  the same without the long tests and the browser"
	@echo "make test-versions  the quick tests on other Pythons, and with the oldest and newest packages allowed (20 minutes)"
	@echo "make bench      time the package beside its peers and write docs/benchmark.md (4 minutes at most)"
	@echo "make bench-browser  time every panel in a real browser and write docs/benchmark_browser.md (15 minutes)"
	@echo "make book       make build/book/html, the course as pages that open without a network (4 minutes)"
	@echo "make lite       make build/lite/site, the course as a JupyterLite site that runs in the browser alone (2 minutes)"
	@echo "make load-test  a class of ten on a JupyterHub with its proxy (needs Node.js); rewrites docs/class_load.csv and docs/class.md (6 minutes)"
	@echo "make sheets     print the workshop sheets into build/sheets, and write docs/teaching/solutions.md (1 minute)"
	@echo "make nbgrader   build the questions as an nbgrader course in build/nbgrader"
	@echo "make moodle     write the questions for Moodle's question bank into build/moodle"
	@echo "make format     bring code and notebooks into the form that make test asks for"
	@echo "make clean      remove what these made"

# JupyterLab refuses to run as root, the only user of many containers, unless told.
lab:
	@$(SETUP) lab
	@root=""; if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; \
	exec $(BIN)/python -m jupyterlab $$root --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_ARGS)

read:
	@$(SETUP) lab
	@exec $(BIN)/python -m alsteach read notebooks $(READ_ARGS)

test:
	@$(SETUP) test
	@$(BIN)/python tools/check.py

test-fast:
	@$(SETUP) test
	@$(BIN)/python tools/check.py --fast

test-versions:
	@$(SETUP) test
	@$(BIN)/python tools/versions.py $(VERSIONS)

bench:
	@$(SETUP) test
	@$(BIN)/python -m tests.benchmarks

bench-browser:
	@$(SETUP) test
	@$(BIN)/python -m tests.benchmarks.browser

book:
	@$(SETUP) test
	@$(BIN)/python tools/make_book.py

lite:
	@$(SETUP) lab
	@$(BIN)/python tools/make_lite.py

load-test:
	@$(SETUP) test
	@sh tools/proxy.sh
	@$(BIN)/python -m tests.deploy $(LOAD_ARGS)

sheets:
	@$(SETUP) test
	@$(BIN)/python -m alsteach.exercises.outlets.sheets build/sheets
	@$(BIN)/python -m alsteach.exercises.outlets.solutions

nbgrader:
	@$(SETUP) test
	@$(BIN)/python -m alsteach.exercises.outlets.nbgrader_course build/nbgrader

moodle:
	@$(SETUP) test
	@$(BIN)/python -m alsteach.exercises.outlets.moodle build/moodle

format:
	@$(SETUP) test
	@$(BIN)/python tools/check.py --format

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
