import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { checkRanking, ranking, Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

const client = (link) =>
  new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });
const http = (options) => new HttpLink({ uri: server.url, ...options });

async function collect(observable) {
  const all = [];
  await new Promise((resolve, reject) => {
    observable.subscribe({ next: (result) => all.push(result), error: reject, complete: resolve });
  });
  return all;
}

test("a query, with the cache by global id", async () => {
  const apollo = client(http());
  const { data } = await apollo.query({ query: gql`{ movie(id: "movie:5") { id title } }` });
  assert.equal(data.movie.title, "Film 5");
  assert.ok(apollo.cache.extract()["Movie:movie:5"]);
});

test("a union's error member is data", async () => {
  const { data } = await client(http()).mutate({
    mutation: gql`mutation { recordWatch(input: { movie: "movie:1" }) { ... on ForbiddenError { message } } }`,
  });
  assert.match(data.recordWatch.message, /Sign in/);
});

test("automatic persisted queries: the hash first, then the document, then the hash alone", async () => {
  const bodies = [];
  const spy = (uri, options) => {
    bodies.push(JSON.parse(options.body));
    return fetch(uri, options);
  };
  const link = () =>
    ApolloLink.from([
      new PersistedQueryLink({ sha256: (text) => createHash("sha256").update(text).digest("hex") }),
      http({ fetch: spy }),
    ]);
  const query = gql`query Persisted { movie(id: "movie:6") { id title } }`;
  for (let i = 0; i < 2; i++) {
    const { data } = await client(link()).query({ query });
    assert.equal(data.movie.title, "Film 6");
  }
  assert.deepEqual(bodies.map((body) => "query" in body), [false, true, false]);
});

test("a ranking over HTTP multipart", async () => {
  checkRanking(assert, await collect(client(http()).subscribe({ query: gql(ranking) })));
});

test("a ranking over a WebSocket", async () => {
  const socket = createClient({ url: server.socketURL, webSocketImpl: WebSocket, lazyCloseTimeout: 1000 });
  checkRanking(assert, await collect(client(new GraphQLWsLink(socket)).subscribe({ query: gql(ranking) })));
  await socket.dispose();
});

test("@defer over HTTP multipart", async () => {
  const { data } = await client(http()).query({
    query: gql`{ movie(id: "movie:7") { id title ... @defer { similar(first: 1) { id } } } }`,
  });
  assert.equal(data.movie.title, "Film 7");
  assert.deepEqual(data.movie.similar.map((film) => film.id), ["movie:8"]);
});
