"""Roles, patterns, grants and revocations."""

import pytest

from wpslab.emulator.core.errors import Conflict
from wpslab.emulator.core.patterns import GroupPattern
from wpslab.emulator.core.permissions import PermissionSet


def allowed(roles, group, kind="joinLeaveGroup"):
    return PermissionSet(kind, roles).allows(group)


def test_without_a_role_nothing_is_allowed():
    assert not allowed([], "g")


def test_global_role_allows_every_group_of_its_kind_only():
    assert allowed(["webpubsub.joinLeaveGroup"], "anything at all")
    assert not allowed(["webpubsub.joinLeaveGroup"], "g", kind="sendToGroup")


def test_role_for_one_group_is_literal():
    assert allowed(["webpubsub.joinLeaveGroup.a.b"], "a.b")
    assert not allowed(["webpubsub.joinLeaveGroup.*"], "g")
    assert allowed(["webpubsub.joinLeaveGroup.*"], "*")


def test_roles_are_case_sensitive_and_unknown_ones_grant_nothing():
    assert not allowed(["webpubsub.joinleavegroup", "WebPubSub.joinLeaveGroup", "admin"], "g")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("chat-*", ["chat-1", "chat-"], ["chat.1", "chat-a.b", "Chat-1"]),
        ("clientA.**", ["clientA.a.b", "clientA."], ["clientA", "clientB.a"]),
        ("a?c", ["abc"], ["a.c", "ac", "abbc"]),
        ("a.**.b", ["a..b", "a.x.y.b"], ["a.b"]),
        ("*", ["", "abc"], ["a.b"]),
        ("**", ["", "a.b"], []),
        (r"a\*b", ["a*b"], ["axb"]),
        (r"\?\\", ["?\\"], ["x\\"]),
        ("*.log", ["x.log", ".log"], ["x.y.log", "log"]),
    ],
)
def test_pattern_matches_the_whole_name(pattern, yes, no):
    compiled = GroupPattern(pattern)
    assert [name for name in yes if not compiled.matches(name)] == []
    assert [name for name in no if compiled.matches(name)] == []


@pytest.mark.parametrize("pattern", ["", "x" * 1025, "******", "?a?a?a?a?a?", "a\\", r"\n", "*a*a*a*a*a*"])
def test_illegal_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern|backslash"):
        GroupPattern(pattern)


def test_illegal_pattern_in_a_role_is_ignored_and_others_count():
    assert allowed(["webpubsub.joinLeaveGroups.a\\", "webpubsub.joinLeaveGroups.b*"], "b1")


def test_escaped_stars_cost_no_wildcard():
    assert GroupPattern(r"\*\*\*\*\*\**").matches("******anything")


def test_only_nine_patterns_are_kept_and_those_that_sort_last_are_dropped():
    roles = [f"webpubsub.sendToGroups.{letter}*" for letter in "abcdefghij"]
    assert allowed(roles, "i1", "sendToGroup")
    assert not allowed(roles, "j1", "sendToGroup")


def test_pattern_without_wildcards_takes_no_pattern_slot():
    roles = [f"webpubsub.sendToGroups.{letter}*" for letter in "abcdefghi"] + ["webpubsub.sendToGroups.zebra"]
    assert allowed(roles, "zebra", "sendToGroup")


def test_unkind_pattern_is_matched_in_no_time():
    pattern = GroupPattern("*a*a*a*a*b")
    assert not pattern.matches("a" * 1024)  # backtracking would run into the test's time limit


def test_revoking_one_group_of_a_global_role_denies_it_alone():
    permissions = PermissionSet("sendToGroup", ["webpubsub.sendToGroup"])
    permissions.set("g", False)
    assert not permissions.allows("g")
    assert permissions.allows("h")
    permissions.set("g", True)
    assert permissions.allows("g")


def test_granted_name_is_literal():
    permissions = PermissionSet("sendToGroup")
    permissions.set("room.*", True)
    assert permissions.allows("room.*")
    assert not permissions.allows("room.1")


def test_limit_of_named_groups_refuses_one_more_and_takes_repeats_and_cancellations():
    permissions = PermissionSet("sendToGroup")
    for number in range(1000):
        permissions.set(f"g{number}", True)
    with pytest.raises(Conflict):
        permissions.set("one more", True)
    permissions.set("g1", True)
    permissions.set("unknown", False)
    permissions.set("g1", False)
    permissions.set("one more", True)
    assert permissions.allows("one more")
    assert not permissions.allows("g1")
