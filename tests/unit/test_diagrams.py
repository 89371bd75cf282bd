"""Pictures: the committed SVGs are what their text sources make, and a source that cannot be read is refused."""

import importlib.util
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _load():
    spec = importlib.util.spec_from_file_location("wpslab_diagrams", ROOT / "scripts" / "diagrams.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


diagrams = _load()
SOURCES = sorted(diagrams.IMAGES.glob("*.toml"))
BOX = {"id": "box", "at": [20, 20], "size": [120, 40], "text": "short"}


def _picture(**parts):
    return {"title": "t", "desc": "d", "size": [300, 200], **parts}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_committed_picture_is_what_its_source_makes(source):
    assert source.with_suffix(".svg").read_text(encoding="utf-8") == diagrams.draw(source), "run `make diagrams`"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_picture_is_xml_with_a_title_and_a_description_for_screen_readers(source):
    root = ElementTree.fromstring(diagrams.draw(source))
    names = {"title", "desc"}
    spoken = {child.get("id"): child.text for child in root if child.get("id") in names}
    assert set(root.get("aria-labelledby").split()) == set(spoken) == names
    assert all(spoken.values())


def test_every_picture_has_a_source():
    assert {p.stem for p in diagrams.IMAGES.glob("*.svg")} == {p.stem for p in SOURCES}


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"box": [{**BOX, "text": "far too long for this small box"}]}, "does not fit"),
        ({"box": [BOX], "text": [{"at": [100, 44], "text": "across the edge"}]}, "touches the box"),
        ({"text": [{"at": [40, 50], "text": "one"}, {"at": [45, 52], "text": "two"}]}, "overlap"),
        ({"text": [{"at": [280, 50], "text": "out"}]}, "leaves the card"),
        (
            {"text": [{"at": [40, 50], "text": "read me"}], "arrow": [{"from": [20, 46], "to": [200, 46]}]},
            "runs through",
        ),
    ],
)
def test_picture_that_cannot_be_read_is_refused(parts, fault):
    with pytest.raises(diagrams.LayoutError, match=fault):
        diagrams.Picture(_picture(**parts))
