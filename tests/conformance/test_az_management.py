"""The CLI's management commands, as they are typed, on an emulator in this process and on one that is served."""

import time

import pytest
from azure.mgmt.webpubsub import WebPubSubManagementClient

import wpslab
from wpslab.az.cli import Cli
from wpslab.az.problem import AzError
from wpslab.az.words import split_commands
from wpslab.emulator import Emulator

from .conftest import VARIABLE


@pytest.fixture
def served(emulator_only):
    with Emulator(unit_count=1) as served:
        yield served


@pytest.fixture(params=["emulator", "served"])
def lab(request, served, monkeypatch):
    for variable in (VARIABLE, "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)
    lab = wpslab.start(served.connection_string if request.param == "served" else None)
    assert lab.backend == request.param
    yield lab
    lab.close()


@pytest.fixture
def az(lab):
    cli = Cli(lab)

    def az(text, /, **variables):
        answers = [cli.run(words) for words in split_commands(text, variables)]
        return answers[-1]

    return az


@pytest.fixture
def client(lab):
    with WebPubSubManagementClient(lab.credential, lab.subscription_id, **lab.arm_options) as client:
        yield client


def failure(az, text, /, **variables):
    with pytest.raises(AzError) as caught:
        az(text, **variables)
    return caught.value.exit_code, caught.value.text


ARTICLE = r"""
# Login through Azure CLI
az login --tenant $tenantId

# Do you have the extension for Web PubSub? Check it!
az version

# If not Add the required extension
az extension add -n webpubsub

# Let us create a resource group for our work
az group create --name $resourceGroup -l $location
az group show --name $resourceGroup

# Create the Web PubSub instance
az webpubsub create --name $pubSubName --resource-group $resourceGroup --location eastus --sku Free_F1

# Create the Hub which would host our groups, users etc.
az webpubsub hub create --hub-name $hubName --name $pubSubName --resource-group $resourceGroup \
--allow-anonymous true
"""


def test_commands_of_the_article_run_as_they_are_printed_there(az, lab, client):
    hub = az(
        ARTICLE,
        tenantId=lab.tenant_id,
        resourceGroup="rg-article",
        location="eastus",
        pubSubName="pubsub-article",
        hubName="groups_demo",
    )
    assert hub["properties"]["anonymousConnectPolicy"] == "allow"
    made = client.web_pub_sub.get("rg-article", "pubsub-article")
    assert (made.sku.name, made.location, made.provisioning_state) == ("Free_F1", "eastus", "Succeeded")
    assert client.web_pub_sub_hubs.get("groups_demo", "rg-article", "pubsub-article").name == "groups_demo"


def test_group_lives_and_dies(az):
    assert az("group exists --name rg-life") == 0
    made = az("group create --name rg-life --location 'East US' --tags a=b c")
    assert made["location"] == "eastus"
    assert made["tags"] == {"a": "b", "c": ""}
    assert made["managedBy"] is None
    assert az("group show -g rg-life") == made
    assert [each["name"] for each in az("group list --tag a=b")] == ["rg-life"]
    assert az("group list --tag a=other") == []
    assert az("group delete -n rg-life --yes") is None
    assert az("group exists --name rg-life") == 0
    assert failure(az, "group delete -n rg-life -y")[0] == 3


def test_group_is_not_deleted_without_consent(az, lab):
    assert failure(az, "group delete -n $name", name=lab.resource_group) == (1, "Operation cancelled.")
    assert az("group exists -n $name", name=lab.resource_group) == 1


def test_resource_has_the_shape_of_az(az, lab):
    shown = az("webpubsub show")
    assert shown["name"] == lab.name
    assert shown["resourceGroup"] == lab.resource_group
    assert shown["sku"] == {"capacity": 1, "family": None, "name": "Standard_S1", "size": "S1", "tier": "Standard"}
    assert {"externalIp", "networkAcLs", "socketIo", "hostName", "tags", "identity"} <= set(shown)
    assert "properties" not in shown
    assert az("webpubsub list") == [shown]
    assert az("webpubsub list -g $g", g=lab.resource_group) == [shown]


def test_resource_takes_the_location_of_its_group(az):
    az("group create -n rg-west -l westeurope")
    made = az("webpubsub create -n west-1 -g rg-west --sku Standard_S1 --unit-count 2")
    assert (made["location"], made["sku"]["capacity"]) == ("westeurope", 2)


def test_resource_is_updated_in_what_was_given_and_nothing_else(az):
    before = az("webpubsub update --tags a=b --unit-count 2")
    after = az("webpubsub update --disable-local-auth true")
    changed = {name for name in after if after[name] != before[name]} - {"systemData"}
    assert changed == {"disableLocalAuth"}
    assert (after["tags"], after["sku"]["capacity"]) == ({"a": "b"}, 2)
    assert az("webpubsub update --sku Premium_P1")["sku"]["capacity"] == 2
    assert az("webpubsub update --tags ''")["tags"] in (None, {})


def test_resource_is_stopped_started_and_restarted(az):
    assert az("webpubsub stop")["resourceStopped"] == "true"
    assert az("webpubsub start")["resourceStopped"] == "false"
    assert az("webpubsub restart") is None


def test_resource_is_deleted_by_its_full_name_only(az, lab):
    az("group create -n rg-del -l eastus\nwebpubsub create -n del-1 -g rg-del --sku Free_F1")
    assert failure(az, "webpubsub delete")[0] == 2
    assert az("webpubsub delete -n del-1 -g rg-del") is None
    assert failure(az, "webpubsub show -n del-1 -g rg-del")[0] == 3
    assert az("webpubsub show")["name"] == lab.name


def test_keys_are_shown_and_regenerated(az, client, lab):
    before = az("webpubsub key show")
    assert before == {
        name: getattr(client.web_pub_sub.list_keys(lab.resource_group, lab.name), snake)
        for name, snake in [
            ("primaryKey", "primary_key"),
            ("secondaryKey", "secondary_key"),
            ("primaryConnectionString", "primary_connection_string"),
            ("secondaryConnectionString", "secondary_connection_string"),
        ]
    }
    after = az("webpubsub key regenerate --key-type secondary")
    assert after["primaryKey"] == before["primaryKey"]
    assert after["secondaryKey"] != before["secondaryKey"]
    assert after["secondaryKey"] not in repr(after)


def test_primary_key_may_change_under_the_lab(az, lab):
    old = az("webpubsub key show --query primaryKey -o tsv")
    new = az("webpubsub key regenerate --key-type primary --query primaryKey -o tsv")
    assert str(old) != str(new)
    assert new not in repr(az("webpubsub key show"))
    assert az("webpubsub service user exist --hub-name h --user-id u") == {"existence": False}
    assert az("webpubsub service broadcast --hub-name h --payload x") is None


def test_hub_settings_live_and_die(az, client, lab):
    made = az(
        "webpubsub hub create --hub-name chat "
        "--event-handler url-template=http://localhost:8080/eh user-event-pattern=* system-event=connected "
        "system-event=disconnected "
        "--event-handler system-event=connect url-template='http://localhost:8080/{event}' auth-type=ManagedIdentity "
        "auth-resource=api://abc --websocket-keepalive 30"
    )
    first, second = made["properties"]["eventHandlers"]
    assert first == {
        "auth": None,
        "systemEvents": ["connected", "disconnected"],
        "urlTemplate": "http://localhost:8080/eh",
        "userEventPattern": "*",
    }
    assert second["auth"] == {"type": "ManagedIdentity", "managedIdentity": {"resource": "api://abc"}}
    assert made["properties"]["webSocketKeepAliveIntervalInSeconds"] == 30
    assert made["resourceGroup"] == lab.resource_group
    assert az("webpubsub hub show --hub-name chat") == made
    assert [each["name"] for each in az("webpubsub hub list")] == ["chat"]
    updated = az("webpubsub hub update --hub-name chat --allow-anonymous true")["properties"]
    assert updated == {**made["properties"], "anonymousConnectPolicy": "allow"}
    az("webpubsub hub update --hub-name chat --event-handler url-template=http://localhost:8080/other")
    handlers = client.web_pub_sub_hubs.get("chat", lab.resource_group, lab.name).properties.event_handlers
    assert [each.url_template for each in handlers] == ["http://localhost:8080/other"]
    assert az("webpubsub hub delete --hub-name chat") is None
    assert failure(az, "webpubsub hub show --hub-name chat")[0] == 3


def test_skus_usages_and_locations_are_listed(az):
    assert az("webpubsub list-skus --query [].sku.name") == ["Free_F1", "Standard_S1", "Premium_P1"]
    used = az("webpubsub list-usage -l eastus --query \"[?name.value=='WebPubSubTotalUnits'].currentValue | [0]\"")
    assert used == 1
    assert "eastus" in az("account list-locations --query [].name")


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("webpubsub create -n ab -g $g -l eastus --sku Free_F1", 2, "BadRequest"),
        ("webpubsub create -n good-name -g $g -l eastus --sku Fre", 2, "BadRequest"),
        ("webpubsub create -n good-name -g none -l eastus --sku Free_F1", 3, "ResourceGroupNotFound"),
        ("webpubsub create -n good-name -g none --sku Free_F1", 3, "ResourceGroupNotFound"),
        ("webpubsub update --sku Free_F1 --unit-count 7", 2, "BadRequest"),
        ("webpubsub hub create --hub-name h --event-handler url-template=nonsense", 2, "BadRequest"),
        ("webpubsub hub create --hub-name h --websocket-keepalive 500", 2, "BadRequest"),
        ("webpubsub show -n none", 3, "ResourceNotFound"),
        ("webpubsub hub update --hub-name none --allow-anonymous true", 3, "ResourceNotFound"),
        ("webpubsub key show -n none", 3, "ResourceNotFound"),
        ("group show -n none", 3, "ResourceGroupNotFound"),
    ],
)
def test_what_arm_refuses_has_its_code_and_the_status_of_az(az, lab, text, status, code):
    before = az("webpubsub list")
    got, words = failure(az, text, g=lab.resource_group)
    assert got == status, words
    assert words.startswith('{"error":' if status == 2 else f"({code}) ")
    assert code in words
    if status != 2:
        assert f"\nCode: {code}\nMessage: " in words
        assert "Target" not in words
    assert az("webpubsub list") == before
    assert az("webpubsub hub list") == []


@pytest.mark.parametrize("item", ["nonsense", "colour=blue"])
def test_item_of_an_event_handler_that_says_nothing_is_refused(az, item):
    status, text = failure(
        az, "webpubsub hub create --hub-name h --event-handler url-template=http://h/ $item", item=item
    )
    assert status == 2
    assert item.partition("=")[0] in text
    assert az("webpubsub hub list") == []


def test_error_names_its_target_as_az_does(az):
    status, text = failure(az, "group create -n 'bad name!' -l eastus")
    assert status == 1
    assert text.startswith("(BadRequest) ")
    assert text.endswith("\nTarget: resourceGroupName")


def test_generic_update_is_refused_with_what_to_do_instead(az):
    assert failure(az, "webpubsub update --set tags.a=b") == (
        2,
        "wpslab's own az has no --set: use the flags of the command, which --help lists.",
    )


def test_names_with_special_characters_stay_in_their_place(az):
    for name in ("../..", "a/b", "a?b=c", "ä", "a%2Fb"):
        assert failure(az, "webpubsub show -n $name", name=name)[0] in (1, 3)
        assert az("group exists -n $name", name=name) == 0 or name == "../.."


def test_commands_are_quick(az):
    begun = time.monotonic()
    az("group create -n rg-quick -l eastus\nwebpubsub create -n quick-1 -g rg-quick --sku Free_F1")
    az("group delete -n rg-quick -y")
    assert time.monotonic() - begun < 2


def test_service_that_is_gone_is_an_error_that_names_it(served):
    lab = wpslab.start(served.connection_string)
    served.stop()
    try:
        with pytest.raises(AzError, match=lab.endpoint) as caught:
            Cli(lab).run(["webpubsub", "show"])
    finally:
        lab.close()
    assert caught.value.exit_code == 1


def test_captions_say_who_answered(az, lab):
    html = az("webpubsub list")._repr_html_()
    assert ("the emulator in this kernel" if lab.backend == "emulator" else f"wpslab serve at {lab.endpoint}") in html
