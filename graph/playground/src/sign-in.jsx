import { useEffect, useState } from "react";

import { ask } from "./fetcher.js";

const whoQuery = "query Who { developmentSignIn viewer { id name } }";
const peopleQuery = "query People { users(first: 100) { nodes { id name } } }";
const signInMutation = `mutation SignIn($user: ID!) {
  signIn(input: { user: $user }) {
    ... on SignInPayload { token }
    ... on UserError { message }
  }
}`;

/** Who is signed in; a choice of people where the development sign-in is open, and a place for a token where not. */
export function SignIn({ token, onToken }) {
  const [who, setWho] = useState(null);
  const [people, setPeople] = useState([]);
  const [trouble, setTrouble] = useState("");

  useEffect(() => {
    let current = true;
    (async () => {
      const { data, errors } = await ask(token, { query: whoQuery });
      if (!current) return;
      setTrouble(errors?.[0]?.message ?? "");
      setWho(data ?? null);
      if (!data?.developmentSignIn) return;
      const found = await ask(token, { query: peopleQuery });
      if (current) setPeople(found.data?.users?.nodes ?? []);
    })().catch((err) => current && setTrouble(String(err.message ?? err)));
    return () => {
      current = false;
    };
  }, [token]);

  async function choose(user) {
    if (!user) return onToken("");
    const { data } = await ask("", { query: signInMutation, variables: { user } });
    if (data?.signIn?.token) onToken(data.signIn.token);
    else setTrouble(data?.signIn?.message ?? "could not sign in");
  }

  return (
    <div className="sign-in">
      {who?.developmentSignIn ? (
        <label>
          Signed in as{" "}
          <select value={who.viewer?.id ?? ""} onChange={(e) => choose(e.target.value)}>
            <option value="">nobody</option>
            {who.viewer && !people.some((p) => p.id === who.viewer.id) && <option value={who.viewer.id}>{who.viewer.name}</option>}
            {people.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label>
          Token{" "}
          <input type="password" defaultValue={token} placeholder="paste, then Enter" onKeyDown={(e) => e.key === "Enter" && onToken(e.target.value.trim())} />
          {who?.viewer && <span> {who.viewer.name}</span>}
        </label>
      )}
      {trouble && <span role="alert"> {trouble}</span>}
    </div>
  );
}
