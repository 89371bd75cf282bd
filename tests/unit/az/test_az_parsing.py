import shlex

import pytest

from wpslab.az.commands import TABLE
from wpslab.az.help_text import WIDTH, help_text
from wpslab.az.parsing import HelpWanted, Parsed, pairs, parse
from wpslab.az.problem import AzError

ALL = [command.path for command in TABLE.commands]


def values(line):
    parsed = parse(TABLE, line.split())
    assert isinstance(parsed, Parsed)
    return parsed.values


def refusal(line):
    with pytest.raises(AzError) as caught:
        parse(TABLE, line.split())
    assert caught.value.exit_code == 2
    return caught.value.text


def first(text):
    return text.split("\n\n")[0]


def test_command_has_its_values_and_defaults():
    found = values("webpubsub create -n p -g g --sku Free_F1 --tags a=b c")
    assert (found["name"], found["resource_group"], found["sku"]) == ("p", "g", "Free_F1")
    assert (found["unit_count"], found["location"], found["output"]) == (1, None, "json")
    assert pairs(found["tags"]) == {"a": "b", "c": ""}


def test_flags_may_be_shortened_as_long_as_one_is_meant():
    assert values("webpubsub hub create --hub h --allow true")["hub_name"] == "h"
    assert first(refusal("webpubsub create --s Free_F1")).startswith("ambiguous option: --s could match")


def test_value_may_follow_an_equal_sign():
    assert values("group show --name=x -ojson")["name"] == "x"


def test_choices_compare_without_case():
    assert values("webpubsub key regenerate --key-type PRIMARY")["key_type"] == "primary"
    assert values("webpubsub hub create --hub-name h --allow-anonymous True")["allow_anonymous"] == "true"


def test_truth_without_a_value_is_true():
    assert values("webpubsub hub create --hub-name h --allow-anonymous")["allow_anonymous"] == "true"


def test_event_handlers_are_groups_of_items():
    handlers = "--event-handler url-template=a system-event=connect --event-handler url-template=b"
    assert values(f"webpubsub hub create --hub-name h {handlers}")["event_handler"] == [
        ["url-template=a", "system-event=connect"],
        ["url-template=b"],
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("grop list", "'grop' is misspelled or not recognized by the system.\nDid you mean 'group' ?"),
        ("group creat -n x", "'creat' is misspelled or not recognized by the system.\nDid you mean 'create' ?"),
        (
            "webpubsub servce broadcast",
            "'servce' is misspelled or not recognized by the system.\nDid you mean 'service' ?",
        ),
        ("qqqqqq", "'qqqqqq' is misspelled or not recognized by the system."),
        ("group", "the following arguments are required: _subcommand"),
        ("--output json", "the following arguments are required: _subcommand"),
        ("webpubsub create -n p -g g", "the following arguments are required: --sku"),
        ("webpubsub create --sku Free_F1", "the following arguments are required: --name/-n, --resource-group/-g"),
        ("webpubsub delete", "the following arguments are required: --name/-n, --resource-group/-g"),
        ("group delete", "the following arguments are required: --name/-n/--resource-group/-g"),
        ("group create", "the following arguments are required: --name/--resource-group/-n/-g, --location/-l"),
        ("account set", "the following arguments are required: --subscription/-s/--name/-n"),
        ("webpubsub show --querry x", "unrecognized arguments: --querry x\nDid you mean '--query' ?"),
        ("version foo", "unrecognized arguments: foo"),
        ("login --tenant", "argument --tenant/-t: expected one argument"),
        ("webpubsub create -n p -g g --sku S --unit-count x", "argument --unit-count: invalid int value: 'x'"),
        (
            "version -o tabel",
            "az version: 'tabel' is not a valid value for '--output'. "
            "Allowed values: json, jsonc, none, table, tsv, yaml, yamlc.\nDid you mean 'table' ?",
        ),
        (
            "webpubsub hub create --hub-name h --allow-anonymous maybe",
            "az webpubsub hub create: 'maybe' is not a valid value for '--allow-anonymous'. "
            "Allowed values: false, true.",
        ),
    ],
)
def test_wrong_command_line_is_refused_in_the_words_of_az(line, sentence):
    text = refusal(line)
    assert first(text) == sentence
    assert text.endswith("\n\nhttps://aka.ms/cli_ref\nRead more about the command in reference docs")


def test_unknown_command_says_that_there_are_only_those_of_the_course():
    assert "`az --help`" in refusal("vm list")


def test_missing_flag_shows_the_examples_of_the_command():
    assert "Examples from command's help:\naz webpubsub create -n MyWebPubSub" in refusal("webpubsub create")


def test_bad_query_is_refused_before_anything_runs():
    assert refusal("version --query [") == (
        "argument --query: invalid jmespath_type value: '['\n"
        "To learn more about --query, please visit: 'https://learn.microsoft.com/cli/azure/query-azure-cli'"
    )


def test_help_is_wanted_of_all_of_a_group_and_of_a_command():
    assert parse(TABLE, []) == parse(TABLE, ["--help"]) == HelpWanted(None)
    assert parse(TABLE, ["webpubsub", "key", "-h"]) == HelpWanted(TABLE.group(["webpubsub", "key"]))
    assert parse(TABLE, ["webpubsub", "create", "--help"]) == HelpWanted(TABLE.command(["webpubsub", "create"]))


def test_every_command_of_the_course_is_there():
    course = """
        login; account show; version; extension add; extension list; group create; group show; group
        list; group delete; group exists; webpubsub create; webpubsub show; webpubsub list;
        webpubsub update; webpubsub delete; webpubsub restart; webpubsub key show; webpubsub key
        regenerate; webpubsub hub create; webpubsub hub show; webpubsub hub list; webpubsub hub
        update; webpubsub hub delete; webpubsub client start; webpubsub service broadcast; webpubsub
        service connection exist; webpubsub service connection close; webpubsub service connection
        send; webpubsub service group add-connection; webpubsub service group remove-connection;
        webpubsub service group add-user; webpubsub service group remove-user; webpubsub service
        group send; webpubsub service user send; webpubsub service user exist; webpubsub service
        permission grant; webpubsub service permission revoke; webpubsub service permission check
    """
    assert {" ".join(each.split()) for each in course.split(";")} - set(ALL) == set()


def test_paths_are_unique_and_stand_in_known_groups():
    assert len(set(ALL)) == len(ALL)
    for path in ALL:
        words = path.split()
        assert all(TABLE.group(words[:count]) for count in range(1, len(words)))


@pytest.mark.parametrize("path", ALL)
def test_command_explains_each_of_its_flags(path):
    command = TABLE.command(path.split())
    text = help_text(TABLE, command)
    assert text.startswith(f"\nCommand\n    az {path} : {command.summary}"[:60])
    for argument in command.all_arguments:
        assert argument.help
        assert all(flag in text for flag in argument.flags)
    assert all(len(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize("path", ALL)
def test_examples_of_a_command_are_right(path):
    for _, line in TABLE.command(path.split()).examples:
        parsed = parse(TABLE, shlex.split(line)[1:])
        assert isinstance(parsed, Parsed)
        assert parsed.command.path == path


def test_create_and_delete_of_a_resource_never_guess_which():
    for path in ("webpubsub create", "webpubsub delete", "group create", "group delete"):
        assert not any(argument.own for argument in TABLE.command(path.split()).arguments)


def test_help_of_a_group_lists_groups_and_commands():
    text = help_text(TABLE, TABLE.group(["group"]))
    assert text == "\n".join(
        [
            "",
            "Group",
            "    az group : Manage resource groups and template deployments.",
            "",
            "Commands:",
            "    create : Create a new resource group.",
            "    delete : Delete a resource group.",
            "    exists : Check if a resource group exists.",
            "    list   : List resource groups.",
            "    show   : Gets a resource group.",
            "",
        ]
    )


def test_help_of_a_command_is_laid_out_as_az_does():
    lines = help_text(TABLE, TABLE.command(["group", "show"])).splitlines()
    assert lines[:7] == [
        "",
        "Command",
        "    az group show : Gets a resource group.",
        "",
        "Arguments",
        "    --name --resource-group -g -n [Required] : Name of resource group.",
        "",
    ]
    assert lines[7:10] == [
        "Global Arguments",
        "    --debug                                  : Increase logging verbosity to show all debug logs.",
        "    --help -h                                : Show this help message and exit.",
    ]
