"""The clock and its timers."""

import pytest

from wpslab.emulator.core.clock import Clock


def test_advance_moves_time_and_runs_what_is_due_in_order():
    clock, ran = Clock(lambda: 100.0), []
    clock.call_later(20, lambda: ran.append("later"))
    clock.call_later(10, lambda: ran.append("sooner"))
    clock.advance(9.9)
    assert ran == []
    clock.advance(20)
    assert ran == ["sooner", "later"]
    assert clock.time() == pytest.approx(129.9)


def test_cancelled_timer_does_not_run_and_is_not_waited_for():
    clock, ran = Clock(lambda: 0.0), []
    timer = clock.call_later(1, lambda: ran.append("cancelled"))
    clock.call_later(2, lambda: ran.append("kept"))
    timer.cancel()
    assert clock.next_due == 2
    clock.advance(5)
    assert ran == ["kept"]
    assert clock.next_due is None


def test_timer_that_sets_itself_anew_runs_once_for_a_leap():
    clock, ran = Clock(lambda: 0.0), []

    def tick():
        ran.append(clock.time())
        clock.call_later(10, tick)

    clock.call_later(10, tick)
    clock.advance(35)
    assert ran == [35]
    assert clock.next_due == 45


def test_clock_does_not_go_back():
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(-1)


def test_timers_that_were_cancelled_do_not_pile_up():
    clock = Clock(lambda: 0.0)
    clock.call_later(1, lambda: None)  # an earlier one keeps the later ones from the top
    for _ in range(10_000):
        clock.call_later(100, lambda: None).cancel()
    assert len(clock._timers) < 200
    assert clock.next_due == 1


def test_timers_that_are_left_run_after_many_were_cancelled():
    clock = Clock(lambda: 0.0)
    ran = []
    for number in range(300):
        timer = clock.call_later(10 + number % 7, lambda number=number: ran.append(number))
        if number % 3:
            timer.cancel()
    clock.advance(20)
    assert sorted(ran) == list(range(0, 300, 3))
