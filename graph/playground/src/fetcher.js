import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-ws";

const endpoint = new URL("../graphql", document.baseURI);

/** Post a query or mutation. */
export async function ask(token, params, headers = {}) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json",
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return response.json();
}

/**
 * Returns GraphiQL's fetcher: queries by POST, subscriptions over one WebSocket. Rankings that arrive are also handed to
 * onRanking, update by update, so that the page can show how they grow.
 */
export function connect(token, onRanking) {
  const client = createClient({
    url: Object.assign(new URL(endpoint), { protocol: endpoint.protocol === "https:" ? "wss:" : "ws:" }).href,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    lazyCloseTimeout: 1000,
  });
  return (params, options) => {
    const { query, variables } = params;
    const operation = chosen(query, params.operationName);
    const operationName = operation?.name?.value;
    if (operation?.operation !== "subscription") {
      return ask(token, { query, operationName, variables }, options?.headers);
    }
    return watched(client.iterate({ query, operationName, variables }), onRanking);
  };
}

/**
 * The operation to run. For a moment after a change of tabs GraphiQL still names the operation of the tab before: then it is
 * the only one there is. Nothing for a text that the server is better to complain about.
 */
function chosen(query, name) {
  try {
    const document = parse(query);
    return getOperationAST(document, name) ?? getOperationAST(document);
  } catch {
    return undefined;
  }
}

async function* watched(results, onRanking) {
  let updates = [];
  for await (const result of results) {
    const update = Object.values(result.data ?? {}).find((event) => Array.isArray(event?.picks));
    if (update) {
      updates = [...updates, update];
      onRanking(updates);
    }
    yield result;
  }
}
