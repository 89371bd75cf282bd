"""The subprotocol `json.webpubsub.azure.v1`: one JSON object per text frame, in both directions."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NoReturn

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..core.errors import InvalidFrame
from ..core.limits import MAX_TTL_SECONDS
from ..core.messages import (
    AckMessage,
    ClientMessage,
    ConnectedMessage,
    DataType,
    DisconnectedMessage,
    GroupDataMessage,
    JoinGroupMessage,
    LeaveGroupMessage,
    Payload,
    PingMessage,
    PongMessage,
    SendEventMessage,
    SendToGroupMessage,
    SequenceAckMessage,
    ServerDataMessage,
    ServiceMessage,
)
from ..core.names import is_event, is_group, metadata_problem
from .frame import TEXT, Frame

NOT_VALID = "The client message is not a valid JSON protocol message."
NOT_TEXT = "The JSON subprotocol requires text messages."
_MAX_UINT64 = 2**64 - 1


class _Request(msgspec.Struct, gc=False):
    """Every member any request may have; other members are ignored."""

    type: str
    group: str = ""
    event: str = ""
    ackId: int | None = None
    noEcho: bool = False
    dataType: str = "json"
    data: Raw | UnsetType = UNSET
    metadata: Raw | UnsetType = UNSET
    ttlSeconds: int | None = None
    sequenceId: int | None = None
    stream: Raw | UnsetType = UNSET


_decode_request = msgspec.json.Decoder(_Request).decode
_decode_text = msgspec.json.Decoder(str).decode
_encode_text = msgspec.json.Encoder().encode


# Client to service


def decode(frame: Frame) -> ClientMessage:
    """Read a request.

    Raises:
        InvalidFrame: code 1003 for a binary frame, 1007 for anything that is no request, ack id or not.
    """
    if frame.opcode != TEXT:
        raise InvalidFrame(1003, NOT_TEXT)
    try:
        request = _decode_request(frame.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFrame(1007, NOT_VALID, f"{NOT_VALID} {error}") from error
    if request.ackId is not None and not 0 <= request.ackId <= _MAX_UINT64:
        _invalid("ackId is an integer from 0 to 2^64-1")
    match request.type.lower():
        case "sendtogroup":
            _check_ttl(request)
            if request.stream is not UNSET and bytes(request.stream) != b"null":
                _invalid("the emulator has no streams yet")  # published as a message, it would be a wrong success
            return SendToGroupMessage(_group(request), _payload(request), request.noEcho, request.ackId)
        case "joingroup":
            return JoinGroupMessage(_group(request), request.ackId)
        case "leavegroup":
            return LeaveGroupMessage(_group(request), request.ackId)
        case "event":
            if not is_event(request.event):
                _invalid("event is a letter and up to 127 letters, digits, _ . or -")
            return SendEventMessage(request.event, _payload(request), request.ackId)
        case "ping":
            return PingMessage()
        case "sequenceack":
            if request.sequenceId is None or not 0 <= request.sequenceId <= _MAX_UINT64:
                _invalid("sequenceId is an integer from 0 to 2^64-1")
            return SequenceAckMessage(request.sequenceId)
    _invalid(f"there is no request of type {request.type[:64]!r}")


def _group(request: _Request) -> str:
    if not is_group(request.group):
        _invalid("group has 1 to 1024 characters that are not all white space")
    return request.group


def _check_ttl(request: _Request) -> None:
    if request.ttlSeconds is not None and not 0 <= request.ttlSeconds <= MAX_TTL_SECONDS:
        _invalid(f"ttlSeconds is 0 to {MAX_TTL_SECONDS}")


def _payload(request: _Request) -> Payload:
    metadata = _metadata(request.metadata)
    data_type = request.dataType.lower()
    if request.data is UNSET:
        if not metadata:
            _invalid("data is missing")
        return Payload("text", b"", metadata)
    raw = bytes(request.data)
    match data_type:
        case "json":
            if raw == b"null":
                _invalid("data is null")
            return Payload("json", raw, metadata)
        case "text":
            return Payload("text", _text(raw).encode(), metadata)
        case "binary" | "protobuf":
            return Payload("binary" if data_type == "binary" else "protobuf", _base64(raw), metadata)
    _invalid("dataType is json, text, binary or protobuf")


def _text(raw: bytes) -> str:
    try:
        text = _decode_text(raw)
        text.encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidFrame(1007, NOT_VALID, f"{NOT_VALID} data is not a text: {error}") from error
    return text


def _base64(raw: bytes) -> bytes:
    try:
        return base64.b64decode(_text(raw), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidFrame(1007, NOT_VALID, f"{NOT_VALID} data is not Base64: {error}") from error


def _metadata(raw: Raw | UnsetType) -> dict[str, str] | None:
    if raw is UNSET or bytes(raw) == b"null":
        return None
    try:
        metadata = json.loads(bytes(raw), object_pairs_hook=_without_duplicates)
    except ValueError as error:
        raise InvalidFrame(1007, NOT_VALID, f"{NOT_VALID} metadata: {error}") from error
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        _invalid("metadata is an object of texts")
    if problem := metadata_problem(metadata):
        _invalid(problem)
    return metadata or None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key stands twice")
    return members


def _invalid(detail: str) -> NoReturn:
    raise InvalidFrame(1007, NOT_VALID, f"{NOT_VALID} {detail}")


# Service to client


def encode(message: ServiceMessage) -> Frame:
    """Write a frame for a client."""
    match message:
        case GroupDataMessage():
            head = b'{"type":"message","from":"group",'
            if message.from_user_id is not None:
                head += b'"fromUserId":' + _encode_text(message.from_user_id) + b","
            return Frame(TEXT, head + b'"group":' + _encode_text(message.group) + b"," + _data(message.payload))
        case ServerDataMessage():
            return Frame(TEXT, b'{"type":"message","from":"server",' + _data(message.payload))
        case AckMessage(ack_id, None):
            return Frame(TEXT, b'{"type":"ack","ackId":%d,"success":true}' % ack_id)
        case AckMessage(ack_id, (name, text)):
            error = _encode_text({"name": name, "message": text})
            return Frame(TEXT, b'{"type":"ack","ackId":%d,"success":false,"error":%b}' % (ack_id, error))
        case ConnectedMessage():
            body = {"userId": message.user_id, "connectionId": message.connection_id}
            return Frame(TEXT, b'{"type":"system","event":"connected",' + _encode_text(body)[1:])
        case DisconnectedMessage():
            return Frame(
                TEXT, b'{"type":"system","event":"disconnected","message":' + _encode_text(message.message) + b"}"
            )
        case PongMessage():
            return Frame(TEXT, b'{"type":"pong"}')
        case _:
            raise TypeError(f"There is no frame for {type(message).__name__}.")


def _data(payload: Payload) -> bytes:
    data_type: DataType = payload.data_type
    if data_type == "json":
        data = payload.data
    elif data_type == "text":
        data = _encode_text(payload.data.decode())
    else:
        data = b'"' + base64.b64encode(payload.data) + b'"'
    tail = b"}" if payload.metadata is None else b',"metadata":' + _encode_text(dict(payload.metadata)) + b"}"
    return b'"dataType":"%b","data":%b%b' % (data_type.encode(), data, tail)
