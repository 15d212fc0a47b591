import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createStreamClient } from "graphql-sse";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { Program } from "../program.mjs";

globalThis.WebSocket ??= WebSocket; // Apollo's link looks for it when a socket fails

// The turtle never answers: there is time until the deadline to kill the program between a partial ranking and the final one.
let program;
before(async () => {
  program = await Program.start("--slow=popularity=30s");
});
after(() => program?.stop());

const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

const socket = () =>
  createClient({
    url: program.socketURL,
    webSocketImpl: WebSocket,
    lazyCloseTimeout: 1000,
    retryAttempts: 200,
    retryWait: () => pause(100),
    shouldRetry: () => true, // a refused connection, too
  });

/** Follows a subscription with Apollo Client over a link. */
function apollo(link, query, sink) {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const next = ({ data, error }) => (error ? sink.error(error) : sink.next(data));
  return client.subscribe({ query: gql(query) }).subscribe({ ...sink, next });
}

/** How each client follows a subscription: it calls next with data, then complete or error, and returns how to dispose of it. */
const followers = {
  "graphql-ws": (query, sink) => {
    const client = socket();
    client.subscribe({ query }, { ...sink, next: (result) => sink.next(result.data) });
    return () => client.dispose();
  },
  "graphql-sse": (query, sink) => {
    const client = createStreamClient({ url: program.url, singleConnection: false, retryAttempts: 200, retry: () => pause(100) });
    client.subscribe({ query }, { ...sink, next: (result) => sink.next(result.data) });
    return () => client.dispose();
  },
  "Apollo Client, WebSocket": (query, sink) => {
    const client = socket();
    apollo(new GraphQLWsLink(client), query, sink);
    return () => client.dispose();
  },
  "Apollo Client, HTTP multipart": (query, sink) => {
    const retry = new RetryLink({ delay: { initial: 100, max: 100, jitter: false }, attempts: { max: 200 } });
    const link = ApolloLink.from([retry, new HttpLink({ uri: program.url })]);
    const following = apollo(link, query, sink);
    return () => following.unsubscribe();
  },
  "urql, WebSocket": (query, sink) => {
    const client = socket();
    const forwardSubscription = (request) => ({
      subscribe: (to) => ({ unsubscribe: client.subscribe({ ...request, query: request.query ?? "" }, to) }),
    });
    const urql = new Client({ url: program.url, preferGetMethod: false, exchanges: [fetchExchange, subscriptionExchange({ forwardSubscription })] });
    const { unsubscribe } = urql.subscription(query, {}).subscribe((result) => {
      if (result.error) sink.error(result.error);
      else if (result.hasNext) sink.next(result.data);
      else sink.complete(); // with the last result once more
    });
    return async () => {
      unsubscribe();
      await client.dispose();
    };
  },
};

// Named, since the learned blend may do without the turtle.
const blend = '[{ criterion: "genres", weight: 1 }, { criterion: "era", weight: 1 }, { criterion: "popularity", weight: 1 }]';
const request = `user: "user:10000001", first: 3, deadlineMs: 10000, weights: ${blend}`;

/** A request that a client follows: the updates that came, and a promise of the end. */
async function follow(name, start) {
  const { requestRecommendations } = await program.ask(
    `mutation { requestRecommendations(input: { ${request} }) { ... on Recommendation { id } ... on UserError { message } } }`,
  );
  assert.ok(requestRecommendations.id, requestRecommendations.message);
  const followed = { name, updates: [] };
  followed.ended = new Promise((resolve, reject) => {
    followed.dispose = start(
      `subscription { recommendationUpdates(id: "${requestRecommendations.id}") {
        ... on RecommendationUpdate { requestId sequence isFinal picks { movie { id } } } ... on UserError { message } } }`,
      { next: (data) => followed.updates.push(data.recommendationUpdates), error: reject, complete: resolve },
    );
  });
  followed.ended.catch(() => {}); // it is awaited later
  return followed;
}

/** Follows a request with every client, and returns when each has a partial ranking and none has its final. */
async function growing() {
  for (;;) {
    const all = await Promise.all(Object.entries(followers).map(([name, start]) => follow(name, start)));
    while (!all.every(({ updates }) => updates.some((u) => u.picks.length > 0))) await pause(10);
    for (const f of all) f.before = f.updates.length;
    if (!all.some(({ updates }) => updates.some((u) => u.isFinal))) return all;
    for (const f of all) await f.dispose(); // the machine is so slow that the deadline came first: once more
  }
}

test("after kill -9 and a new start every client resumes its stream, which ends in one final", { timeout: 300_000 }, async (t) => {
  const all = await growing();
  await program.kill();
  await program.spawn();
  for (const f of all) {
    await t.test(f.name, async () => {
      await f.ended;
      await f.dispose();
      const seen = f.updates[f.before - 1];
      const [resumed] = f.updates.slice(f.before);
      assert.ok(resumed, "the stream goes on");
      assert.ok(resumed.sequence >= seen.sequence, `it resumes at ${resumed.sequence}, behind ${seen.sequence}`);
      assert.deepEqual(f.updates.map((u) => u.isFinal), f.updates.map((_, i) => i === f.updates.length - 1), "one final, at the end");
      assert.equal(f.updates.at(-1).picks.length, 3);
      assert.equal(new Set(f.updates.map((u) => u.requestId)).size, 1, "it is the same request");
      t.diagnostic(`${f.name}: sequence ${seen.sequence}, killed, ${f.updates.slice(f.before).map((u) => u.sequence)}`);
    });
  }
});
