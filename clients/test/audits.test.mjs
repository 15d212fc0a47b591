import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { serverAudits } from "graphql-http";

import { Server } from "../server.mjs";

let server;
before(async () => {
  server = process.env.WEBFLIX_URL ? { url: process.env.WEBFLIX_URL, stop: async () => {} } : await Server.start();
});
after(() => server.stop());

test("GraphQL over HTTP: every audit of graphql-http", async () => {
  const audits = serverAudits({ url: () => server.url, fetchFn: fetch });
  const failed = [];
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status !== "ok") failed.push(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
  }
  console.log(`${audits.length - failed.length} of ${audits.length} audits`);
  assert.deepEqual(failed, []);
  assert.equal(audits.length, 61);
});
