import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { checkRanking, ranking, Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

const connect = (options = {}) =>
  createClient({ url: server.socketURL, webSocketImpl: WebSocket, lazyCloseTimeout: 1000, ...options });

async function collect(results) {
  const all = [];
  for await (const result of results) all.push(result);
  return all;
}

test("a ranking grows to its final", async () => {
  const client = connect();
  checkRanking(assert, await collect(client.iterate({ query: ranking })));
  await client.dispose();
});

test("queries, mutations and errors", async () => {
  const client = connect();
  const [film] = await collect(client.iterate({ query: '{ movie(id: "movie:5") { title } }' }));
  assert.equal(film.data.movie.title, "Film 5");
  await assert.rejects(collect(client.iterate({ query: "{ nothing }" })), (errors) => errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
  await client.dispose();
});

test("@defer arrives in parts", async () => {
  const client = connect();
  const parts = await collect(
    client.iterate({ query: '{ movie(id: "movie:5") { title ... @defer(label: "more") { similar(first: 1) { id } } } }' }),
  );
  assert.equal(parts[0].hasNext, true);
  assert.equal(parts[0].data.movie.title, "Film 5"); // gqlgen writes null for what is still to come
  assert.deepEqual(parts[1].incremental[0].data, { similar: [{ id: "movie:6" }] });
  assert.equal(parts[1].hasNext, false);
  await client.dispose();
});

test("unsubscribing ends the stream, and the socket goes on", async () => {
  const client = connect();
  const live = client.iterate({ query: "subscription { pipeline { at } }" });
  await live.next();
  await live.return();
  const [answer] = await collect(client.iterate({ query: "{ __typename }" }));
  assert.equal(answer.data.__typename, "Query");
  await client.dispose();
});

test("after kill -9 the client comes back by itself, and the ranking ends in one final", async () => {
  const client = connect({ retryAttempts: 50, retryWait: () => new Promise((wake) => setTimeout(wake, 100)) });
  const updates = [];
  const ended = new Promise((resolve, reject) => {
    client.subscribe(
      { query: ranking },
      { next: (result) => updates.push(result), error: reject, complete: resolve },
    );
  });
  while (updates.length === 0) await new Promise((wake) => setTimeout(wake, 10));
  await server.kill();
  const before = updates.length;
  await server.spawn();
  await ended;
  checkRanking(assert, updates.slice(before));
  assert.equal(updates.filter((u) => u.data.recommend.isFinal).length, 1);
  await client.dispose();
});

test("a token that is not accepted closes with 4403, and the client does not storm", async () => {
  let opened = 0;
  const client = connect({
    connectionParams: { authorization: "Bearer nonsense" },
    shouldRetry: () => false,
    on: { opened: () => opened++ },
  });
  await assert.rejects(collect(client.iterate({ query: "{ __typename }" })), (closed) => closed.code === 4403);
  assert.equal(opened, 1);
  await client.dispose();
});

async function raw(messages, protocol = "graphql-transport-ws") {
  const socket = new WebSocket(server.socketURL, protocol);
  await once(socket, "open");
  for (const message of messages) socket.send(typeof message === "string" ? message : JSON.stringify(message));
  const [code] = await once(socket, "close");
  return code;
}

const init = { type: "connection_init" };
const live = { type: "subscribe", id: "1", payload: { query: "subscription { pipeline { at } }" } };

for (const [name, messages, code] of [
  ["the id of a running operation", [init, live, live], 4409],
  ["a second connection_init", [init, init], 4429],
  ["an operation before connection_init", [live], 4401],
  ["no JSON", ["{"], 4400],
  ["an unknown type", [init, { type: "start", id: "1" }], 4400],
  ["a payload of connection_init that is no object", [{ type: "connection_init", payload: 7 }], 4400],
  ["silence", [], 4408],
]) {
  test(`${name} closes with ${code}`, async () => assert.equal(await raw(messages), code));
}

test("other subprotocols are not spoken", async () => {
  const socket = new WebSocket(server.socketURL, "graphql-ws");
  const [error] = await once(socket, "error");
  assert.match(error.message, /subprotocol/i);
});
