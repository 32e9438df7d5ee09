// What drives the world, and the tour.
import { useState } from "react";

import { order } from "./server.js";

export function Panel({ state, setNotice }) {
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const { standing, said } = state;
  const isGone = standing.bot === "gone";
  const isFast = standing.rate > 1;
  const give = (what, sent) => async () => {
    setBusy(true);
    await order(what, sent).catch((error) => setNotice(error.message));
    setBusy(false);
  };
  const named = name.trim() ? { name: name.trim() } : {};
  const groups = [
    ["Backups", [
      ["A backup fails", "fail", named],
      ["It recovers", "recover", named],
      ["A run is skipped", "skip", named],
      ["A run hangs", "hang", named],
      ["A storm of 500", "storm", {}],
    ]],
    ["Acronis and Slack", [
      [standing.away ? "Acronis comes back" : "Acronis goes away", "outage", { on: !standing.away }],
      ["Slack says 429", "limit", {}],
    ]],
    ["The bot and the clock", [
      isGone ? ["Start the bot", "start", {}] : ["Kill the bot", "kill", {}],
      [isFast ? "Clock as usual" : "Hurry the clock", "hurry", { on: !isFast }],
    ]],
  ];
  return (
    <details className="panel" open={matchMedia("(min-width: 900px)").matches || undefined}>
      <summary><h2>The world</h2></summary>
      <div className="panel-body">
        <button
          type="button" className="tour-button" onClick={give(standing.tour ? "stop" : "tour", {})}
        >
          {standing.tour ? "Stop the tour" : "Tour: a night in two minutes"}
        </button>
        <p className="tour-words" aria-live="polite">{standing.tour}</p>
        {groups.map(([title, orders]) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            {title === "Backups" && (
              <label className="machine">
                <span>Machine or mailbox</span>
                <input value={name} placeholder="any, or e.g. SRV-SQL01" onChange={(event) => setName(event.target.value)} />
              </label>
            )}
            <div className="orders">
              {orders.map(([words, what, sent]) => (
                <button key={what} type="button" disabled={isBusy} onClick={give(what, sent)}>{words}</button>
              ))}
            </div>
          </section>
        ))}
        <ol className="said" aria-live="polite" aria-label="What was done">
          {said.map((each, place) => <li key={`${place} ${each}`}>{each}</li>)}
        </ol>
      </div>
    </details>
  );
}
