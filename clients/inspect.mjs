// Compares the schema with that of the last release, and fails where a client of that release could break.
// `node inspect.mjs --release` makes the present schema the released one.
import { copyFileSync, readFileSync } from "node:fs";

import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const present = new URL("../graph/schema.graphql", import.meta.url);
const released = new URL("released.graphql", import.meta.url);

if (process.argv.includes("--release")) copyFileSync(present, released);

const [before, after] = [released, present].map((file) => buildSchema(readFileSync(file, "utf8")));
const changes = await diff(before, after);
const breaking = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
for (const change of changes) console.log(`${change.criticality.level}: ${change.message}`);
console.log(`graphql-inspector: ${changes.length} changes since the last release, ${breaking.length} breaking`);
process.exitCode = breaking.length === 0 ? 0 : 1;
