"""Roles: which groups each of them opens, wildcard patterns included."""

import pytest

JOIN = "webpubsub.joinLeaveGroup"
SEND = "webpubsub.sendToGroup"

PATTERNS = [
    ("chat-*", ["chat-1", "chat-", "chat-äö"], ["chat.1", "chat-1.2", "my-chat-1", "Chat-1"]),
    ("clientA.**", ["clientA.a.b", "clientA.", "clientA.x"], ["clientA", "clientB.a"]),
    ("a?c", ["abc", "a-c", "a漢c"], ["a.c", "ac", "abbc"]),
    ("a.**.b", ["a..b", "a.x.b", "a.x.y.b"], ["a.b", "a.xb"]),
    ("**", ["anything", "with.dots.too", "a b"], []),
    ("*****", ["anything", "with.dots.too"], []),
    ("*", ["anything"], ["with.dot"]),
    ("?", ["a", "*"], ["ab", "."]),
    ("plain", ["plain"], ["Plain", "plainer"]),
    (r"a\*b", ["a*b"], ["ab", "axb", r"a\*b"]),
    (r"what\?", ["what?"], ["whats"]),
    (r"back\\slash", [r"back\slash"], [r"back\\slash"]),
    (r"\**", ["*", "*a"], ["a", "*.a"]),
    ("*-*-*-*-*", ["1-2-3-4-5"], ["1-2-3-4"]),
    ("[a-z]+", ["[a-z]+"], ["a"]),
]
INVALID = ["******", "*-*-*-*-*-*", r"bad\escape", "trailing\\", "", "x" * 1025, "??????"]


async def assert_groups(hub, roles, allowed, denied):
    """Prove what the roles open, for joining and, each role turned into its counterpart, for sending."""
    async with hub.json_client(url=hub.url_with_claims(role=[JOIN + role for role in roles])) as client:
        for group in allowed:
            await client.succeeds(type="joinGroup", group=group)
            await client.succeeds(type="leaveGroup", group=group)
            assert await client.fails(type="sendToGroup", group=group, data=1) == "Forbidden"
        for group in denied:
            assert await client.fails(type="joinGroup", group=group) == "Forbidden"
            assert await client.fails(type="leaveGroup", group=group) == "Forbidden"
    async with hub.json_client(url=hub.url_with_claims(role=[SEND + role for role in roles])) as client:
        for group in allowed:
            await client.succeeds(type="sendToGroup", group=group, data=1)
            assert await client.fails(type="joinGroup", group=group) == "Forbidden"
        for group in denied:
            assert await client.fails(type="sendToGroup", group=group, data=1) == "Forbidden"


async def test_the_global_role_opens_every_group(hub):
    await assert_groups(hub, [""], ["room", "a/b", "*", "with.dots"], [])


async def test_a_role_with_a_name_opens_exactly_that_group(hub):
    await assert_groups(hub, [".room"], ["room"], ["Room", "room2", "roo", ".room"])


async def test_a_name_is_no_pattern(hub):
    await assert_groups(hub, [".*", ".a.b"], ["*", "a.b"], ["room", "a", "b"])


async def test_without_roles_no_group_is_open(hub):
    await assert_groups(hub, [], [], ["room"])


@pytest.mark.parametrize("role", ["Group", "s", "x.room", "s.", "."])
async def test_unknown_roles_open_nothing(hub, role):
    await assert_groups(hub, [role], [], ["room", "Group", "s"])


async def test_role_names_compare_with_case(hub):
    roles = ["webpubsub.joinleavegroup", "WEBPUBSUB.JOINLEAVEGROUP.room", "webpubsub.JoinLeaveGroups.*"]
    async with hub.json_client(roles=roles) as client:
        assert await client.fails(type="joinGroup", group="room") == "Forbidden"


@pytest.mark.parametrize(("pattern", "allowed", "denied"), PATTERNS)
async def test_a_pattern_opens_the_groups_that_match_it(hub, pattern, allowed, denied):
    await assert_groups(hub, [f"s.{pattern}"], allowed, denied)


@pytest.mark.parametrize("pattern", INVALID)
async def test_an_invalid_pattern_is_ignored_and_the_client_gets_in(hub, pattern):
    await assert_groups(hub, [f"s.{pattern}", ".room"], ["room"], ["x", "a-b-c-d-e-f", "bad"])


async def test_nine_patterns_count_and_those_that_sort_last_are_ignored(hub):
    roles = [f"s.p{number}-*" for number in range(10)]
    await assert_groups(hub, roles[::-1], [f"p{number}-x" for number in range(9)], ["p9-x"])


async def test_a_pattern_without_wildcards_takes_no_place(hub):
    roles = [f"s.p{number}-*" for number in range(9)] + ["s.zzz"]
    await assert_groups(hub, roles, ["p8-x", "zzz"], ["other"])


async def test_roles_add_up(hub):
    await assert_groups(hub, [".one", "s.two-*", ".three"], ["one", "two-x", "three"], ["four"])


@pytest.mark.parametrize("role", [f"{JOIN}s.vip-*", f"{JOIN}"])
async def test_a_group_that_a_role_opened_can_be_revoked_by_name(hub, role):
    async with hub.json_client(roles=[role]) as client:
        hub.service.revoke_permission("joinLeaveGroup", client.id, target_name="vip-1")
        assert await client.fails(type="joinGroup", group="vip-1") == "Forbidden"
        await client.succeeds(type="joinGroup", group="vip-2")
