import json

import pytest

from wpslab.az.output import query, text_of
from wpslab.az.problem import AzError

ACCOUNT = {
    "user": {"name": "student@example.com", "type": "user"},
    "name": "wpslab",
    "id": "1",
    "isDefault": True,
    "tags": None,
    "managedByTenants": ["a", "b"],
}


def test_json_is_indented_by_two_with_sorted_keys():
    assert text_of({"b": {"d": 1, "c": None}, "a": "ä"}, "json") == (
        '{\n  "a": "ä",\n  "b": {\n    "c": null,\n    "d": 1\n  }\n}'
    )


@pytest.mark.parametrize(
    ("value", "text"), [("x", '"x"'), (True, "true"), (3, "3"), ([], "[]"), ({}, "{}"), (None, ""), (0, "0")]
)
def test_json_of_a_single_value(value, text):
    assert text_of(value, "json") == text


# Each of these is what az 2.91 printed for the same data.
@pytest.mark.parametrize(
    ("expression", "style", "text"),
    [
        (None, "tsv", "1\tTrue\t2\twpslab\tNone\t"),
        ("name", "tsv", "wpslab"),
        ("isDefault", "tsv", "true"),
        ("[id,name]", "tsv", "1\nwpslab"),
        ("[[id,name]]", "tsv", "1\twpslab"),
        ("[{z:name,a:user,t:tags}]", "tsv", "wpslab\t\tNone"),
        ("user", "tsv", "student@example.com\tuser"),
        ("[user]", "table", "Name\n-------------------\nstudent@example.com"),
        ("[{a:name,B:user}]", "table", "A\n------\nwpslab"),
        ("name", "table", "Result\n--------\nwpslab"),
        ("isDefault", "table", "Result\n--------\nTrue"),
        ("[[id,name]]", "table", "Column1    Column2\n---------  ---------\n1          wpslab"),
        ("[{z:user}]", "table", ""),
        ("[]", "table", ""),
        ("{b:user,a:name}", "yaml", "a: wpslab\nb:\n  name: student@example.com\n  type: user"),
        ("isDefault", "yaml", "true\n..."),
    ],
)
def test_queried_value_as_az_prints_it(expression, style, text):
    assert text_of(query(ACCOUNT, expression), style, is_queried=expression is not None) == text


def test_table_has_simple_members_only_and_neither_id_nor_type():
    assert text_of(ACCOUNT, "table") == "IsDefault    Name\n-----------  ------\nTrue         wpslab"


def test_table_of_a_query_keeps_the_order_of_its_columns():
    text = text_of(query([ACCOUNT], "[].{Z:name, A:isDefault}"), "table", is_queried=True)
    assert text.splitlines()[0].split() == ["Z", "A"]


def test_none_prints_nothing():
    assert text_of(ACCOUNT, "none") == ""


def test_colours_are_for_terminals_only():
    assert json.loads(text_of(ACCOUNT, "jsonc")) == ACCOUNT
    assert "\x1b[" in text_of(ACCOUNT, "jsonc", is_coloured=True)
    assert "\x1b[" in text_of(ACCOUNT, "yamlc", is_coloured=True)


def test_query_that_does_not_fit_is_refused_as_az_does():
    with pytest.raises(
        AzError, match=r"^Invalid jmespath query supplied for `--query`: In function length\(\)"
    ) as caught:
        query(ACCOUNT, "length(tags)")
    assert caught.value.exit_code == 2
