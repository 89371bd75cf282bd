"""How much of what a SKU allows is used up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.errors import QuotaExceeded
from wpslab.emulator.core.quota import Quota
from wpslab.emulator.core.skus import sku_of

SAME_EACH_TIME = settings(deadline=None, derandomize=True, database=None)
DAY = 86_400
PIECE = 2048


class Now:
    """A clock that is set."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.clock = Clock(lambda: self.seconds)


def free(now=None):
    return Quota((now or Now()).clock, sku_of("Free_F1"))


@pytest.mark.parametrize(
    ("size", "pieces"),
    [(0, 1), (1, 1), (PIECE, 1), (PIECE + 1, 2), (2 * PIECE, 2), (2 * PIECE + 1, 3), (2**20, 512), (2**20 + 1, 513)],
)
def test_message_counts_in_pieces_of_two_kilobytes_and_at_least_once(size, pieces):
    quota = free()
    quota.count(size, 1)
    assert quota.sent_today == pieces


def test_message_counts_once_for_each_receiver():
    quota = free()
    quota.count(PIECE + 1, 7)
    assert quota.sent_today == 14


def test_message_to_nobody_counts_nothing_even_at_the_limit():
    quota = free()
    quota.count(1, 20_000)
    quota.count(2**20, 0)
    assert quota.sent_today == 20_000


def test_last_message_is_sent_and_one_more_is_refused():
    quota = free()
    quota.count(1, 19_999)
    quota.count(1, 1)
    with pytest.raises(QuotaExceeded, match=r"^Message count reaches limit: Free_F1 sends 20,000 messages a day"):
        quota.count(1, 1)


def test_refused_message_is_not_counted_so_that_a_smaller_one_still_fits():
    quota = free()
    quota.count(1, 19_990)
    with pytest.raises(QuotaExceeded):
        quota.count(1, 11)
    assert quota.sent_today == 19_990
    quota.count(1, 10)


def test_day_ends_at_midnight_by_utc():
    now = Now(20_000 * DAY - 1)
    quota = free(now)
    quota.count(1, 20_000)
    now.seconds += 0.999
    with pytest.raises(QuotaExceeded):
        quota.count(1, 1)
    now.seconds = 20_000 * DAY
    assert quota.sent_today == 0
    quota.count(1, 20_000)
    assert quota.sent_today == 20_000


def test_days_without_a_message_are_no_credit():
    now = Now()
    quota = free(now)
    quota.count(1, 5)
    now.seconds = 30 * DAY
    quota.count(1, 20_000)
    with pytest.raises(QuotaExceeded):
        quota.count(1, 1)


def test_sku_that_is_billed_for_more_never_stops():
    quota = Quota(Now().clock, sku_of("Standard_S1"))
    for _ in range(3):
        quota.count(2**20, 10**6)
    assert not quota.counts_messages
    assert quota.sent_today == 0


def test_new_sku_counts_at_once_in_both_directions():
    quota = free()
    quota.count(1, 20_000)
    quota.sku = sku_of("Standard_S1")
    quota.count(1, 1)
    quota.check_room(500)
    quota.sku = sku_of("Free_F1")
    assert quota.counts_messages
    with pytest.raises(QuotaExceeded):
        quota.count(1, 1)
    with pytest.raises(QuotaExceeded):
        quota.check_room(500)


@pytest.mark.parametrize(
    ("sku", "units", "most", "words"),
    [
        ("Free_F1", 1, 20, "Free_F1 with 1 unit has 20 connections"),
        ("Standard_S1", 1, 1000, "Standard_S1 with 1 unit has 1,000 connections"),
        ("Standard_S1", 2, 2000, "Standard_S1 with 2 units has 2,000 connections"),
    ],
)
def test_one_connection_more_than_there_is_room_for_is_refused(sku, units, most, words):
    quota = Quota(Now().clock, sku_of(sku, units))
    quota.check_room(0)
    quota.check_room(most - 1)
    for connections in (most, most + 1):
        with pytest.raises(QuotaExceeded, match=f"^Connection count reaches limit: {words}"):
            quota.check_room(connections)


@SAME_EACH_TIME
@given(st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 400))))
def test_what_is_sent_never_passes_the_limit_and_nothing_is_refused_that_fits(messages):
    quota, sent = free(), 0
    for size, receivers in messages:
        cost = receivers * max(1, -(-size // PIECE))
        if sent + cost <= 20_000:
            quota.count(size, receivers)
            sent += cost
        else:
            with pytest.raises(QuotaExceeded):
                quota.count(size, receivers)
        assert quota.sent_today == sent <= 20_000
