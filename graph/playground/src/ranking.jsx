import { useEffect, useRef, useState } from "react";

/** The updates of a live ranking: how it grew, and any one of them. The newest is shown until another is chosen. */
export function LiveRanking({ ranking, onClose }) {
  const [chosen, setChosen] = useState(null);
  const newest = ranking.length - 1;
  const at = Math.min(chosen ?? newest, newest);
  const update = ranking[at];
  const before = at > 0 ? placesOf(ranking[at - 1]) : new Map();
  const start = useRef(ranking[0]);

  useEffect(() => {
    if (start.current !== ranking[0]) {
      start.current = ranking[0];
      setChosen(null);
    }
  }, [ranking]);

  return (
    <section className="ranking" aria-label="Live ranking">
      <div className="ranking-head">
        <h2>How the ranking grew</h2>
        <button type="button" onClick={onClose} aria-label="Close the ranking">
          ×
        </button>
      </div>
      <ol className="updates">
        {ranking.map((u, i) => (
          <li key={u.sequence ?? i}>
            <button type="button" aria-pressed={i === at} onClick={() => setChosen(i)}>
              <b>{u.isFinal ? "final" : `partial ${i + 1}`}</b>
              <span className="track">
                <span className="fill" style={{ width: `${u.coverage?.percent ?? (u.isFinal ? 100 : 0)}%` }} />
              </span>
              <span>{label(u)}</span>
            </button>
          </li>
        ))}
      </ol>
      {update.criteria && (
        <ul className="criteria">
          {update.criteria.map((c) => (
            <li key={c.criterion} className={String(c.status).toLowerCase()}>
              {c.criterion} {c.status?.toLowerCase().replace("_", " ")}
            </li>
          ))}
        </ul>
      )}
      <ol className="picks">
        {update.picks.map((p, i) => (
          <li key={p.movie?.id ?? p.movie?.title ?? i}>
            <span className="move">{moved(before.get(keyOf(p)), i, at)}</span>
            <span>
              <b>{p.movie?.title ?? p.movie?.id ?? "a film"}</b>
              {p.movie?.year ? ` (${p.movie.year})` : ""}
              {p.reasons?.[0] && <small>{p.reasons[0]}</small>}
            </span>
          </li>
        ))}
      </ol>
      {update.picks.length === 0 && <p>No criterion has answered yet.</p>}
    </section>
  );
}

const keyOf = (pick) => pick.movie?.id ?? pick.movie?.title;

function placesOf(update) {
  return new Map(update.picks.map((pick, i) => [keyOf(pick), i]));
}

function moved(from, to, at) {
  if (at === 0) return "";
  if (from === undefined) return "new";
  if (from > to) return `▲${from - to}`;
  if (from < to) return `▼${to - from}`;
  return "";
}

function label(u) {
  const parts = [];
  if (u.coverage) parts.push(`${Math.round(u.coverage.percent)} %`);
  if (u.tookMs !== undefined) parts.push(`${Math.round(u.tookMs)} ms`);
  return parts.join(" after ");
}
