import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createClient } from "graphql-sse";

import { checkRanking, ranking, Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

const connect = (options = {}) => createClient({ url: server.url, singleConnection: false, ...options });

async function collect(results) {
  const all = [];
  for await (const result of results) all.push(result);
  return all;
}

test("a ranking grows to its final", async () => {
  checkRanking(assert, await collect(connect().iterate({ query: ranking })));
});

test("queries", async () => {
  const [film] = await collect(connect().iterate({ query: '{ movie(id: "movie:5") { title } }' }));
  assert.equal(film.data.movie.title, "Film 5");
});

test("after kill -9 the client comes back by itself", async () => {
  const client = connect({ retryAttempts: 50, retry: () => new Promise((wake) => setTimeout(wake, 100)) });
  const updates = [];
  const ended = new Promise((resolve, reject) => {
    client.subscribe({ query: ranking }, { next: (u) => updates.push(u), error: reject, complete: resolve });
  });
  while (updates.length === 0) await new Promise((wake) => setTimeout(wake, 10));
  const before = updates.length;
  await server.kill();
  await server.spawn();
  await ended;
  assert.ok(updates.length > before);
  assert.equal(updates.filter((u) => u.data.recommend.isFinal).length, 1);
});
