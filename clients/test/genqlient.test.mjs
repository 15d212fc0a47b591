import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { Program } from "../program.mjs";
import { Server } from "../server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

/** Runs Go tests with these variables. */
async function go(pattern, variables) {
  const cwd = new URL("../genqlient", import.meta.url).pathname;
  const env = { ...process.env, ...variables };
  const run = spawn("go", ["test", "-count=1", "-run", pattern, "./..."], { cwd, env, stdio: "inherit" });
  const [code] = await once(run, "exit");
  assert.equal(code, 0);
}

test("the client that genqlient makes for Go", () => go(".", { WEBFLIX_URL: server.url }));

test("it resumes a stream after kill -9 and a new start, subscribing again with the same id", { timeout: 300_000 }, async (t) => {
  const program = await Program.start("--slow=popularity=30s"); // its part never comes: there is time until the deadline
  t.after(() => program.stop());
  const control = createServer(async (_, answer) => {
    try {
      await program.kill();
      await program.spawn();
      answer.writeHead(204).end();
    } catch (error) {
      answer.writeHead(500).end(String(error));
    }
  }).listen(0, "127.0.0.1");
  await once(control, "listening");
  t.after(() => control.close());
  await go("AfterKill", { WEBFLIX_PROGRAM: program.url, WEBFLIX_RESTART: `http://127.0.0.1:${control.address().port}/` });
});
