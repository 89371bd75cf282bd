"""The two keys of a resource."""

import base64

import pytest

from wpslab.emulator.core.access_keys import AccessKeys, new_access_key


def test_fresh_keys_are_random_and_as_long_as_azures():
    keys = {new_access_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {44}
    assert {len(base64.b64decode(key, validate=True)) for key in keys} == {32}
    assert not [key for key in keys if ";" in key]


@pytest.mark.parametrize(
    ("key_type", "changed"), [("Primary", (True, False)), ("Secondary", (False, True)), ("Salt", (True, True))]
)
def test_regenerating_replaces_the_key_that_is_named_or_with_salt_both(key_type, changed):
    keys = AccessKeys()
    before = keys.both
    keys.regenerate(key_type)
    assert tuple(old != new for old, new in zip(before, keys.both, strict=True)) == changed
    assert len(set(keys.both)) == 2


def test_primary_key_can_be_given_and_the_secondary_is_always_fresh():
    given = "k" * 32
    one, other = AccessKeys(given), AccessKeys(given)
    assert one.primary == other.primary == given
    assert one.secondary != other.secondary
    assert one.both == (given, one.secondary)


@pytest.mark.parametrize("key", ["", "k" * 31, "é" * 15])
def test_key_of_less_than_32_bytes_is_refused(key):
    with pytest.raises(ValueError, match="32 bytes"):
        AccessKeys(key)


def test_length_is_counted_in_bytes():
    assert AccessKeys("é" * 16).primary == "é" * 16


@pytest.mark.parametrize("character", [";", " ", "\n", "\0"])
def test_key_that_no_connection_string_could_hold_is_refused(character):
    with pytest.raises(ValueError, match="no blank, no semicolon and no control character"):
        AccessKeys("k" * 32 + character)


def test_no_key_shows_in_the_repr():
    keys = AccessKeys()
    assert repr(keys) == str(keys) == "<AccessKeys ***>"
