"""The Python runtime of an execution environment: waits on descriptor 3 to be told which function it runs, loads the
handler, and works through invocations over the Lambda Runtime API."""

import decimal
import http.client
import importlib
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
# The folder of this script is not one that a function's imports are looked up in first.
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != HERE] + [HERE]

import _brume_clock as clock  # noqa: E402: found in the folder of this script only

# A message is framed so that one with line breaks stays one: see log-lines.ts.
FRAME = "\x1e"
LINE_BREAK = "\x1d"
PREFIX = "/2018-06-01/runtime"
AWS_HOSTS = ("amazonaws.com", "amazonaws.com.cn", "on.aws")

current = {"request_id": None}


def emit(message):
    text = FRAME + message.replace("\n", LINE_BREAK) + "\n"
    sys.stdout.flush()
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data):]


class LambdaFormatter(logging.Formatter):
    def format(self, record):
        record.aws_request_id = current["request_id"] or ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    def format(self, record):
        entry = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": current["request_id"],
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class LambdaHandler(logging.Handler):
    def emit(self, record):
        try:
            emit(self.format(record).rstrip("\n"))
        except Exception:
            self.handleError(record)


def prepare_logging():
    handler = LambdaHandler()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        handler.setFormatter(JsonFormatter())
    else:
        pattern = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        formatter = LambdaFormatter(pattern, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


class Client:
    def __init__(self, address):
        self.address = address
        self.connection = http.client.HTTPConnection(address)

    def request(self, method, path, body=None, headers=None):
        self.connection.request(method, PREFIX + path, body, headers or {})
        response = self.connection.getresponse()
        return response, response.read()

    def next(self):
        return self.request("GET", "/invocation/next")

    def respond(self, request_id, body):
        headers = {"content-type": "application/json", "brume-memory": str(memory())}
        self.request("POST", "/invocation/%s/response" % request_id, body, headers)

    def fail(self, path, error):
        kind = str(error["errorType"]).encode("ascii", "replace").decode()
        headers = {
            "content-type": "application/json",
            "lambda-runtime-function-error-type": kind,
            "brume-memory": str(memory()),
        }
        self.request("POST", path, json.dumps(error).encode(), headers)


def memory():
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024
    except ImportError:
        return 0


class Identity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class ClientApplication:
    def __init__(self, values):
        self.installation_id = values.get("installation_id")
        self.app_title = values.get("app_title")
        self.app_version_name = values.get("app_version_name")
        self.app_version_code = values.get("app_version_code")
        self.app_package_name = values.get("app_package_name")


class ClientContext:
    def __init__(self, values):
        self.client = ClientApplication(values.get("client") or {})
        self.custom = values.get("custom")
        self.env = values.get("env")


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        client = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        self.identity = Identity(json.loads(headers.get("lambda-runtime-cognito-identity") or "{}"))
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(clock.machine_time() * 1000))

    def log(self, message):
        emit(str(message))


def is_for_cloud(host, port, endpoint):
    if port not in (None, 443):
        return False
    named = any(host == suffix or host.endswith("." + suffix) for suffix in AWS_HOSTS)
    return named or host in ("localhost", endpoint[0])


def patch_network(url):
    """Code that asks AWS's hosts for https reaches the cloud that it runs in."""
    host, _, port = url.split("://", 1)[1].rpartition(":")
    endpoint = (host, int(port))
    connect = http.client.HTTPSConnection.connect

    def redirected(self):
        if not is_for_cloud(self.host, self.port, endpoint):
            return connect(self)
        self.sock = socket.create_connection(endpoint, self.timeout)

    http.client.HTTPSConnection.connect = redirected


class Fault(Exception):
    """A failure that Lambda itself has a name for."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def load(name):
    if "." not in name:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name, function = name.rsplit(".", 1)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        where = "Syntax error in module '%s': %s" % (module_name, error)
        raise Fault("Runtime.UserCodeSyntaxError", where)
    found = getattr(module, function, None)
    if found is None:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name))
    return found


def describe(error, request_id):
    """What is sent for a failure: `{ errorMessage, errorType, requestId, stackTrace }`."""
    frames = [] if isinstance(error, Fault) else [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != os.path.abspath(__file__)
    ]
    kind = error.kind if isinstance(error, Fault) else type(error).__name__
    # `importlib` and this file are not the function's own frames.
    frames = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id or "",
        "stackTrace": traceback.format_list([tuple(frame)[:4] for frame in frames]),
    }


def log_failure(failure):
    lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
    if failure["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines.extend(line.rstrip("\n") for line in failure["stackTrace"])
    emit("\n".join(lines))


def to_json(value):
    def other(one):
        if isinstance(one, decimal.Decimal):
            return float(one)
        raise TypeError("Object of type %s is not JSON serializable" % type(one).__name__)

    try:
        return json.dumps(value, default=other, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def assignment():
    """Reads one line from the cloud; its closing of the channel, then or later, ends this process."""
    channel = os.fdopen(3, "r", encoding="utf-8")
    line = channel.readline()
    if not line:
        os._exit(0)

    def watch():
        channel.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    return json.loads(line)


def invoke(client, handler, headers, body):
    request_id = headers["lambda-runtime-aws-request-id"]
    current["request_id"] = request_id
    clock.set_clock(headers.get("brume-clock"))
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id") or ""
    try:
        result = to_json(handler(json.loads(body), Context(headers)))
    except Exception as error:
        failure = describe(error, request_id)
        log_failure(failure)
        sys.stdout.flush()
        client.fail("/invocation/%s/error" % request_id, failure)
        return
    sys.stdout.flush()
    client.respond(request_id, result)


def main():
    assigned = assignment()
    # A script that started this process has set what there is.
    if not assigned.get("hasEnvironment"):
        os.environ.clear()
        os.environ.update(assigned["env"])
    if hasattr(time, "tzset"):
        time.tzset()
    os.chdir(assigned["directory"])
    added = [assigned["taskRoot"]] + [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:0] = added
    clock.install()
    prepare_logging()
    patch_network(assigned["endpoint"])
    client = Client(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        failure = describe(error, None)
        log_failure(failure)
        client.fail("/init/error", failure)
        os._exit(1)
    while True:
        try:
            response, body = client.next()
        except (OSError, http.client.HTTPException):
            # Without the Runtime API there is nobody to work for.
            os._exit(0)
        invoke(client, handler, response.headers, body)


main()
