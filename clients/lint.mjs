// Lints the schema with graphql-eslint's schema-recommended and schema-relay.
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const root = new URL("..", import.meta.url).pathname;
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.graphqls"],
      plugins: { "@graphql-eslint": graphql },
      languageOptions: {
        parser: graphql.parser,
        parserOptions: { graphQLConfig: { schema: `${root}graph/*.graphqls` } },
      },
      rules: {
        ...graphql.configs["flat/schema-recommended"].rules,
        ...graphql.configs["flat/schema-relay"].rules,
        "@graphql-eslint/description-style": ["error", { style: "inline" }],
        // Connections go forwards only, and short lists that come whole need no connection.
        "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
        "@graphql-eslint/relay-edge-types": [
          "error",
          { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false, withEdgeSuffix: true },
        ],
        // Values that are parts of something with an id.
        "@graphql-eslint/strict-id-in-types": [
          "error",
          {
            exceptions: {
              suffixes: ["Connection", "Edge", "Payload", "Error", "Info", "State", "Taste", "Update", "Frame"],
              types: ["Coverage", "Criterion", "Evidence", "Metric", "Pick", "Queue", "Row", "Share", "Step", "Trail", "Watch"],
            },
          },
        ],
      },
    },
  ],
});
const results = await eslint.lintFiles(["graph/*.graphqls"]);
const formatter = await eslint.loadFormatter("stylish");
process.stdout.write(await formatter.format(results));
const problems = results.reduce((sum, r) => sum + r.errorCount + r.warningCount, 0);
console.log(`graphql-eslint: ${results.length} files, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
