"""Four functions with the Web PubSub trigger that are the upstream of a hub.

Register http://<host>/runtime/webhooks/webpubsub as the hub's URL template, for all events. The host answers the
validation, checks the signature, and picks the function by hub, event type and event name.
"""

import json

import azure.functions as func

app = func.FunctionApp()

# `actions` is what the service shall do afterwards.
actions_out = app.generic_output_binding(
    arg_name="actions", type="webPubSub", hub="%PubSubHub%", connection="PubSubConn"
)


def on(event_type: str, event_name: str):
    """The trigger. `connections` is a list: the services whose events are accepted."""
    return app.generic_trigger(
        arg_name="request",
        type="webPubSubTrigger",
        hub="%PubSubHub%",
        eventType=event_type,
        eventName=event_name,
        connections=["PubSubConn"],
    )


def send_to_all(data: str, data_type: str = "text") -> str:
    return json.dumps({"actionName": "sendToAll", "data": data, "dataType": data_type})


def user_of(event: dict) -> str:
    return event["connectionContext"]["userId"] or "Somebody"


# The functions' returns have no annotation: what they return is the answer to the event, not an output binding.


@on("system", "connect")
def connect(request: str):
    """Let the client in, under the name in its access token."""
    return {"userId": json.loads(request)["connectionContext"]["userId"]}


@on("system", "connected")
@actions_out
def connected(request: str, actions: func.Out[str]):
    """Tell everybody who came."""
    actions.set(send_to_all(f"{user_of(json.loads(request))} connected."))


@on("user", "message")
@actions_out
def broadcast(request: str, actions: func.Out[str]):
    """Pass on to everybody what a client sends."""
    event = json.loads(request)
    data_type = event["dataType"].lower()
    if data_type == "binary":  # `request` is text, and has lost the bytes
        return {"code": "userError", "errorMessage": "This function broadcasts text and JSON only."}
    actions.set(send_to_all(event["data"], data_type))


@on("system", "disconnected")
@actions_out
def disconnect(request: str, actions: func.Out[str]):
    """Tell everybody who left."""
    actions.set(send_to_all(f"{user_of(json.loads(request))} disconnected."))
