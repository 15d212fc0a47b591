import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

import { Server } from "../server.mjs";

const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const skip = existsSync(browserPath) || process.env.CI === "true" ? false : `there is no browser at ${browserPath} (set CHROMIUM)`;

let server;
let browser;
before(async () => {
  if (skip) return;
  server = await Server.start();
  browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the playground shows how a ranking grew, and nothing leaves its origin", { skip, timeout: 60_000 }, async () => {
  const page = await browser.newPage();
  const origin = new URL(server.url).origin;
  const foreign = [];
  const troubles = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));

  await page.goto(`${origin}/playground`);
  for (const tab of ["LiveRecommendations", "Search", "MyTaste", "Pipeline"]) await page.getByText(tab, { exact: true }).first().waitFor();
  await page.locator(".graphiql-query-editor .view-lines").getByText("subscription").first().waitFor(); // the editor loads after its tabs
  await page.locator(".graphiql-execute-button").click();
  await page.getByRole("button", { name: /^final/ }).waitFor();
  const updates = await page.locator(".updates li").allInnerTexts();
  assert.equal(updates.length, 3, "every update stays to be looked at, not just the last");
  assert.match(updates.at(-1), /final/);
  assert.equal(await page.locator(".picks li").count(), 10);

  await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
  await page.locator(".docExplorerWrap").getByText("recommendationUpdates").waitFor();

  await page.locator(".sign-in select").selectOption("user:3");
  await page.waitForFunction(() => document.querySelector(".sign-in select")?.value === "user:3"); // the tabs are new then
  await page.getByText("MyTaste", { exact: true }).first().click();
  await page.locator(".graphiql-execute-button").click();
  await page.locator(".result-window").getByText("Person 3").first().waitFor();

  assert.deepEqual(foreign, []);
  assert.deepEqual(troubles, []);
});
