import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { serverAudits } from "graphql-http";

import { Server } from "../server.mjs";

let server;
before(async () => {
  server = process.env.WEBFLIX_URL ? { url: process.env.WEBFLIX_URL, stop: async () => {} } : await Server.start();
});
after(() => server.stop());

async function audit(url) {
  const audits = serverAudits({ url: () => url, fetchFn: fetch });
  const failed = [];
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status !== "ok") failed.push(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
  }
  console.log(`${audits.length - failed.length} of ${audits.length} audits`);
  return { failed, count: audits.length };
}

test("GraphQL over HTTP: every audit of graphql-http", async () => {
  assert.deepEqual(await audit(server.url), { failed: [], count: 61 });
});

test("gqlgen's own handlers, of the same schema, fail some", async () => {
  const stock = await Server.start({ stock: true });
  try {
    const { failed } = await audit(stock.url);
    console.log(failed.join("\n"));
    assert.notEqual(failed.length, 0);
  } finally {
    await stock.stop();
  }
});
