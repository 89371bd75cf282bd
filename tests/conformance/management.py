"""Management: the official management SDKs, sync or async, called in one way; and raw requests to the same door."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import uuid
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass

import psutil
import pytest
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient as AsyncResourceManagementClient
from azure.mgmt.webpubsub import WebPubSubManagementClient
from azure.mgmt.webpubsub.aio import WebPubSubManagementClient as AsyncWebPubSubManagementClient
from azure.mgmt.webpubsub.models import ResourceSku, WebPubSubResource
from websockets.exceptions import InvalidStatus

import wpslab
from wpslab.connection_string import VARIABLES

from .sockets import JSON, open_socket
from .target import HubUnderTest, Target
from .upstreams import only_for_emulators
from .wire import Rest

KINDS = ("sync", "aio")
VERSION = "api-version=2024-03-01"
EVERYTHING = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")
PROVIDER = "providers/Microsoft.SignalRService/webPubSub"


@contextmanager
def new_lab(request):
    """Run a lab as a notebook's first cell does, for a whole test file."""
    only_for_emulators(request)
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        lab = wpslab.start()
    with closing(lab):
        yield lab


class ManagementSide:
    """Both management clients of a lab. Every method is awaited: operations until they are over, lists until read."""

    def __init__(self, lab, kind):
        makers = {
            "sync": (WebPubSubManagementClient, ResourceManagementClient),
            "aio": (AsyncWebPubSubManagementClient, AsyncResourceManagementClient),
        }
        for_services, for_groups = makers[kind]
        services = for_services(lab.credential, lab.subscription_id, **lab.arm_options)
        groups = for_groups(lab.credential, lab.subscription_id, **lab.arm_options)
        self.lab = lab
        self._clients = (services, groups)
        for name in ("web_pub_sub", "web_pub_sub_hubs", "usages", "operations"):
            setattr(self, name, _Operations(getattr(services, name), kind))
        for name in ("resource_groups", "resources", "providers"):
            setattr(self, name, _Operations(getattr(groups, name), kind))

    async def close(self):
        for client in self._clients:
            if inspect.isawaitable(closing := client.close()):
                await closing

    async def create(self, group, name=None, *, sku="Free_F1", units=None, **properties):
        """Make a resource; return it as the SDK does."""
        wanted = resource(sku, units, **properties)
        return await self.web_pub_sub.begin_create_or_update(group, name or new_name(), wanted)

    async def names(self, group):
        """Return the names of the resources of a group."""
        return [each.name for each in await self.web_pub_sub.list_by_resource_group(group)]

    async def hubs(self, group, name):
        """Return the names of the hubs of a resource."""
        return [each.name for each in await self.web_pub_sub_hubs.list(group, name)]

    async def target(self, group, name):
        """Return a resource as what clients and servers are given: its connection string."""
        return Target((await self.web_pub_sub.list_keys(group, name)).primary_connection_string)

    @asynccontextmanager
    async def hub(self, group, name, hub=None):
        """Give a hub of a resource, to be used with its primary key."""
        with closing(HubUnderTest(await self.target(group, name), hub)) as made:
            yield made


class _Operations:
    def __init__(self, operations, kind):
        self._operations = operations
        self._call = _call if kind == "aio" else _call_in_thread

    def __getattr__(self, name):
        async def call(*args, **kwargs):
            return await self._call(getattr(self._operations, name), args, kwargs)

        return call


async def _call(method, args, kwargs):
    answer = method(*args, **kwargs)
    if inspect.isawaitable(answer):
        answer = await answer
    if hasattr(answer, "by_page"):
        return [each async for each in answer]
    return await answer.result() if hasattr(answer, "polling_method") else answer


async def _call_in_thread(method, args, kwargs):
    def call():
        answer = method(*args, **kwargs)
        if hasattr(answer, "by_page"):
            return list(answer)
        return answer.result() if hasattr(answer, "polling_method") else answer

    return await asyncio.to_thread(call)


@asynccontextmanager
async def new_management(lab, kind):
    """Open the management clients of a lab."""
    made = ManagementSide(lab, kind)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def new_group(arm):
    """Make a resource group nobody else uses, and delete it afterwards if it is still there."""
    name = f"conf-{uuid.uuid4().hex[:10]}"
    await arm.resource_groups.create_or_update(name, {"location": "eastus"})
    try:
        yield name
    finally:
        if await arm.resource_groups.check_existence(name):
            await arm.resource_groups.begin_delete(name)


def new_name():
    """Return a name no other resource has."""
    return f"conf-{uuid.uuid4().hex[:10]}"


def resource(sku="Free_F1", units=None, **properties):
    """Describe a resource as lessons do."""
    return WebPubSubResource(
        location=properties.pop("location", "eastus"),
        sku=sku and ResourceSku(name=sku, capacity=units),
        **properties,
    )


async def status_of(url, **options):
    """Return the HTTP status that answers an upgrade; 101 for a client that gets in."""
    try:
        async with open_socket(url, [JSON], **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def listening_ports():
    """Return the ports this process listens on."""
    return {line.laddr.port for line in psutil.Process().net_connections("tcp") if line.status == psutil.CONN_LISTEN}


@dataclass
class ArmAnswer:
    """An answer as it came."""

    status: int
    headers: object
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """Return code and message of the error, which has the shape of all errors of Azure Resource Manager."""
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        assert list(self.json) == ["error"]
        assert set(self.json["error"]) >= {"code", "message"}
        assert self.json["error"]["message"].strip()
        return self.json["error"]["code"], self.json["error"]["message"]


class RawArm:
    """Requests to the management side that no SDK sends."""

    def __init__(self, management):
        self.management = management
        self.subscription = f"/subscriptions/{management.subscription_id}"
        self._rest = Rest(management, hub=None)

    def group(self, name, rest=""):
        """Return the path of a group, or of something in it."""
        return f"{self.subscription}/resourceGroups/{name}{rest}"

    def resource(self, group, name, rest=""):
        """Return the path of a resource, or of something in it."""
        return self.group(group, f"/{PROVIDER}/{name}{rest}")

    def call(self, method, path, body=None, *, query=VERSION, token=True, headers=None):
        """Send a request; `token` may be another one than the right one, or None for none."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {self.management.token if token is True else token}"
        if body is not None and not isinstance(body, bytes | str):
            body = json.dumps(body)
        target = f"{path}?{query}" if query else path
        answer = self._rest.bare(method, target, body, sent)
        return ArmAnswer(answer.status, answer.headers, answer.body)

    def everything(self):
        """Return all there is: groups, resources, their hubs and keys; and the ports that are open."""
        groups = self.call("GET", f"{self.subscription}/resourcegroups").json["value"]
        resources = self.call("GET", f"{self.subscription}/{PROVIDER}").json["value"]
        inside = [
            self.call(method, each["id"] + path).json
            for each in resources
            for method, path in (("GET", "/hubs"), ("POST", "/listKeys"))
        ]
        return groups, resources, inside, listening_ports()


def refused(raw, method, path, body=None, **options):
    """Send a request that must be refused, prove that it changed nothing, and return status, code and message."""
    before = raw.everything()
    answer = raw.call(method, path, body, **options)
    assert raw.everything() == before
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-ms-request-id"])
    return answer.status, *answer.error
