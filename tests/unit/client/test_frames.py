import pytest

from wpslab.client.frames import RECEIVED, SENT, Frame, FrameLog, binary_text, cut, one_line


def test_log_keeps_the_last_frames_and_goes_on_counting():
    log = FrameLog(kept=3)
    for number in range(1, 6):
        log.append(SENT, f"frame {number}")
    assert [frame.text for frame in log] == ["frame 3", "frame 4", "frame 5"]
    assert [row[0] for row in log.rows()] == [3, 4, 5]


def test_search_finds_the_latest_received_frame():
    log = FrameLog()
    for direction, text in [(RECEIVED, "a 1"), (RECEIVED, "a 2"), (SENT, "a 3")]:
        log.append(direction, text)
    assert log.find_received("a") == Frame(RECEIVED, "a 2")
    assert log.find_received("b") is None


def test_front_end_gets_long_texts_cut():
    log = FrameLog()
    log.append(RECEIVED, "x" * 10_000)
    assert log.rows()[0][2].endswith("(6,000 more characters)")
    assert next(iter(log)).text == "x" * 10_000


def test_short_text_is_not_cut():
    assert cut("hello", 5) == "hello"


def test_line_breaks_become_visible():
    assert one_line("a\nb") == "a⏎b"
    assert str(Frame(SENT, "a\nb")) == "→ a⏎b"


def test_binary_frame_is_written_as_its_length_and_first_bytes():
    assert binary_text(b"\x00\xff") == "(2 bytes) 00 ff"
    assert binary_text(bytes(40)).endswith("00 …")


@pytest.mark.parametrize("text", ["", "no line break"])
def test_text_of_one_line_stays_as_it_is(text):
    assert one_line(text) == text
