// The official JavaScript packages against a running service.
//
//   node conformance.mjs HUB_PREFIX        (the connection string is read from standard input)
//
// Prints a line of JSON for each check: its name, and its error if there was one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { WebPubSubServiceClient } from "@azure/web-pubsub";
import { WebPubSubClient, WebPubSubJsonProtocol } from "@azure/web-pubsub-client";

const connectionString = readFileSync(0, "utf8").trim();
const prefix = process.argv[2];
const WAIT = 10_000;
const EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"];

/** A queue of events that can be awaited. */
class Events {
  constructor() {
    this.waiting = [];
    this.kept = [];
  }

  put(event) {
    const next = this.waiting.shift();
    if (next) next(event);
    else this.kept.push(event);
  }

  async next() {
    if (this.kept.length) return this.kept.shift();
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("nothing came")), WAIT);
      this.waiting.push((event) => {
        clearTimeout(timer);
        resolve(event);
      });
    });
  }
}

/** A hub of its own, and clients that are stopped at the end. */
class Stage {
  constructor(name) {
    this.service = new WebPubSubServiceClient(connectionString, `${prefix}_${name}`, { allowInsecureConnection: true });
    this.clients = [];
  }

  async client(token = {}, options = {}) {
    const credential = { getClientAccessUrl: async () => (await this.service.getClientAccessToken(token)).url };
    const client = new WebPubSubClient(credential, {
      protocol: WebPubSubJsonProtocol(),
      autoReconnect: false,
      messageRetryOptions: { maxRetries: 0 },
      ...options,
    });
    const events = Object.fromEntries(
      ["connected", "disconnected", "stopped", "server-message", "group-message"].map((name) => {
        const queue = new Events();
        client.on(name, (event) => queue.put(event));
        return [name, queue];
      }),
    );
    this.clients.push(client);
    await client.start();
    const { connectionId, userId } = await events.connected.next();
    return { client, events, connectionId, userId };
  }

  close() {
    for (const client of this.clients) client.stop();
  }
}

const fails = async (promise, name) => {
  await assert.rejects(promise, (error) => {
    assert.equal(error.errorDetail?.name, name);
    return true;
  });
};

const checks = {
  async sends_to_all_users_groups_and_connections(stage) {
    const { service } = stage;
    const { events, connectionId, userId } = await stage.client({ userId: "alice", groups: ["room"] });
    assert.equal(userId, "alice");
    const inbox = events["server-message"];
    await service.sendToAll("hello ä漢", { contentType: "text/plain" });
    assert.deepEqual((await inbox.next()).message.data, "hello ä漢");
    await service.sendToUser("alice", { a: [1, null] });
    assert.deepEqual((await inbox.next()).message.data, { a: [1, null] });
    await service.sendToConnection(connectionId, new Uint8Array([0, 255]));
    const bytes = (await inbox.next()).message;
    assert.equal(bytes.dataType, "binary");
    assert.deepEqual([...new Uint8Array(bytes.data)], [0, 255]);
    await service.group("room").sendToAll("to the group", { contentType: "text/plain" });
    const { message } = await events["group-message"].next();
    assert.deepEqual([message.group, message.dataType, message.data], ["room", "text", "to the group"]);
  },

  async leaves_out_excluded_connections(stage) {
    const one = await stage.client();
    const two = await stage.client();
    await stage.service.sendToAll("once", { contentType: "text/plain", excludedConnections: [one.connectionId] });
    await stage.service.sendToAll("marker", { contentType: "text/plain" });
    assert.equal((await two.events["server-message"].next()).message.data, "once");
    assert.equal((await one.events["server-message"].next()).message.data, "marker");
  },

  async tells_what_exists(stage) {
    const { service } = stage;
    assert.equal(await service.userExists("alice"), false);
    const { connectionId } = await stage.client({ userId: "alice", groups: ["room"] });
    assert.equal(await service.userExists("alice"), true);
    assert.equal(await service.groupExists("room"), true);
    assert.equal(await service.connectionExists(connectionId), true);
    assert.equal(await service.groupExists("Room"), false);
    assert.equal(await service.connectionExists("none"), false);
  },

  async changes_groups(stage) {
    const { service } = stage;
    const { connectionId } = await stage.client({ userId: "alice" });
    await service.group("a").addConnection(connectionId);
    await service.group("b").addUser("alice");
    assert.deepEqual([await service.groupExists("a"), await service.groupExists("b")], [true, true]);
    await service.group("a").removeConnection(connectionId);
    await service.group("b").removeUser("alice");
    assert.deepEqual([await service.groupExists("a"), await service.groupExists("b")], [false, false]);
    await service.group("a").addUser("alice");
    await service.removeUserFromAllGroups("alice");
    await service.group("b").addUser("alice");
    await service.removeConnectionFromAllGroups(connectionId);
    assert.deepEqual([await service.groupExists("a"), await service.groupExists("b")], [false, false]);
    await assert.rejects(service.group("a").addConnection("none"), { statusCode: 404, code: "Error.Connection.NotExisted" });
  },

  async grants_and_revokes_permissions(stage) {
    const { service } = stage;
    const { client, connectionId } = await stage.client();
    const room = { targetName: "room" };
    await fails(client.joinGroup("room"), "Forbidden");
    await service.grantPermission(connectionId, "joinLeaveGroup", room);
    assert.equal(await service.hasPermission(connectionId, "joinLeaveGroup", room), true);
    await client.joinGroup("room");
    await service.revokePermission(connectionId, "joinLeaveGroup", room);
    assert.equal(await service.hasPermission(connectionId, "joinLeaveGroup", room), false);
    await fails(client.leaveGroup("room"), "Forbidden");
  },

  async closes_connections_with_a_reason(stage) {
    const { service } = stage;
    const one = await stage.client({ userId: "alice" });
    await service.closeConnection(one.connectionId, { reason: "Maintenance" });
    const { message } = await one.events.disconnected.next();
    assert.equal(message.message, "Application server closed the connection. Reason: Maintenance");
    const two = await stage.client({ userId: "alice", groups: ["room"] });
    await service.closeUserConnections("alice");
    assert.equal((await two.events.disconnected.next()).connectionId, two.connectionId);
    const three = await stage.client({ groups: ["room"] });
    await service.group("room").closeAllConnections();
    await three.events.stopped.next();
    const four = await stage.client();
    await service.closeAllConnections();
    await four.events.stopped.next();
  },

  async refuses_a_wrong_key(stage) {
    const wrong = connectionString.replace(/AccessKey=[^;]+/, `AccessKey=${"wrong".repeat(10)}`);
    const service = new WebPubSubServiceClient(wrong, `${prefix}_wrong`, { allowInsecureConnection: true });
    await assert.rejects(service.sendToAll("hello", { contentType: "text/plain" }), { statusCode: 401 });
    await assert.rejects(new WebPubSubClient((await service.getClientAccessToken()).url).start(), /401/);
  },

  async clients_exchange_messages_through_a_group(stage) {
    const alice = await stage.client({ userId: "alice", roles: EVERYTHING });
    const bob = await stage.client({ userId: "bob", roles: EVERYTHING });
    const result = await alice.client.joinGroup("room");
    assert.equal(result.isDuplicated, false);
    await bob.client.sendToGroup("room", "hello ä漢", "text");
    await bob.client.sendToGroup("room", { a: [1, null] }, "json");
    await bob.client.sendToGroup("room", new Uint8Array([0, 255]).buffer, "binary");
    const inbox = alice.events["group-message"];
    const text = (await inbox.next()).message;
    assert.deepEqual([text.group, text.fromUserId, text.dataType, text.data], ["room", "bob", "text", "hello ä漢"]);
    assert.deepEqual((await inbox.next()).message.data, { a: [1, null] });
    assert.deepEqual([...new Uint8Array((await inbox.next()).message.data)], [0, 255]);
    await alice.client.leaveGroup("room");
    assert.equal(await stage.service.groupExists("room"), false);
  },

  async keeps_its_own_messages_from_the_sender(stage) {
    const { client, events } = await stage.client({ roles: EVERYTHING });
    await client.joinGroup("room");
    await client.sendToGroup("room", "unheard", "text", { noEcho: true });
    await client.sendToGroup("room", "unacked", "text", { fireAndForget: true });
    assert.equal((await events["group-message"].next()).message.data, "unacked");
  },

  async takes_a_repeated_ack_id_as_done(stage) {
    const { client } = await stage.client({ roles: EVERYTHING });
    assert.equal((await client.joinGroup("room", { ackId: 7 })).isDuplicated, false);
    assert.equal((await client.joinGroup("room", { ackId: 7 })).isDuplicated, true);
  },

  async reports_an_event_nobody_handles(stage) {
    const { client } = await stage.client();
    await fails(client.sendEvent("hello", "data", "text"), "InternalServerError");
  },

  async comes_back_and_joins_its_groups_again(stage) {
    const options = { autoReconnect: true, autoRejoinGroups: true };
    const { client, events, connectionId } = await stage.client({ userId: "alice", roles: EVERYTHING }, options);
    await client.joinGroup("room");
    await stage.service.closeConnection(connectionId);
    assert.notEqual((await events.connected.next()).connectionId, connectionId);
    await client.sendToGroup("room", "flush", "text", { noEcho: true });
    const deadline = Date.now() + WAIT;
    while (!(await stage.service.groupExists("room"))) assert.ok(Date.now() < deadline);
    await stage.service.group("room").sendToAll("welcome back", { contentType: "text/plain" });
    assert.equal((await events["group-message"].next()).message.data, "welcome back");
  },
};

for (const [name, check] of Object.entries(checks)) {
  const stage = new Stage(name.slice(0, 40));
  let error = null;
  try {
    await check(stage);
  } catch (caught) {
    error = caught.stack ?? String(caught);
  } finally {
    stage.close();
  }
  console.log(JSON.stringify({ name, error }));
}
process.exit(0);
