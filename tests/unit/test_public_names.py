"""What `import wpslab` offers."""

import wpslab


def test_every_public_name_is_there_and_listed():
    for name in wpslab.__all__:
        assert getattr(wpslab, name) is not None
        assert name in dir(wpslab)


def test_unknown_name_is_an_attribute_error():
    assert not hasattr(wpslab, "nothing")
