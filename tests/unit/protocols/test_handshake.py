"""A client's handshake, read."""

import pytest

from wpslab.emulator.protocols import handshake


@pytest.mark.parametrize("path", ["/client/hubs/chat", "/client", "/client/", "/client/hubs/", "/client/hubs/c%5B1%5D"])
def test_client_paths(path):
    assert handshake.is_client_path(path)


@pytest.mark.parametrize("path", ["/", "/clients/mqtt/hubs/chat", "/client/hubs/chat/more", "/api/hubs/a", "/clientx"])
def test_other_paths(path):
    assert not handshake.is_client_path(path)


@pytest.mark.parametrize(
    ("target", "hub"),
    [
        ("/client/hubs/chat", "chat"),
        ("/client/hubs/c%5B1%5D?hub=other", "c[1]"),
        ("/client/?hub=chat", "chat"),
        ("/client?hub=chat", "chat"),
        ("/client", None),
        ("/client/hubs/", ""),
    ],
)
def test_hub_stands_in_the_path_or_the_query(target, hub):
    assert handshake.read(target, {}).hub == hub


def test_token_of_the_query_comes_before_the_header_and_its_name_ignores_case():
    headers = {"Authorization": "bearer from-header"}
    assert handshake.read("/client/hubs/chat?Access_Token=from-query", headers).access_token == "from-query"
    assert handshake.read("/client/hubs/chat", headers).access_token == "from-header"
    assert handshake.read("/client/hubs/chat", {"Authorization": "Basic x"}).access_token is None


def test_everything_else_of_the_query_is_kept_and_the_token_is_not():
    request = handshake.read("/client/hubs/chat?access_token=t&a=1&a=2&b=%20", {"Host": "h:1"})
    assert request.query == {"a": ["1", "2"], "b": [" "]}
    assert request.host == "h:1"


def test_subprotocols_keep_their_order():
    headers = {"Sec-WebSocket-Protocol": "b, a ,,c"}
    assert handshake.read("/client/hubs/chat", headers).subprotocols == ["b", "a", "c"]
