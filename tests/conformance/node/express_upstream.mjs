// An upstream server made of the official `@azure/web-pubsub-express`.
//
//   node express_upstream.mjs HUB        (it ends when its standard input does)
//
// Prints its port, then every event it is told of, as lines of JSON. Its paths: /api/webpubsub/hubs/HUB, which
// consents to everybody; /local, which consents to this machine; /elsewhere, which does not.

import express from "express";
import { WebPubSubEventHandler } from "@azure/web-pubsub-express";

const hub = process.argv[2];

const print = (value) => console.log(JSON.stringify(value));

const log = (name, request, more = {}) => {
  const { connectionId, userId, hub, states, eventName, origin, signature } = request.context;
  print({ name, connectionId, userId: userId ?? null, hub, states, eventName, origin, signature, ...more });
};

const handlers = {
  handleConnect(request, response) {
    const { claims, queries, subprotocols, headers } = request;
    log("connect", request, { claims, queries, subprotocols, headers });
    const { reject, silent, user } = queries;
    if (reject) {
      response.fail(Number(reject[0]), "the reason is ours");
    } else if (silent) {
      response.success();
    } else {
      response.setState("visits", 0);
      response.success({
        userId: user?.[0],
        groups: ["lobby"],
        roles: ["webpubsub.sendToGroup.lobby"],
        subprotocol: subprotocols?.[0],
      });
    }
  },

  onConnected(request) {
    log("connected", request);
  },

  onDisconnected(request) {
    log("disconnected", request, { reason: request.reason });
  },

  handleUserEvent(request, response) {
    const { context, data, dataType } = request;
    log("user", request, { dataType, data: dataType === "binary" ? [...new Uint8Array(data)] : data });
    if (context.eventName === "refuse") {
      response.fail(400, "no");
    } else if (context.eventName === "quiet") {
      response.success();
    } else if (dataType === "json") {
      const visits = (context.states.visits ?? 0) + 1;
      response.setState("visits", visits);
      response.success(JSON.stringify({ visits, echo: data }), "json");
    } else {
      response.success(dataType === "text" ? `you said ${data}` : data, dataType);
    }
  },
};

const app = express();
app.use(new WebPubSubEventHandler(hub, handlers).getMiddleware());
for (const [path, allowedEndpoints] of [
  ["/local", ["https://elsewhere.test", "http://127.0.0.1"]],
  ["/elsewhere", ["https://elsewhere.test"]],
]) {
  app.use(new WebPubSubEventHandler(hub, { ...handlers, path, allowedEndpoints }).getMiddleware());
}

const server = app.listen(0, "127.0.0.1", () => print({ port: server.address().port }));
process.stdin.on("end", () => process.exit(0)).resume();
