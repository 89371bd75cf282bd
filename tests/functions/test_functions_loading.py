"""Loading a folder: what the host needs before it runs, and what the two apps of the course consist of."""

import json
import logging
import re
import sys

import pytest
from functions_calls import APPS, CONNECTION_STRING, KEY, SETTINGS, host_of, write_app

from wpslab.upstream.functions_host import FunctionsHost
from wpslab.upstream.functions_loader import load_functions
from wpslab.upstream.functions_settings import Settings

FORMS = ["http", "trigger"]
OUTPUT = """
@on("user", "message")
@app.generic_output_binding(arg_name="actions", type="webPubSub"{more})
def message(request: str, actions: func.Out[str]):
    pass
"""


def trigger(name, arguments):
    return f"@on({arguments})\ndef {name}(request: str):\n    pass\n"


def listing(text):
    return [line.strip() for line in text.splitlines()]


# The two apps


def test_http_form_lists_five_functions_with_their_routes():
    assert listing(str(FunctionsHost(APPS / "http", SETTINGS))) == [
        "Functions:",
        "",
        "validate: [OPTIONS,GET] /api/validate",
        "connect: [POST] /api/connect",
        "connected: [POST] /api/connected",
        "broadcast: [POST] /api/message",
        "disconnect: [POST] /api/disconnected",
    ]


def test_trigger_form_lists_four_functions_with_their_events():
    assert listing(str(FunctionsHost(APPS / "trigger", SETTINGS))) == [
        "Functions:",
        "",
        "connect: webPubSubTrigger /runtime/webhooks/webpubsub (system event connect of hub chat)",
        "connected: webPubSubTrigger /runtime/webhooks/webpubsub (system event connected of hub chat)",
        "broadcast: webPubSubTrigger /runtime/webhooks/webpubsub (user event message of hub chat)",
        "disconnect: webPubSubTrigger /runtime/webhooks/webpubsub (system event disconnected of hub chat)",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_bindings_name_the_settings_of_the_course(form):
    functions = load_functions(APPS / form, Settings({"PubSubHub": "the_hub"}))
    bindings = [each for one in functions for each in (one.trigger, *one.inputs, *one.outputs)]
    kinds = {one.name: [each.kind for each in (one.trigger, *one.inputs, *one.outputs)] for one in functions}
    if form == "http":
        read = ["httpTrigger", "webPubSubContext"]
        send = [*read, "webPubSub"]
        assert kinds == {"validate": read, "connect": read, "connected": send, "broadcast": send, "disconnect": send}
    else:
        send = ["webPubSubTrigger", "webPubSub"]
        assert kinds == {"connect": ["webPubSubTrigger"], "connected": send, "broadcast": send, "disconnect": send}
    for binding in bindings:
        if binding.kind in ("webPubSubTrigger", "webPubSubContext"):
            assert binding.connections() == ["PubSubConn"]
        if binding.kind == "webPubSub":
            assert binding.text("connection") == "PubSubConn"
        if binding.kind in ("webPubSub", "webPubSubTrigger"):
            assert binding.text("hub") == "the_hub"
        # What the real host demands of a parameter's name, and the name its worker keeps for itself.
        assert re.fullmatch("[A-Za-z][A-Za-z0-9]*", binding.name)
        assert binding.name != "context"


@pytest.mark.parametrize("form", FORMS)
def test_folder_is_a_functions_project_without_a_secret(form):
    folder = APPS / form
    host = json.loads((folder / "host.json").read_text("utf-8"))
    assert host["version"] == "2.0"
    assert host["extensionBundle"] == {
        "id": "Microsoft.Azure.Functions.ExtensionBundle",
        "version": "[4.*, 5.0.0)",
    }
    sample = json.loads((folder / "local.settings.sample.json").read_text("utf-8"))
    values = sample["Values"]
    assert sorted(values) == ["AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "PubSubConn", "PubSubHub"]
    assert values["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert re.fullmatch("<.*>", values["PubSubConn"])
    assert "azure-functions" in (folder / "requirements.txt").read_text("utf-8").split()
    text = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.is_file())
    assert "AccessKey=" not in text


def test_no_local_settings_are_part_of_the_course():
    assert list(APPS.rglob("local.settings.json")) == []


# Loading


def test_both_forms_live_in_one_process_and_leave_the_search_path_alone():
    path, names = list(sys.path), set(sys.modules)
    hosts = [FunctionsHost(APPS / form, SETTINGS) for form in (*FORMS, *FORMS)]
    assert len({str(host) for host in hosts}) == 2
    assert sys.path == path
    assert "function_app" not in set(sys.modules) - names


def test_loading_leaves_logging_as_it_was(caplog):
    root = logging.getLogger()
    before = (list(root.handlers), list(root.filters))
    FunctionsHost(APPS / "trigger", SETTINGS)
    assert (list(root.handlers), list(root.filters)) == before
    assert caplog.text == ""


def test_text_that_changed_is_loaded_anew(tmp_path):
    first = host_of(tmp_path, trigger("aa", '"user", "x"'))
    second = host_of(tmp_path, trigger("bb", '"user", "x"'))
    assert ("aa:" in str(first), "bb:" in str(second)) == (True, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["function_app.py"]


def test_settings_come_from_local_settings_json_if_none_are_given(tmp_path):
    write_app(tmp_path, trigger("f", '"user", "x", hub="%PubSubHub%"'))
    (tmp_path / "local.settings.json").write_text('{"Values": {"PubSubHub": "from_file"}}', "utf-8")
    assert "hub from_file" in str(FunctionsHost(tmp_path))
    assert repr(FunctionsHost(str(tmp_path), {"pubsubhub": "given"})).endswith("1 functions>")


@pytest.mark.parametrize("text", ["{", "[]"])
def test_unreadable_local_settings_are_an_error(tmp_path, text):
    write_app(tmp_path, trigger("f", '"user", "x"'))
    (tmp_path / "local.settings.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"local\.settings\.json is no JSON object"):
        FunctionsHost(tmp_path)


def test_folder_without_an_app_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no function_app\.py in "):
        FunctionsHost(tmp_path, {})
    (tmp_path / "function_app.py").write_text("x = 1\n", "utf-8")
    with pytest.raises(ValueError, match=r"has no azure\.functions\.FunctionApp"):
        FunctionsHost(tmp_path, {})


def test_app_that_raises_leaves_no_module_behind(tmp_path):
    names = set(sys.modules)
    with pytest.raises(ZeroDivisionError):
        host_of(tmp_path, "1 / 0\n")
    assert not [name for name in set(sys.modules) - names if name.startswith("function_app")]


# Settings


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", ["PubSubConn", "PubSubHub"])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_setting_is_named(form, missing, value):
    settings = {name: each for name, each in SETTINGS.items() if name != missing}
    if value is not None:
        settings[missing] = value
    with pytest.raises(ValueError, match=f"The setting '{missing}' is missing; the function '.+' needs it"):
        FunctionsHost(APPS / form, settings)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [({}, "WebPubSubConnectionString"), ({"WebPubSubConnectionString": CONNECTION_STRING}, "WebPubSubHub")],
)
def test_default_settings_are_needed_where_a_binding_names_none(tmp_path, settings, missing):
    with pytest.raises(ValueError, match=f"The setting '{missing}' is missing; the function 'message' needs it"):
        host_of(tmp_path, OUTPUT.replace("{more}", ""), settings)


def test_malformed_connection_string_is_named_without_its_value():
    with pytest.raises(ValueError, match="The setting 'PubSubConn' is no connection string: ") as caught:
        FunctionsHost(APPS / "http", {**SETTINGS, "PubSubConn": f"AccessKey={KEY}"})
    assert KEY not in str(caught.value)


def test_output_with_an_identity_is_for_the_real_host(tmp_path):
    settings = {"Mine__serviceUri": "https://mine.webpubsub.azure.com"}
    with pytest.raises(ValueError, match="This host needs connection strings"):
        host_of(tmp_path, OUTPUT.replace("{more}", ', hub="chat", connection="Mine"'), settings)


# Functions that cannot be run


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"user", "message"', '"USER", "Message", hub="CHAT"'),
        ('"system", "connect"', '"system", "connect", clientProtocols="all"'),
        ('"user", "x", clientProtocols="mqtt"', '"user", "x", clientProtocols="MQTT"'),
    ],
)
def test_two_functions_for_one_event_are_an_error(tmp_path, one, other):
    with pytest.raises(ValueError, match="The functions 'first' and 'second' are for the same event, chat"):
        host_of(tmp_path, trigger("first", one) + trigger("second", other))


def test_functions_for_other_hubs_types_and_protocols_live_side_by_side(tmp_path):
    events = ['"user", "connect"', '"system", "connect"', '"user", "connect", hub="b"']
    events.append('"user", "connect", clientProtocols="mqtt"')
    host = host_of(tmp_path, "".join(trigger(f"f{n}", event) for n, event in enumerate(events)))
    assert repr(host).endswith("4 functions>")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ('"custom", "x"', "eventType of the function 'f' is system or user"),
        ('"system", "message"', "is no system event: 'message'"),
        ('"user", ""', "is no user event: ''"),
        ('"user", "x", clientProtocols="smoke"', "are all, webPubSub or mqtt, not 'smoke'"),
        ('"user", "x", "other"', "No binding fills the parameter 'request' of the function 'f'"),
    ],
)
def test_trigger_that_means_nothing_is_an_error(tmp_path, arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        host_of(tmp_path, trigger("f", arguments))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (OUTPUT.replace("webPubSub", "queue").replace("{more}", ""), "no binding 'queue'"),
        (OUTPUT.replace(", actions: func.Out[str]", "").replace("{more}", ""), "'actions' of the function 'message'"),
        ("@app.timer_trigger('t', '* * * * * *')\ndef f(t):\n    pass\n", "the function 'f' has timerTrigger"),
        (
            '@on("user", "x")\n@app.generic_input_binding(arg_name="w", type="webPubSubContext")\n'
            "def f(request, w):\n    pass\n",
            "webPubSubContext goes with an HTTP trigger",
        ),
        ("@app.route(route='{id:int}')\ndef f(req):\n    return ''\n", "knows routes like item/{id} only"),
    ],
)
def test_function_that_needs_the_real_host_is_an_error(tmp_path, code, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        host_of(tmp_path, code, {"WebPubSubConnectionString": CONNECTION_STRING, "WebPubSubHub": "chat"})


def test_unreadable_host_json_is_an_error(tmp_path):
    write_app(tmp_path, trigger("f", '"user", "x"'), host="[]")
    with pytest.raises(ValueError, match=r"host\.json is not what a host reads"):
        FunctionsHost(tmp_path, {})
