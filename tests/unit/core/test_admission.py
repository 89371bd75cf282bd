"""Who comes in as what: the token's word and a `connect` handler's, put together."""

import pytest

from wpslab.emulator.core.admission import ConnectAnswer, admit
from wpslab.emulator.core.errors import InvalidAnswer, NotAvailable
from wpslab.emulator.core.events import ConnectEvent
from wpslab.emulator.core.failures import FailureKind
from wpslab.emulator.core.subprotocols import Protocol, Subprotocol

JSON = "json.webpubsub.azure.v1"


def event(*subprotocols, **members):
    token = {"user_id": "ann", "roles": ("token.role",), "groups": ("token-group",), **members}
    return ConnectEvent(hub="chat", connection_id="c1", id=0, time=0.0, subprotocols=subprotocols, **token)


def test_without_a_handler_the_token_decides():
    admission = admit(event(JSON))
    assert (admission.user_id, admission.roles, admission.groups) == ("ann", ("token.role",), ("token-group",))
    assert admission.subprotocol == Subprotocol(Protocol.JSON, JSON)
    assert admission.state is None


def test_handler_that_decides_nothing_keeps_what_the_token_says():
    assert admit(event(JSON), ConnectAnswer()) == admit(event(JSON))


@pytest.mark.parametrize(("answer", "user_id"), [(None, "ann"), ("bob", "bob"), ("", None), (" ", " "), ("ü", "ü")])
def test_user_id_replaces_the_tokens_and_an_empty_one_takes_it_away(answer, user_id):
    assert admit(event(), ConnectAnswer(user_id=answer)).user_id == user_id


def test_handler_may_name_an_anonymous_client():
    anonymous = event(user_id=None)
    assert admit(anonymous, ConnectAnswer()).user_id is None
    assert admit(anonymous, ConnectAnswer(user_id="guest")).user_id == "guest"


@pytest.mark.parametrize(
    ("answer", "roles"),
    [(None, ("token.role",)), (["a", "b"], ("a", "b")), ([], ()), (["what nobody knows"], ("what nobody knows",))],
)
def test_roles_replace_the_tokens_and_an_empty_list_takes_all_away(answer, roles):
    assert admit(event(), ConnectAnswer(roles=answer)).roles == roles


@pytest.mark.parametrize(
    ("answer", "groups"), [(None, ("token-group",)), (["a", "b"], ("a", "b")), ([], ("token-group",))]
)
def test_groups_replace_the_tokens_and_an_empty_list_keeps_them(answer, groups):
    assert admit(event(), ConnectAnswer(groups=answer)).groups == groups


@pytest.mark.parametrize("group", ["", " ", "\t\n", "g" * 1025])
def test_group_nobody_can_join_spoils_the_answer(group):
    with pytest.raises(InvalidAnswer, match="is no group name") as caught:
        admit(event(), ConnectAnswer(groups=["fine", group]))
    assert caught.value.kind is FailureKind.BAD_GROUPS


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], Subprotocol(Protocol.SIMPLE, None)),
        (["chat.v1"], Subprotocol(Protocol.SIMPLE, None)),
        (["chat.v1", JSON], Subprotocol(Protocol.JSON, JSON)),
    ],
)
def test_without_a_choice_the_first_supported_subprotocol_counts_and_a_custom_one_never(offered, chosen):
    assert admit(event(*offered), ConnectAnswer()).subprotocol == chosen


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        (JSON, Subprotocol(Protocol.JSON, JSON)),
        ("chat.v1", Subprotocol(Protocol.SIMPLE, "chat.v1")),
        ("chat.v2", Subprotocol(Protocol.SIMPLE, "chat.v2")),
    ],
)
def test_handler_chooses_among_what_the_client_offered(answer, chosen):
    assert admit(event("chat.v1", JSON, "chat.v2"), ConnectAnswer(subprotocol=answer)).subprotocol == chosen


@pytest.mark.parametrize(
    ("offered", "answer", "chosen"),
    [
        (["Chat.V1"], "chat.v1", Subprotocol(Protocol.SIMPLE, "Chat.V1")),
        (["CHAT", "chat"], "chat", Subprotocol(Protocol.SIMPLE, "chat")),
        ([JSON], JSON.upper(), Subprotocol(Protocol.JSON, JSON)),
    ],
)
def test_choice_is_told_to_the_client_in_the_spelling_of_its_offer(offered, answer, chosen):
    assert admit(event(*offered), ConnectAnswer(subprotocol=answer)).subprotocol == chosen


@pytest.mark.parametrize(
    ("offered", "words"), [([], "the client offered none"), (["chat.v1", "chat.v2"], "offered chat.v1, chat.v2")]
)
@pytest.mark.parametrize("answer", [JSON, "other", ""])
def test_subprotocol_the_client_did_not_offer_spoils_the_answer(offered, words, answer):
    with pytest.raises(InvalidAnswer, match=words) as caught:
        admit(event(*offered), ConnectAnswer(subprotocol=answer))
    assert caught.value.kind is FailureKind.BAD_SUBPROTOCOL


def test_subprotocol_the_emulator_does_not_speak_is_refused_in_words():
    reliable = "json.reliable.webpubsub.azure.v1"
    with pytest.raises(NotAvailable, match="reliable"):
        admit(event(reliable), ConnectAnswer())
    with pytest.raises(NotAvailable, match="reliable"):
        admit(event(JSON, reliable), ConnectAnswer(subprotocol=reliable))
    custom = admit(event(reliable, "chat.v1"), ConnectAnswer(subprotocol="chat.v1"))
    assert custom.subprotocol == Subprotocol(Protocol.SIMPLE, "chat.v1")


@pytest.mark.parametrize("state", [None, "", "eyJrIjoxfQ=="])
def test_state_is_kept_for_later_also_an_empty_one(state):
    assert admit(event(), ConnectAnswer(state=state)).state == state
