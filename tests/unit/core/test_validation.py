"""What is known about webhooks, and when they are asked again."""

import pytest

from wpslab.emulator.core.failures import FailureKind
from wpslab.emulator.core.validation import Validation, Validations

PROBLEM = FailureKind.VALIDATION_STATUS
URL = "http://localhost:8081/validate?code=abc"


def due_after(validation, now):
    """Seconds until the webhook has to be asked again, found by asking as an event would."""
    return next(seconds for seconds in range(100) if validation.is_due(now + seconds))


def test_webhook_nobody_asked_yet_is_due_at_once():
    validation = Validation()
    assert validation.is_due(0.0)
    assert not validation.known


def test_webhook_that_is_being_asked_is_not_asked_by_a_second_event():
    validation = Validation()
    validation.asking = True
    assert not validation.is_due(1000.0)
    validation.finish(1000.0, None)
    assert not validation.asking


def test_success_holds_for_a_minute():
    validation = Validation()
    validation.finish(1000.0, None)
    assert (validation.known, validation.problem) == (True, None)
    assert not validation.is_due(1059.9)
    assert validation.is_due(1060.0)


def test_after_failures_the_waits_double_up_to_a_minute():
    validation, now, waits = Validation(), 1000.0, []
    for _ in range(9):
        validation.finish(now, PROBLEM)
        waits.append(due_after(validation, now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_webhook_may_fail_for_days():
    validation = Validation()
    for attempt in range(2000):
        validation.finish(60.0 * attempt, PROBLEM)
    assert due_after(validation, 60.0 * 1999) == 60


def test_failure_right_after_a_success_starts_with_one_second_again():
    validation = Validation()
    for now in (0.0, 1.0, 3.0):
        validation.finish(now, PROBLEM)
    validation.finish(7.0, None)
    validation.finish(67.0, PROBLEM)
    assert due_after(validation, 67.0) == 1


def test_last_known_result_is_used_while_a_new_one_is_fetched():
    validation = Validation()
    validation.finish(0.0, None)
    assert validation.is_due(60.0)
    validation.asking = True
    assert (validation.known, validation.problem) == (True, None)


def test_result_tells_what_was_wrong_until_the_webhook_consents():
    validation = Validation()
    validation.finish(0.0, PROBLEM, 405, "Method Not Allowed")
    assert (validation.problem, validation.status, validation.detail) == (PROBLEM, 405, "Method Not Allowed")
    validation.finish(1.0, None)
    assert (validation.problem, validation.status, validation.detail) == (None, 0, "")


def test_equal_urls_share_one_result_and_others_do_not():
    validations = Validations()
    assert validations.of(URL, "chat") is validations.of(URL, "news")
    assert validations.of(URL, "chat") is not validations.of(URL.replace("abc", "abd"), "chat")


def test_forgotten_webhooks_are_asked_anew():
    validations = Validations()
    other = URL.replace("abc", "abd")
    for url, hub in ((URL, "chat"), (URL, "shared"), (other, "news")):
        validations.of(url, hub).finish(0.0, None)
    validations.forget("shared")
    assert not validations.of(URL, "chat").known
    assert validations.of(URL, "chat").is_due(0.0)
    assert validations.of(other, "news").known  # of a hub that nobody changed


@pytest.mark.parametrize("kind", FailureKind)
def test_failures_of_validation_are_told_from_failures_of_events(kind):
    assert kind.is_validation == kind.name.startswith("VALIDATION_")
