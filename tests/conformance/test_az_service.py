"""The CLI's data-plane commands, seen by clients of the official SDKs."""

import json

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

import wpslab
from wpslab.az.cli import Cli
from wpslab.az.problem import AzError
from wpslab.az.words import split_commands

from .conftest import VARIABLE

HUB = "az_hub"


@pytest.fixture
def lab(emulator, monkeypatch):
    for variable in (VARIABLE, "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)
    lab = wpslab.start(emulator.connection_string)
    yield lab
    lab.close()


@pytest.fixture
def az(lab):
    cli = Cli(lab)

    def az(text, /, **variables):
        (words,) = split_commands(text, {"hubName": HUB, "name": lab.name, "group": lab.resource_group, **variables})
        return cli.run(words)

    return az


@pytest.fixture
def service(lab):
    with WebPubSubServiceClient.from_connection_string(lab.connection_string, hub=HUB) as service:
        yield service


@pytest.fixture
def client(az):
    return az("az webpubsub client start --name $name --resource-group $group --hub-name $hubName --user-id user1")


def test_client_start_connects_a_client_of_that_user(client, service):
    assert client.user_id == "user1"
    assert service.user_exists("user1")


def test_commands_of_the_article_reach_the_client(az, client):
    az(
        '''az webpubsub service connection send --connection-id "$id" \\
--hub-name $hubName --name $name --resource-group $group --payload "hello connect from server"''',
        id=client.connection_id,
    )
    az(
        '''az webpubsub service broadcast --hub-name $hubName --name $name \\
--resource-group $group --payload "hello broadcast from server"'''
    )
    az(
        '''az webpubsub service user send --hub-name $hubName --name $name --resource-group $group \\
--user-id $userId1 --payload "hello from server for:$userId1"''',
        userId1="user1",
    )
    for text in ("hello connect from server", "hello broadcast from server", "hello from server for:user1"):
        assert json.loads(client.wait_for(text)) == {
            "type": "message",
            "from": "server",
            "dataType": "text",
            "data": text,
        }


def test_payload_goes_as_it_is(az, client):
    text = '{"a": "ä €", "b": [1]}'
    az("webpubsub service broadcast --hub-name $hubName --payload $text", text=text)
    assert json.loads(client.wait_for("€"))["data"] == text


def test_existence_of_connection_and_user(az, client):
    connection = "webpubsub service connection exist --hub-name $hubName --connection-id $id"
    user = "webpubsub service user exist --hub-name $hubName --user-id $id"
    assert az(connection, id=client.connection_id) == {"existence": True}
    assert az(connection, id="none") == {"existence": False}
    assert az(user, id="user1") == {"existence": True}
    assert az(user, id="none") == {"existence": False}


def test_connection_is_closed(az, client, service):
    assert (
        az("webpubsub service connection close --hub-name $hubName --connection-id $id", id=client.connection_id)
        is None
    )
    client.wait_for("disconnected")
    assert not service.connection_exists(client.connection_id)


@pytest.mark.parametrize(("kind", "flag"), [("connection", "--connection-id"), ("user", "--user-id")])
def test_group_gains_and_loses_a_member(az, client, kind, flag):
    member = client.connection_id if kind == "connection" else "user1"
    group = "room 1 ä"
    az(f"webpubsub service group add-{kind} --hub-name $hubName --group-name $g {flag} $m", g=group, m=member)
    az("webpubsub service group send --hub-name $hubName --group-name $g --payload in", g=group)
    assert json.loads(client.wait_for('"in"'))["group"] == group
    az(f"webpubsub service group remove-{kind} --hub-name $hubName --group-name $g {flag} $m", g=group, m=member)
    az("webpubsub service group send --hub-name $hubName --group-name $g --payload out", g=group)
    az("webpubsub service broadcast --hub-name $hubName --payload last")
    client.wait_for('"last"')
    assert '"out"' not in client.text()


def test_user_leaves_all_groups(az, client):
    for group in ("a", "b"):
        az("webpubsub service group add-user --hub-name $hubName --group-name $g --user-id user1", g=group)
    az("webpubsub service group remove-user --hub-name $hubName --user-id user1")
    for group in ("a", "b"):
        az("webpubsub service group send --hub-name $hubName --group-name $g --payload out", g=group)
    az("webpubsub service broadcast --hub-name $hubName --payload last")
    client.wait_for('"last"')
    assert '"out"' not in client.text()


@pytest.mark.parametrize("permission", ["sendToGroup", "joinLeaveGroup"])
def test_permission_is_granted_checked_and_revoked(az, client, service, permission):
    def do(verb):
        return az(
            f"webpubsub service permission {verb} --hub-name $hubName --permission {permission} "
            "--connection-id $id --group-name 'room 1'",
            id=client.connection_id,
        )

    assert do("grant") is None
    assert do("check") == {"existence": True}
    assert service.has_permission(permission, client.connection_id, target_name="room 1")
    assert do("revoke") is None
    assert do("check") == {"existence": False}


def test_refused_request_has_the_words_and_the_status_of_az(az):
    with pytest.raises(AzError) as caught:
        az("webpubsub service group add-connection --hub-name $hubName --group-name g --connection-id none")
    assert caught.value.exit_code == 3
    assert caught.value.text.startswith("Operation returned an invalid status 'Not Found'")


def test_hub_name_that_is_none_is_refused(az):
    with pytest.raises(AzError, match="Operation returned an invalid status"):
        az("webpubsub service broadcast --hub-name '1 2/3' --payload x")


def test_resource_that_was_made_by_a_command_has_its_own_clients(az):
    az("group create -n rg-two -l eastus")
    az("webpubsub create -n second-1 -g rg-two --sku Free_F1")
    where = "--hub-name $hubName -n second-1 -g rg-two"
    client = az(f"webpubsub client start {where} --user-id user2")
    assert az(f"webpubsub service user exist {where} --user-id user2") == {"existence": True}
    assert az("webpubsub service user exist --hub-name $hubName --user-id user2") == {"existence": False}
    az("webpubsub delete -n second-1 -g rg-two")
    client.wait_for("disconnected")
