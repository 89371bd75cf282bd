"""What `make notebooks` and nbval mask: everything that varies, nothing else, and the same by both."""

from __future__ import annotations

import pytest
from nbval.plugin import get_sanitize_patterns
from notebook_files import script

notebooks = script("run_notebooks")

VARYING = [
    ('{"connectionId":"0123456789abcdef0123456789abcdef"}', '{"connectionId":"CONNECTION_ID"}'),
    ("id: Yk3aGqV0x_-A1bC2dE3fG4hJ5kL6mN7p", "id: CONNECTION_ID"),
    ("http://127.0.0.1:41235/api/health", "http://127.0.0.1:PORT/api/health"),
    ("ws://localhost:8080/client/hubs/chat", "ws://localhost:PORT/client/hubs/chat"),
    ("aud=http%3A%2F%2F127.0.0.1%3A41235%2Fclient", "aud=http%3A%2F%2F127.0.0.1%3APORT%2Fclient"),
    ("?access_token=eyJhbGciOi.eyJzdWIiOi.S1g-_x", "?access_token=ACCESS_TOKEN"),
    ("eyJhbGciOiJIUzI1NiIs…", "ACCESS_TOKEN…"),
    (
        "Endpoint=http://localhost;Port=41235;AccessKey=aB+/c0==;Version=1.0;",
        "Endpoint=http://localhost;Port=PORT;AccessKey=ACCESS_KEY;Version=1.0;",
    ),
    ("{'iat': 1790000000, 'exp': 1790003600}", "{'iat': UNIX_TIME, 'exp': UNIX_TIME}"),
    ('{"exp":1790003600}', '{"exp":UNIX_TIME}'),
    ("<Task at 0x7f3a5c1d2e80>", "<Task at 0xADDRESS>"),
]
STEADY = [
    "AccessKey=***;Version=1.0;",
    "azure-messaging-webpubsubservice",
    "json.webpubsub.azure.v1",
    "-" * 40,
    "test_connection_joins_group_without_permission_gets_forbidden",
    '{"type":"ack","ackId":1234567890,"success":true}',
    "12:30:45",
    "user1 joined group_1",
]


@pytest.mark.parametrize(("raw", "shown"), VARYING)
def test_what_varies_is_masked_and_masking_again_changes_nothing(raw: str, shown: str):
    masks = notebooks.read_masks()
    assert notebooks.mask(raw, masks) == shown
    assert notebooks.mask(shown, masks) == shown


@pytest.mark.parametrize("text", STEADY)
def test_what_does_not_vary_is_left_alone(text: str):
    assert notebooks.mask(text, notebooks.read_masks()) == text


def test_nbval_reads_the_same_pairs():
    theirs = get_sanitize_patterns(notebooks.SANITIZE.read_text(encoding="utf-8"))
    ours = [(item.pattern.pattern, item.replacement) for item in notebooks.read_masks(writing=False)]
    assert ours == theirs


def test_card_is_compared_away_but_written_back():
    card = '<div class="wpslab-card" role="note"><b>ready</b>\n<i>http://127.0.0.1:41235</i></div><!-- wpslab-card -->'
    assert notebooks.mask(card, notebooks.read_masks(writing=False)) == "LAB_CARD"
    assert "ready" in notebooks.mask(card, notebooks.read_masks())
    assert notebooks.mask(card, notebooks.read_masks(writing=False)) == notebooks.mask(
        notebooks.mask(card, notebooks.read_masks()), notebooks.read_masks(writing=False)
    )


def test_machine_paths_leave_a_traceback():
    text = 'File "/usr/lib/python3.12/asyncio/runners.py", line 9; File ~/v/lib/python3.11/site-packages/a/b.py:3'
    assert notebooks.mask(text, []) == 'File "…/asyncio/runners.py", line 9; File …/a/b.py:3'


def test_a_frame_outside_the_notebook_is_one_line_without_what_differs_by_python():
    part = "\x1b[36mFile \x1b[39m\x1b[32m…/asyncio/runners.py:190\x1b[39m, in \x1b[36mrun\x1b[39m(main)\n    189 x"
    assert notebooks.shorten_frame(part) == "File …/asyncio/runners.py, in run()\n"
    cell = (
        "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[17]\x1b[39m\x1b[32m, line 2\x1b[39m\n      1 script = main()"
    )
    assert notebooks.shorten_frame(cell) == cell
