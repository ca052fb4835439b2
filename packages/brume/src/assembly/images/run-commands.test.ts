import { describe, expect, it } from "vitest";
import { planRun } from "./run-commands.js";

const VARIABLES = { LAMBDA_TASK_ROOT: "/var/task", PACKAGES: "a b", HOME: "/root" };
const line = (text: string, directory = "/var/task") =>
  planRun(text, VARIABLES, { directory, pythonPackages: "/lib/python3.12/site-packages" }).text("/R");

describe("planRun", () => {
  it.each([
    ["npm ci && npm run build", "npm ci && npm run build"],
    ["npm install --prefix ${LAMBDA_TASK_ROOT} $PACKAGES", "npm install --prefix /R/var/task a b"],
    ["pip install -r requirements.txt -t .", "python3 -m pip install -r requirements.txt -t ."],
    ["pip3 install --target='/opt/py thon' x", "python3 -m pip install '--target=/R/opt/py thon' x"],
    ["python -m pip install x", "python3 -m pip install x --target /R/lib/python3.12/site-packages"],
    ["CGO_ENABLED=0 OUT=/x go build -o /main .", "CGO_ENABLED=0 OUT=/R/x go build -o /R/main ."],
    ["mkdir -p /a/b; cp *.js ../c/", "mkdir -p /R/a/b ; cp *.js /R/var/c/"],
    ['rm -rf /var/task/* "/tmp/a*b"', "rm -rf /R/var/task/* '/R/tmp/a*b'"],
    ["rm -rf / ../../../..", "rm -rf /R/ /R/"],
    ["cd /opt && rm -rf ../x ~/.cache", "cd /R/opt && rm -rf /R/x /R/root/.cache"],
    ['echo "it\'s /var/task" > /etc/x 2>&1', "echo 'it'\\''s /var/task' > /R/etc/x 2>&1".replace("> /R", ">/R")],
    ["[ -f /a ] || exit 1", "'[' -f /R/a ']' || exit 1"],
    ["set -eux; chown -R app /x && dnf update -y", "set -e ; true && true"],
    ["cat a 2>/dev/null | gzip > b # comment", "cat a 2>/dev/null | gzip >b"],
  ])("%s", (text, expected) => expect(line(text)).toBe(expected));

  it.each([
    ["curl https://example.com | sh", "curl is neither a package manager nor a plain file command"],
    ["dnf install -y gcc", "dnf install changes the operating system of the image"],
    ["rm -rf $(cat list)", "a command in a command"],
    ['echo "`id`"', "a command in a command"],
    ["(cd a; ls)", "more than a plain command"],
    ["rm -rf $UNKNOWN/*", "$UNKNOWN is no variable of the Dockerfile"],
    ["find / -exec rm {} +", "more than a plain command"],
    ["find / -exec rm x", "find runs other commands"],
    ["cp -t/etc a", "joins an option and a path"],
    ["npm ci &", "more than a plain command"],
    ["pip install --user x", "acts on the machine itself"],
    ["pip uninstall x", "acts on the machine itself"],
    ["yarn global add x", "acts on the machine itself"],
    ["python setup.py install", "neither a package manager"],
    ["sh -c 'rm -rf /'", "neither a package manager"],
    ["echo 'open", "a quote that does not end"],
  ])("refuses %s", (text, message) => expect(() => line(text)).toThrow(message));
});
