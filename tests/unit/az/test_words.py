import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wpslab.az.problem import AzError
from wpslab.az.words import split_commands


def words(text, /, **variables):
    commands = split_commands(text, variables)
    assert len(commands) == 1
    return commands[0]


def refusal(text, /, **variables):
    with pytest.raises(AzError) as caught:
        split_commands(text, variables)
    assert caught.value.exit_code == 2
    return caught.value.text


def test_line_is_split_at_blanks():
    assert words("group  show\t--name x ") == ["group", "show", "--name", "x"]


def test_leading_az_is_optional():
    assert words("az version") == words("version") == ["version"]


def test_only_the_first_az_is_left_out():
    assert words("az group show --name az") == ["group", "show", "--name", "az"]


def test_name_stands_for_one_word_whatever_is_in_its_value():
    assert words("x --payload $text", text="two words 'and' \"quotes\" $none; | # \\") == [
        "x",
        "--payload",
        "two words 'and' \"quotes\" $none; | # \\",
    ]


def test_empty_value_is_a_word_too():
    assert words("x $a ''", a="") == ["x", "", ""]


def test_double_quotes_expand_and_single_quotes_do_not():
    assert words("""x "for:$user" "${user}s" 'for:$user'""", user="user1") == ["x", "for:user1", "user1s", "for:$user"]


def test_pieces_without_a_blank_between_are_one_word():
    assert words("""x --a="$b"'$b'${b}c$b""", b="v") == ["x", "--a=v$bvcv"]


@pytest.mark.parametrize("text", ["$", "a$", "$.name", "$1", "100$%", '"$"', '"$ 5"'])
def test_dollar_without_a_name_stays(text):
    assert words(f"x {text}") == ["x", text.strip('"')]


def test_json_in_single_quotes_stays():
    assert words("""x --payload '{"a":1,"b":"$c"}' {"a":1}""") == ["x", "--payload", '{"a":1,"b":"$c"}', "{a:1}"]


def test_json_in_double_quotes_takes_values():
    assert words(r'x "{\"user\": \"$user\", \"n\": \$5}"', user="u") == ["x", '{"user": "u", "n": $5}']


def test_query_with_its_own_signs_stays():
    assert words("x --query [?name=='a'].{n:name} length(@) *") == [
        "x",
        "--query",
        "[?name==a].{n:name}",
        "length(@)",
        "*",
    ]


def test_backslash_takes_the_next_character_as_it_is():
    assert words(r"x a\ b \# \$a \"q\" \;") == ["x", "a b", "#", "$a", '"q"', ";"]


def test_backslash_in_double_quotes_stays_before_ordinary_characters():
    assert words(r'x "C:\temp" "a\\b"') == ["x", r"C:\temp", r"a\b"]


@pytest.mark.parametrize("end", ["\\\n", "\\  \n", "\\\r\n"])
def test_backslash_at_the_end_continues_the_line(end):
    assert words(f"webpubsub hub create --name p {end}--allow-anonymous true") == [
        *("webpubsub", "hub", "create", "--name", "p", "--allow-anonymous", "true"),
    ]


def test_backslash_at_the_very_end_is_nothing():
    assert words("version \\") == ["version"]


def test_backslash_and_line_end_in_double_quotes_are_nothing():
    assert words('x "a\\\nb"') == ["x", "ab"]


def test_quotes_may_span_lines():
    assert words("x 'a\nb' \"c\nd\"") == ["x", "a\nb", "c\nd"]


def test_each_line_is_a_command_and_comments_and_empty_lines_are_none():
    text = """
    # Login through Azure CLI
    az login --tenant $tenant   # with my tenant

    az version
    """
    assert split_commands(text, {"tenant": "t"}) == [["login", "--tenant", "t"], ["version"]]


def test_hash_inside_a_word_is_no_comment():
    assert words("x a#b '#c' \"#d\"") == ["x", "a#b", "#c", "#d"]


def test_unknown_name_is_refused_with_the_nearest_one():
    assert refusal("x $hubNam", hubName="h") == (
        "There is no Python variable `hubNam`. Did you mean `hubName`? "
        "Assign it in a cell first, or write it in single quotes."
    )


def test_unknown_name_is_refused_in_double_quotes_and_braces_too():
    assert "`foo`" in refusal('x "$foo"')
    assert "`foo`" in refusal("x ${foo}")


@pytest.mark.parametrize("text", ["${", "${}", "${a.b}", "${a", "${1}"])
def test_braces_hold_a_name_and_nothing_else(text):
    assert "name of a Python variable" in refusal(f"x {text}", a="v")


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (True, "True"), (1.5, "1.5")])
def test_numbers_and_truths_become_text(value, text):
    assert words("x $a", a=value) == ["x", text]


def test_none_and_other_types_are_refused():
    assert refusal("x $a", a=None).startswith("The Python variable `a` is None;")
    assert refusal("x $a", a=["b"]).startswith("The Python variable `a` is of type list;")


@pytest.mark.parametrize("text", ["x 'abc", 'x "abc', "x 'a\n b"])
def test_open_quote_is_refused_with_its_place(text):
    assert "quote in line 1, column 3 has no end" in refusal(text)


@pytest.mark.parametrize(
    "text", ["key=$(az x)", "x `y`", 'x "$(y)"', 'x "`y`"', "x | grep", "x > f", "x && y", "x; y", "x < f"]
)
def test_what_only_a_shell_can_do_is_refused(text):
    assert refusal(text).startswith("This is no shell")


def test_command_substitution_is_told_how_to_take_the_result():
    assert "key = %az webpubsub key show" in refusal("x $(az webpubsub key show)")


def test_assignment_is_told_to_be_python():
    assert refusal('az version\nhubName="my hub"').endswith("in a cell of its own: hubName = 'my hub'.")


def test_placeholder_without_quotes_is_told_to_be_replaced():
    assert "<connectionId>" in refusal("x --connection-id <connectionId>")
    assert words('x "<connectionId>"') == ["x", "<connectionId>"]


PLAIN = st.text(string.ascii_letters + string.digits + "-_./:,@%+?*[]{}()=!~^äπ", min_size=1)


@given(st.lists(PLAIN, min_size=1).filter(lambda each: each[0] != "az" and "=" not in each[0]))
def test_words_without_special_characters_come_through_unchanged(given_words):
    assert split_commands(" ".join(given_words)) == [given_words]


@given(st.text())
def test_value_of_a_name_comes_through_unchanged(value):
    assert words('x $a "$a"', a=value) == ["x", value, value]


@given(st.text().filter(lambda text: "'" not in text))
def test_what_stands_in_single_quotes_comes_through_unchanged(value):
    assert words(f"x '{value}'") == ["x", value]


@given(st.text("az \n\t\\'\"$`#{}();|&<>=-", max_size=30) | st.text())
def test_any_text_is_commands_or_a_refusal(text):
    try:
        commands = split_commands(text, {"a": "v", "z": 1})
    except AzError:
        return
    assert all(command and all(isinstance(word, str) for word in command) for command in commands)
