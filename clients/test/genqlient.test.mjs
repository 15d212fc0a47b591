import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

test("the client that genqlient makes for Go", async () => {
  const cwd = new URL("../genqlient", import.meta.url).pathname;
  const run = spawn("go", ["test", "-count=1", "./..."], { cwd, env: { ...process.env, WEBFLIX_URL: server.url }, stdio: "inherit" });
  const [code] = await once(run, "exit");
  assert.equal(code, 0);
});
