"""Runs the checks of all services (or of those named) in one process, and prints a line of JSON for each."""

import json
import sys
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).parent
WORKERS = 4


class Lines(unittest.TestResult):
    """Prints how each check ended, when it has."""

    def __init__(self, service):
        super().__init__()
        self.service = service

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def addSuccess(self, test):
        self.say(test, None)

    def addFailure(self, test, err):
        self.say(test, "".join(traceback.format_exception(*err)))

    def addError(self, test, err):
        # A class that could not be set up stands for all its checks.
        self.say(test, "".join(traceback.format_exception(*err)))

    def say(self, test, error):
        name = getattr(test, "_testMethodName", "*")
        seconds = round(time.monotonic() - getattr(self, "started", time.monotonic()), 2)
        line = {"service": self.service, "check": name, "error": error, "seconds": seconds}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def main(names):
    # Loaded by one thread: a session of boto3 is not to be used by several while it makes clients.
    services = names or sorted(path.stem[len("test_") :] for path in FOLDER.glob("test_*.py"))
    suites = [(name, unittest.defaultTestLoader.loadTestsFromName(f"test_{name}")) for name in services]
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(lambda suite: suite[1].run(Lines(suite[0])), suites))


if __name__ == "__main__":
    main(sys.argv[1:])
