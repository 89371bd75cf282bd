"""A translator that is asked without a socket."""

import json
from urllib.parse import urlencode

from wpslab.emulator.protocols.rest import RestRequest
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.translator.router import handle
from wpslab.translator.service import TranslatorService

KEY = "0123456789abcdef"
CURRENT = "2026-06-06"


class Asked:
    """A service with the phrasebook only, and a caller who knows its key."""

    def __init__(self, engines=(), **options):
        self.now = 1000.0
        book = shipped_phrasebook()
        self.service = TranslatorService(book, (book, *engines), key=KEY, clock=lambda: self.now, **options)

    def __call__(self, path, body=None, *, method=None, headers=(), key=KEY, region="local", raw=None, **query):
        sent = {"content-type": "application/json", "ocp-apim-subscription-region": region, **dict(headers)}
        if key is not None:
            sent["ocp-apim-subscription-key"] = key
        options = [(name, each) for name, value in query.items() for each in _several(value)]
        target = f"{path}?{urlencode([(name.replace('_', '-'), value) for name, value in options])}"
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        method = method or ("GET" if path.endswith("languages") else "POST")
        request = RestRequest(method, target, [each for each in sent.items() if each[1] is not None], data)
        return handle(self.service, request)

    def v3(self, path, texts=None, **query):
        body = None if texts is None else [{"Text": text} for text in texts]
        return self(path, body, **{"api_version": "3.0", **query})

    def now_version(self, path, inputs=None, **query):
        body = None if inputs is None else {"inputs": inputs}
        return self(path, body, **{"api_version": CURRENT, **query})


def _several(value):
    return value if isinstance(value, list) else [value]


def answer(response):
    assert response.status == 200, response.body
    return json.loads(response.body)


def code(response):
    error = json.loads(response.body)["error"]
    assert error["code"] // 1000 == response.status
    assert error["message"]
    return error["code"]
