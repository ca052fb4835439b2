"""
Runs commands of the AWS CLI, each in a fork of this process: what takes most of a command's time, loading the CLI, is
done once. Reads a line of JSON for each command, and answers with one when it has ended.
"""

import contextlib
import importlib
import json
import os
import signal
import sys

import awscli.clidriver

MODULES = ("client", "endpoint", "httpsession", "loaders", "parsers", "serialize", "signers", "waiter")


def load():
    """Loads what commands would load one by one. Version 2 of the CLI has botocore within itself."""
    for package in ("botocore", "awscli.botocore"):
        for module in MODULES:
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{package}.{module}")


def run(parameters, output, complaint):
    """Runs a command with its output in files, and returns its exit code."""
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY), (2, complaint, os.O_WRONLY)):
        os.dup2(os.open(path, flags | os.O_CREAT, 0o600), number)
    sys.argv = ["aws", *parameters]
    try:
        return awscli.clidriver.main()
    except SystemExit as end:
        return end.code or 0


def main():
    load()
    # Nobody waits for the forks: each answers for itself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = os.dup(1)
    for line in sys.stdin:
        command = json.loads(line)
        if os.fork() > 0:
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = -1
        try:
            code = run(command["parameters"], command["output"], command["complaint"])
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os.write(answers, (json.dumps({"id": command["id"], "code": code}) + "\n").encode())
            os._exit(0)


if __name__ == "__main__":
    main()
