"""Which translator the environment names."""

import pytest

from wpslab.translator import find_translator

AZURE = {
    "TRANSLATOR_KEY": "azure-key",
    "TRANSLATOR_ENDPOINT": "https://api.cognitive.microsofttranslator.com/",
    "TRANSLATOR_REGION": "westus2",
}


def test_three_variables_name_a_resource_on_azure():
    found = find_translator(AZURE)
    assert (found.backend, found.key, found.region) == ("azure", "azure-key", "westus2")
    assert found.endpoint == "https://api.cognitive.microsofttranslator.com"
    assert "westus2" in repr(found)
    assert "azure-key" not in repr(found)
    assert all(each.has("Azure AI Translator") for each in found.engines)
    assert found.phrasebook.phrases("en")
    found.stop()


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(AZURE, " ")])
def test_none_of_them_starts_one_here(environ):
    found = find_translator(environ)
    try:
        assert found.backend == "local"
        assert found.running
        assert found.endpoint.startswith("http://127.0.0.1:")
        assert found.key not in repr(found)
    finally:
        found.stop()


@pytest.mark.parametrize("name", AZURE)
def test_a_variable_that_is_missing_is_named(name):
    with pytest.raises(ValueError, match=f"but {name} is not") as raised:
        find_translator({**AZURE, name: ""})
    assert "azure-key" not in str(raised.value)


def test_two_that_are_missing_are_named():
    with pytest.raises(
        ValueError, match="TRANSLATOR_KEY is set, but TRANSLATOR_ENDPOINT and TRANSLATOR_REGION are not"
    ):
        find_translator({"TRANSLATOR_KEY": "azure-key"})


@pytest.mark.parametrize("endpoint", ["westus2", "ftp://x", "https://", "http://["])
def test_an_endpoint_is_a_url(endpoint):
    with pytest.raises(ValueError, match="TRANSLATOR_ENDPOINT"):
        find_translator({**AZURE, "TRANSLATOR_ENDPOINT": endpoint})
