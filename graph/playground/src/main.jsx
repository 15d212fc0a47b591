import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { ask, connect } from "./fetcher.js";
import { LiveRanking } from "./ranking.jsx";
import { SignIn } from "./sign-in.jsx";
import { tabsFor } from "./tabs.js";

const explorer = explorerPlugin();

/** The browser's storage under a name of its own, so that people who sign in keep other tabs than those who do not. */
function storageOf(name) {
  const prefix = `webflix:${name}:`;
  return {
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
    },
    get length() {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).length;
    },
  };
}

function Playground({ person }) {
  const [token, setToken] = useState(() => sessionStorage.getItem("webflix:token") ?? "");
  const [ranking, setRanking] = useState(null);
  const fetcher = useMemo(() => connect(token, setRanking), [token]);

  function signedIn(next) {
    sessionStorage.setItem("webflix:token", next);
    setToken(next);
  }

  return (
    <div className="page">
      <header className="bar">
        <strong>Webflix playground</strong>
        <SignIn token={token} onToken={signedIn} />
      </header>
      <div className="work">
        <GraphiQL
          key={token}
          fetcher={fetcher}
          defaultTabs={tabsFor(token ? undefined : person)}
          storage={storageOf(token ? "signed-in" : "nobody")}
          plugins={[HISTORY_PLUGIN, explorer]}
          defaultEditorToolsVisibility={false}
          shouldPersistHeaders={false}
        />
        {ranking && <LiveRanking ranking={ranking} onClose={() => setRanking(null)} />}
      </div>
    </div>
  );
}

/** Somebody to show a ranking of to people who are not signed in; nobody where people may not be listed. */
async function somebody() {
  const { data } = await ask("", { query: "{ users(first: 1) { nodes { id } } }" }).catch(() => ({}));
  return data?.users?.nodes?.[0]?.id;
}

somebody().then((person) => createRoot(document.getElementById("root")).render(<Playground person={person} />));
