import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { checkRanking, ranking, Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

async function collect(source) {
  const all = [];
  await new Promise((resolve) => {
    const { unsubscribe } = source.subscribe((result) => {
      all.push(result);
      if (result.error || result.data?.recommend?.isFinal) {
        resolve();
        queueMicrotask(() => unsubscribe());
      }
    });
  });
  return all;
}

test("a query, answered as JSON", async () => {
  let type;
  const client = new Client({
    url: server.url,
    preferGetMethod: false,
    exchanges: [fetchExchange],
    fetch: async (...args) => {
      const response = await fetch(...args);
      type = response.headers.get("content-type");
      return response;
    },
  });
  const { data, error } = await client.query("{ movie(id: \"movie:5\") { title } }", {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.movie.title, "Film 5");
  assert.match(type, /json/);
});

test("a query by GET", async () => {
  const client = new Client({ url: server.url, preferGetMethod: "force", exchanges: [fetchExchange] });
  const { data } = await client.query("{ movie(id: \"movie:5\") { title } }", {}).toPromise();
  assert.equal(data.movie.title, "Film 5");
});

test("a ranking over an event stream", async () => {
  const client = new Client({ url: server.url, preferGetMethod: false, exchanges: [fetchExchange], fetchSubscriptions: true });
  checkRanking(assert, await collect(client.subscription(ranking, {})));
});

test("a ranking over a WebSocket", async () => {
  const socket = createClient({ url: server.socketURL, webSocketImpl: WebSocket, lazyCloseTimeout: 1000 });
  const client = new Client({
    url: server.url,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
        }),
      }),
    ],
  });
  checkRanking(assert, await collect(client.subscription(ranking, {})));
  await socket.dispose();
});
