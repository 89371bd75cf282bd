"""Bodies and headers of REST sends: types, lengths, charsets, metadata."""

import base64
import json
import socket
from urllib.parse import urlsplit

import pytest

from .wire import Rest

LIMIT = 1024 * 1024
BAD_REQUEST = ("Error.BadRequest", "Request")


@pytest.fixture
def rest(webpubsub, hub):
    return Rest(webpubsub, hub.name)


async def delivered(hub, rest, body, headers):
    """Send to everybody; return what a JSON client gets."""
    async with hub.json_client() as client:
        answer = rest.call("POST", ":send", body=body, headers=headers)
        assert (answer.status, answer.body) == (202, b"")
        return await client.receive()


TYPES = {
    "text/plain": ("text", "hello"),
    "TEXT/Plain; charset=UTF-8": ("text", "hello"),
    "text/plain;charset=us-ascii;format=flowed": ("text", "hello"),
    'text/plain; charset="utf-8"': ("text", "hello"),
    "application/octet-stream": ("binary", base64.b64encode(b"hello").decode()),
    None: ("binary", base64.b64encode(b"hello").decode()),
}


@pytest.mark.parametrize("content_type", TYPES)
async def test_the_content_type_decides_the_type_of_data(hub, rest, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    frame = await delivered(hub, rest, b"hello", headers)
    assert (frame["dataType"], frame["data"]) == TYPES[content_type]


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "application/xml", "application/jsonp", "json", "", "text/plain; charset=klingon", "*/*", "text/"],
)
def test_another_content_type_is_not_supported(rest, content_type):
    assert rest.call("POST", ":send", body=b"{}", headers={"Content-Type": content_type}).status == 415


STRANGE_CHARSETS = ["utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-8-sig"]
STRANGE_CHARSETS += ["base64", "rot13", "hex", "zlib", "utf-16", "utf-32", "cp037", "utf-16-le", "mbcs", "x" * 5000]


@pytest.mark.parametrize("charset", STRANGE_CHARSETS)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
async def test_no_charset_makes_the_service_fail(hub, rest, content_type, charset):
    headers = {"Content-Type": f"{content_type}; charset={charset}"}
    async with hub.json_client() as client:
        for body in (b"hello", b'"a"', b"+2AA-", rb'"\ud800"', b"\xff\xfe\x00\xd8", b"xn--\xff", b"\\", b'"\xff"'):
            answer = rest.call("POST", ":send", body=body, headers=headers)
            assert answer.status in (202, 400, 415), (charset, body)
            if answer.status == 202:
                await client.receive()
        await client.hears_nothing()


@pytest.mark.parametrize(("charset", "text"), [("iso-8859-1", "ä"), ("utf-16", "漢"), ("shift_jis", "漢字")])
async def test_text_in_another_charset_arrives_as_the_same_text(hub, rest, charset, text):
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    frame = await delivered(hub, rest, text.encode(charset), headers)
    assert (frame["dataType"], frame["data"]) == ("text", text)


@pytest.mark.parametrize("value", ['{"a": [1, 2.50, null]}', "null", "7", '"text"', " [ ] ", '"ä漢"', "true"])
async def test_json_is_any_value(hub, rest, value):
    frame = await delivered(hub, rest, value.encode(), {"Content-Type": "application/json"})
    assert (frame["dataType"], frame["data"]) == ("json", json.loads(value))


@pytest.mark.parametrize(
    "body",
    ["", " ", "{", "hello", "{}{}", "[1,]", "{'a':1}", "NaN", "01", '"\x01"', "[" * 100_000, b'"\xff"', '{"a":1}x'],
)
def test_what_is_not_one_json_value_is_a_bad_request(rest, body):
    body = body if isinstance(body, bytes) else body.encode()
    answer = rest.call("POST", ":send", body=body, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.error) == (400, BAD_REQUEST)
    assert b"The request body is not a valid JSON." in answer.body


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
async def test_an_empty_body_is_a_message(hub, rest, content_type):
    assert (await delivered(hub, rest, b"", {"Content-Type": content_type}))["data"] == ""


async def test_text_that_is_no_utf_8_is_mended(hub, rest):
    frame = await delivered(hub, rest, b"a\xffb", {"Content-Type": "text/plain"})
    assert frame["data"] == "a\ufffdb"


# Length


async def test_a_body_of_exactly_one_mebibyte_is_taken(hub, rest):
    frame = await delivered(hub, rest, b"x" * LIMIT, {"Content-Type": "text/plain"})
    assert len(frame["data"]) == LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT])
def test_a_larger_body_is_a_bad_request(rest, size):
    answer = rest.call("POST", ":send", body=b"x" * size, headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.error) == (400, BAD_REQUEST)
    assert b"Invalid Content-Length header." in answer.body


@pytest.mark.parametrize("body", [b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n"])
def test_a_body_in_chunks_is_a_bad_request(rest, body):
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}
    answer = rest.call("POST", ":send", body=body, headers=headers)
    assert (answer.status, answer.error) == (400, BAD_REQUEST)
    assert b"Invalid Content-Length header." in answer.body


@pytest.mark.parametrize("line", ["", "Content-Length: -1\r\n", "Content-Length: x\r\n", "Content-Length: 1e3\r\n"])
def test_a_body_without_a_proper_length_is_a_bad_request(rest, emulator_only, line):
    parts = urlsplit(rest.target.endpoint)
    path = f"/api/hubs/{rest.hub}/:send"
    token = rest.target.sign(rest.target.endpoint + path)
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n{line}\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as raw:
        raw.sendall(head.encode())
        assert raw.recv(12).split() == [b"HTTP/1.0" if "Content" in line else b"HTTP/1.1", b"400"]


def test_operations_without_a_body_do_not_look_at_one(rest):
    headers = {"Content-Type": "text/html", "Transfer-Encoding": "chunked"}
    assert rest.call("POST", ":closeConnections", body=b"5\r\nhello\r\n0\r\n\r\n", headers=headers).status == 204
    assert rest.call("DELETE", "users/none/groups", body=b"{", headers={"Content-Type": "text/html"}).status == 204


# Metadata


async def test_metadata_headers_become_metadata_in_lower_case(hub, rest):
    headers = {"X-WebPubSub-Metadata-Trace-Id": " abc ", "x-webpubsub-metadata-n": "first, second ,final "}
    frame = await delivered(hub, rest, b"hello", {"Content-Type": "text/plain", **headers})
    assert frame["metadata"] == {"trace-id": "abc", "n": "final"}


async def test_without_such_headers_there_is_no_metadata(hub, rest):
    assert "metadata" not in await delivered(hub, rest, b"hello", {"X-Other": "x"})


@pytest.mark.parametrize(
    "headers",
    [
        {"a": "x" * 1025},
        {"x" * 257: "a"},
        {"a": "ä".encode()},
        {f"key{number}": "x" * 1020 for number in range(9)},
        {"": "a"},
    ],
)
def test_metadata_over_a_limit_is_a_bad_request(rest, headers):
    headers = {f"X-WebPubSub-Metadata-{name}": value for name, value in headers.items()}
    answer = rest.call("POST", ":send", body=b"hello", headers=headers)
    assert (answer.status, answer.error) == (400, BAD_REQUEST)
