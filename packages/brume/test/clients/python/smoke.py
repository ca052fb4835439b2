"""What the checks of all services share: names that nothing else has, errors as boto3 raises them, archives, HTTP."""

import io
import itertools
import unittest
import urllib.error
import urllib.request
import zipfile

from botocore.exceptions import ClientError

_numbers = itertools.count(1)


def unique(word):
    """A name that nothing else in the run has."""
    return f"{word}-{next(_numbers)}"


def zipped(name, text):
    """A deployment package with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr(name, text)
    return archive.getvalue()


def fetch(url, data=None, method=None, headers=None):
    """The status and the body of an answer, whatever its status is."""
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Smoke(unittest.TestCase):
    """The checks of a service."""

    maxDiff = None

    def refused(self, expected, call, **parameters):
        """
        Calls what has to fail, with an error of a code, or with one of the exceptions of a client, and returns what the
        answer says of it.
        """
        kind = ClientError if isinstance(expected, str) else expected
        with self.assertRaises(kind) as caught:
            call(**parameters)
        answer = caught.exception.response
        code = expected if isinstance(expected, str) else None
        if code is not None:
            self.assertEqual(answer["Error"]["Code"], code)
        self.assertTrue(400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 500, answer)
        return answer

    def pages(self, client, operation, key, page_size=1, **parameters):
        """Everything that a paginator yields in pages of a size. There have to be several pages."""
        paginator = client.get_paginator(operation)
        pages = list(paginator.paginate(PaginationConfig={"PageSize": page_size}, **parameters))
        self.assertGreater(len(pages), 1, f"{operation} came in one page")
        return [item for page in pages for item in page.get(key, [])]

    def all(self, client, operation, key, **parameters):
        """Everything that a paginator yields, in however many pages."""
        return list(client.get_paginator(operation).paginate(**parameters).search(f"{key}[]"))
