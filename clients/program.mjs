// Runs the real program: every role in one process, with a PostgreSQL of its own that keeps its data between the starts.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;

export class Program {
  /** Builds the program and starts it with these flags. */
  static async start(...flags) {
    const program = new Program();
    program.folder = mkdtempSync(join(tmpdir(), "webflix-program-"));
    chmodSync(program.folder, 0o755); // PostgreSQL's own user passes through
    program.binary = join(program.folder, "webflix");
    execFileSync("go", ["build", "-o", program.binary, "."], { cwd: root, stdio: "inherit" });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    program.address = `127.0.0.1:${server.address().port}`;
    server.close();
    await once(server, "close");
    program.flags = flags;
    await program.spawn();
    return program;
  }

  get url() {
    return `http://${this.address}/graphql`;
  }

  get socketURL() {
    return `ws://${this.address}/graphql`;
  }

  /** Starts it on the same address and data, and returns when it is ready. */
  async spawn() {
    const { DATABASE_URL, AMQP_URL, ...env } = process.env;
    const flags = [`--listen=${this.address}`, `--data-dir=${join(this.folder, "data")}`, "--open=false", "--log-level=error"];
    this.process = spawn(this.binary, [...flags, ...this.flags], { cwd: this.folder, env, stdio: ["ignore", "ignore", "inherit"] });
    this.exited = once(this.process, "exit");
    while (this.process.exitCode === null) {
      const answer = await fetch(`http://${this.address}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((wake) => setTimeout(wake, 50));
    }
    throw new Error(`webflix ended with ${this.process.exitCode}`);
  }

  async end(signal) {
    this.process.kill(signal);
    await this.exited;
  }

  /** As `kill -9` does. */
  kill() {
    return this.end("SIGKILL");
  }

  async stop() {
    if (this.process?.exitCode === null) await this.end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a query and returns its data. */
  async ask(query) {
    const body = JSON.stringify({ query });
    const answer = await fetch(this.url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await answer.json()).data;
  }
}
