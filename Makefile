# For developers. Users need ./hearth and nothing else.
.PHONY: dev check fuzz contract lock upgrade migration

PYTHON = .venv/bin/python
# One set of versions for all platforms and Pythons, with hashes and without addresses.
COMPILE = .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(UPGRADE)

# The server, started again when a Python file changes, and Vite, which shows changes of the pages at once.
dev:
	.venv/bin/honcho start -f Procfile.dev

# Every check. For some of them: ./hearth test --help
check:
	./hearth test

# Frames that nobody expected, more of them than the ordinary tests try: make fuzz FRAMES=1000000. What was of use is
# kept in .hypothesis/frames for the next time. What breaks something belongs among the cases of the test.
FRAMES = 100000

fuzz:
	FUZZ_EXAMPLES=$(FRAMES) $(PYTHON) -m pytest -q --timeout 0 tests/server/test_fuzz.py

# The fault test (docs/fault-test.md): every planted bug is caught; and faults from a seed, ten minutes or as many as are
# given: make soak SEED=7 MINUTES=60
teeth:
	$(PYTHON) -m tests.faults teeth

soak:
	$(PYTHON) -m tests.faults soak $(if $(SEED),--seed $(SEED)) --minutes $(or $(MINUTES),10)

# The files that are made from the declarations of commands, events and signals.
contract:
	$(PYTHON) -m server.contractgen

# After a change of pyproject.toml. Versions stay as they are unless they have to move; `make upgrade` moves all.
lock:
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group servers -o requirements-servers.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group uv -o requirements-uv.lock

upgrade:
	$(MAKE) lock UPGRADE=--upgrade

# make migration m="Rooms have a topic": writes one from the difference between the tables declared and those that the
# migrations make, in a database that is thrown away.
define MIGRATION
import sys, tempfile
from server.database import migrate
with tempfile.TemporaryDirectory() as folder:
    scratch = f"sqlite:///{folder}/scratch.sqlite3"
    migrate.upgrade(scratch)
    migrate.revision(scratch, sys.argv[1])
endef
export MIGRATION

migration:
	@test -n "$(m)" || { echo 'Say what it does: make migration m="Rooms have a topic"'; exit 2; }
	$(PYTHON) -c "$$MIGRATION" "$(m)"
