import re
from xml.etree import ElementTree

import pytest

from wpslab.widgets import AckError
from wpslab.widgets.snapshot import Entry, Snapshot, columns, wrap

SVG = "{http://www.w3.org/2000/svg}"
ID = "0123456789abcdef0123456789abcdef"


def picture(*texts, note=""):
    entries = tuple(Entry("← received", text, "in") for text in texts)
    return Snapshot("Title", "● connected", ("detail",), entries, note, "\n".join(texts))


async def play(panel):
    await panel.connect()
    await panel.join_group("room1")
    await panel.send_to_group("room1", "Grüße <&>")
    with pytest.raises(AckError):
        await panel.send_event("order", "17")
    snapshot = panel.snapshot()
    await panel.disconnect()
    return snapshot


async def test_snapshots_of_the_same_story_are_the_same_but_for_the_ids(make_panel, mask):
    first, second = await play(make_panel()), await play(make_panel())
    assert first.text != second.text
    assert mask(repr(first)) == mask(repr(second))
    assert mask(first.svg()) == mask(second.svg())


async def test_text_has_a_line_for_each_frame_as_it_travelled(make_panel):
    lines = repr(await play(make_panel())).splitlines()
    assert lines[0] == "ClientPanel(hub='widgets', user_id='user1'): connected, groups: room1"
    assert [line[0] for line in lines[1:]] == ["←", "→", "←", "→", "←", "←", "→", "←", "!"]
    assert lines[2] == '→ {"type": "joinGroup", "group": "room1", "ackId": 1}'


async def test_only_the_last_frames_are_shown_and_the_others_counted(make_panel):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    assert repr(panel.snapshot(last=1)).splitlines()[1:] == [
        "… 2 earlier frames",
        '← {"type":"ack","ackId":1,"success":true}',
    ]
    assert panel.snapshot(last=0).entries[0].text == "none yet"


def test_snapshot_of_a_new_panel_says_that_there_are_no_frames(make_panel):
    assert repr(make_panel().snapshot()).splitlines()[1:] == ["no frames"]


def test_mime_bundle_has_the_picture_and_the_text():
    bundle = picture("hello")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml"}


def test_svg_is_well_formed_and_has_a_title_and_a_description():
    svg = ElementTree.fromstring(picture('{"a": "<&>"}', "bell \x07", note="! no").svg())
    assert svg.find(f"{SVG}title").text == "Title"
    assert "<&>" in svg.find(f"{SVG}desc").text
    assert svg.get("role") == "img"


def test_ids_stay_in_one_text_node():
    svg = picture(*('"x":' + "y" * pad + f'{{"connectionId":"{ID}"}}' for pad in range(0, 90, 7))).svg()
    nodes = [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert sum(ID in text for text in nodes) == 13


def test_geometry_does_not_depend_on_the_letters_of_an_id():
    other = "f" * 32
    assert picture(f'{{"id":"{ID}"}}' * 4).svg().replace(ID, other) == picture(f'{{"id":"{other}"}}' * 4).svg()


@pytest.mark.parametrize("width", [8, 20, 80])
def test_wrapping_keeps_every_letter_and_the_width(width):
    text = '{"type": "message", "data": "' + "xyz" * 40 + ' 你好世界", "more": [1, 2, 3]}'
    lines = wrap(text, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(columns(line) <= width for line in lines)


def test_wrapping_nothing_gives_one_empty_line():
    assert wrap("", 20) == [""]
