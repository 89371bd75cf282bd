"""What a resource can be bought as."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wpslab.emulator.core.errors import BadRequest
from wpslab.emulator.core.skus import KINDS, sku_of

SAME_EACH_TIME = settings(deadline=None, derandomize=True, database=None)
UNITS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)


@pytest.mark.parametrize(
    ("name", "tier", "size", "units", "scale_type"),
    [
        ("Free_F1", "Free", "F1", (1,), "Manual"),
        ("Standard_S1", "Standard", "S1", UNITS, "Manual"),
        ("Premium_P1", "Premium", "P1", UNITS, "Automatic"),
        ("Premium_P2", "Premium", "P2", (100, 200, 300, 400, 500, 600, 700, 800, 900, 1000), "Automatic"),
    ],
)
def test_each_kind_has_its_tier_size_and_units(name, tier, size, units, scale_type):
    kind = sku_of(name).kind
    assert (kind.name, kind.tier, kind.size, kind.units, kind.scale_type) == (name, tier, size, units, scale_type)


def test_there_are_four_kinds():
    assert [kind.name for kind in KINDS] == ["Free_F1", "Standard_S1", "Premium_P1", "Premium_P2"]


@pytest.mark.parametrize(
    ("name", "units"), [("Free_F1", 1), ("Standard_S1", 1), ("Premium_P1", 1), ("Premium_P2", 100)]
)
def test_units_that_nobody_names_are_the_fewest_there_are(name, units):
    assert sku_of(name).capacity == units


@pytest.mark.parametrize(
    ("name", "capacity", "connections", "messages"),
    [
        ("Free_F1", 1, 20, 20_000),
        ("Standard_S1", 1, 1000, None),
        ("Standard_S1", 7, 7000, None),
        ("Standard_S1", 100, 100_000, None),
        ("Premium_P1", 20, 20_000, None),
        ("Premium_P2", 1000, 1_000_000, None),
    ],
)
def test_limits_grow_with_the_units_and_only_free_stops_at_a_number_of_messages(name, capacity, connections, messages):
    sku = sku_of(name, capacity)
    assert (sku.max_connections, sku.max_messages_per_day) == (connections, messages)


def test_names_compare_without_case_and_come_back_as_azure_spells_them():
    assert sku_of("fREE_f1").kind.name == "Free_F1"


@pytest.mark.parametrize("name", ["", "Free", "Basic_B1", "Free_F1 ", "Gold"])
def test_kind_there_is_not_is_refused_with_those_there_are(name):
    with pytest.raises(BadRequest, match="Free_F1, Standard_S1, Premium_P1, Premium_P2") as caught:
        sku_of(name)
    assert caught.value.target == "sku.name"


@SAME_EACH_TIME
@given(st.sampled_from(KINDS), st.integers(-(10**6), 10**6))
def test_number_of_units_is_one_of_the_list_or_refused(kind, capacity):
    if capacity in kind.units:
        assert sku_of(kind.name, capacity).capacity == capacity
    else:
        with pytest.raises(BadRequest, match=kind.name) as caught:
            sku_of(kind.name, capacity)
        assert caught.value.target == "sku.capacity"


def test_zero_units_are_not_taken_for_none_named():
    with pytest.raises(BadRequest):
        sku_of("Standard_S1", 0)
