"""Long-running operations, which are over before anybody asks."""

import uuid

import pytest

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.errors import ManagementError
from wpslab.emulator.core.operations import MAX_REMEMBERED, Operations


@pytest.fixture
def operations():
    return Operations(Clock(lambda: 1234.5))


def test_operation_is_found_by_its_id_which_is_a_guid(operations):
    added = operations.add("nothing")
    assert str(uuid.UUID(added.id)) == added.id
    assert operations.find(added.id) is added
    assert operations.find(added.id.upper()) is added
    assert (added.outcome, added.time, added.resource) == ("nothing", 1234.5, None)


def test_each_operation_has_an_id_of_its_own(operations):
    assert len({operations.add("gone").id for _ in range(100)}) == 100


@pytest.mark.parametrize("id", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_operation_there_was_not_is_not_found(operations, id):
    with pytest.raises(ManagementError) as caught:
        operations.find(id)
    assert caught.value.code == "OperationNotFound"


def test_oldest_operation_is_forgotten_first(operations):
    first, second = operations.add("nothing"), operations.add("nothing")
    for _ in range(MAX_REMEMBERED - 1):
        operations.add("nothing")
    assert operations.find(second.id) is second
    with pytest.raises(ManagementError):
        operations.find(first.id)
