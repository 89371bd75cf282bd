"""Five HTTP functions that are the upstream of a Web PubSub hub.

Register http://<host>/api/{event} as the hub's URL template. The service then calls /api/validate, /api/connect,
/api/connected, /api/message and /api/disconnected: one function each.
"""

import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

# `wps` is the service's request, checked and parsed; `actions` is what the service shall do afterwards.
context_in = app.generic_input_binding(arg_name="wps", type="webPubSubContext", connections=["PubSubConn"])
actions_out = app.generic_output_binding(
    arg_name="actions", type="webPubSub", hub="%PubSubHub%", connection="PubSubConn"
)


def prepared_response(event: dict) -> func.HttpResponse:
    """The response of the binding: to a validation, or to a request that is not the service's."""
    response = event["response"]
    # Hosts differ: the value of a header is a text, or a list of texts.
    headers = {name: value if isinstance(value, str) else value[0] for name, value in response["headers"].items()}
    return func.HttpResponse(response["body"], status_code=response["status"], headers=headers)


def send_to_all(data: str | dict, data_type: str = "text") -> str:
    return json.dumps({"actionName": "sendToAll", "data": data, "dataType": data_type})


def user_of(event: dict) -> str:
    return event["request"]["connectionContext"]["userId"] or "Somebody"


@app.route(route="validate", methods=["OPTIONS", "GET"])
@context_in
def validate(req: func.HttpRequest, wps: str) -> func.HttpResponse:
    """May this service send events here? The binding knows."""
    return prepared_response(json.loads(wps))


@app.route(route="connect", methods=["POST"])
@context_in
def connect(req: func.HttpRequest, wps: str) -> func.HttpResponse:
    """Let the client in, under the name in its access token."""
    event = json.loads(wps)
    if event["hasError"]:
        return prepared_response(event)
    answer = {"userId": event["request"]["connectionContext"]["userId"]}
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")


@app.route(route="connected", methods=["POST"])
@context_in
@actions_out
def connected(req: func.HttpRequest, wps: str, actions: func.Out[str]) -> func.HttpResponse:
    """Tell everybody who came."""
    event = json.loads(wps)
    if event["hasError"]:
        return prepared_response(event)
    actions.set(send_to_all(f"{user_of(event)} connected."))
    return func.HttpResponse(status_code=204)


@app.route(route="message", methods=["POST"])
@context_in
@actions_out
def broadcast(req: func.HttpRequest, wps: str, actions: func.Out[str]) -> func.HttpResponse:
    """Pass on to everybody what a client sends."""
    event = json.loads(wps)
    if event["hasError"]:
        return prepared_response(event)
    data, data_type = event["request"]["data"], event["request"]["dataType"].lower()
    if data_type == "binary":  # JSON holds no bytes; the body of the request does
        data = {"type": "Buffer", "data": list(req.get_body())}
    actions.set(send_to_all(data, data_type))
    return func.HttpResponse(status_code=204)  # nothing for the sender alone


@app.route(route="disconnected", methods=["POST"])
@context_in
@actions_out
def disconnect(req: func.HttpRequest, wps: str, actions: func.Out[str]) -> func.HttpResponse:
    """Tell everybody who left."""
    event = json.loads(wps)
    if event["hasError"]:
        return prepared_response(event)
    actions.set(send_to_all(f"{user_of(event)} disconnected."))
    return func.HttpResponse(status_code=204)
