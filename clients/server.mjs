// Starts the server that the tests talk to: the GraphQL face with everything in memory, built from graph/ by Go. With
// WEBFLIX_URL set, that server is tested instead, except where a test must kill it.
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Server {
  /** With stock it is gqlgen's own handler instead of ours. */
  static async start({ stock = false } = {}) {
    const server = new Server();
    server.environment = stock ? { WEBFLIX_STOCK: "1" } : {};
    server.folder = mkdtempSync(join(tmpdir(), "webflix-clients-"));
    server.binary = join(server.folder, "graph.test");
    execFileSync("go", ["test", "-c", "-o", server.binary, "./graph"], { cwd: root, stdio: "inherit" });
    server.port = await freePort();
    await server.spawn();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get socketURL() {
    return this.url.replace("http", "ws");
  }

  async spawn() {
    this.process = spawn(this.binary, ["-test.run", "^TestServe$", "-test.timeout", "0"], {
      cwd: this.folder,
      env: { ...process.env, ...this.environment, WEBFLIX_SERVE: `127.0.0.1:${this.port}` },
      stdio: ["pipe", "ignore", "inherit"],
    });
    for (let tries = 0; tries < 200; tries++) {
      try {
        await fetch(`${this.url}?query={__typename}`);
        return;
      } catch {
        await new Promise((wake) => setTimeout(wake, 50));
      }
    }
    throw new Error("the server does not answer");
  }

  /** As `kill -9` does. */
  async kill() {
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
  }

  async stop() {
    this.process.stdin.end();
    await once(this.process, "exit");
    rmSync(this.folder, { recursive: true });
  }
}

export const ranking = `subscription Ranking($user: ID = "user:1") {
  recommend(input: { user: $user, first: 3 }) {
    __typename
    ... on RecommendationUpdate { requestId sequence isFinal coverage { percent } picks { rank movie { id title } } }
    ... on UserError { message }
  }
}`;

/** The updates of a ranking must rise in sequence, and only the last be final. */
export function checkRanking(assert, results) {
  const updates = results.map((result) => result.data.recommend ?? result.data.recommendationUpdates);
  assert.ok(updates.length >= 1, "there is an update");
  for (const [i, update] of updates.entries()) {
    assert.equal(update.__typename, "RecommendationUpdate");
    assert.equal(update.isFinal, i === updates.length - 1, "only the last is final");
    if (i > 0) assert.ok(update.sequence > updates[i - 1].sequence, "sequences rise");
  }
  assert.equal(updates.at(-1).picks.length, 3);
}
