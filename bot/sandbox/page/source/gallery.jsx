// The gallery: all that the bot can say, group by group, each drawn as on a phone, with its lock-screen line and JSON.
import "./gallery.css";

import { useEffect, useState } from "react";

import { Home, Message, Modal } from "./surfaces.jsx";
import { Surroundings } from "./surroundings.jsx";
import { Switch, useChoice } from "./switches.jsx";
import { plain } from "./words.js";

const ALL = "all";

export function Gallery() {
  const [shown, show] = useState(null);
  const [theme, setTheme] = useChoice("theme", ["light", "dark"]);
  const [chosen, choose] = useState(() => decodeURIComponent(location.hash.slice(1)));
  useEffect(() => {
    document.title = "Nightshift, the gallery";
    fetch("gallery.json").then((answer) => answer.json()).then(show);
    const turned = () => {
      choose(decodeURIComponent(location.hash.slice(1)));
      scrollTo(0, 0);
    };
    addEventListener("hashchange", turned);
    return () => removeEventListener("hashchange", turned);
  }, []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const groups = shown?.groups ?? [];
  const open = groups.filter((group, place) => chosen === ALL || (chosen ? group.key === chosen : place === 0));
  return (
    <Surroundings {...shown?.surroundings} theme={theme}>
      <div className="gallery">
        <header className="top-bar">
          <div className="top-words">
            <h1>Nightshift, the gallery</h1>
            <p>All that the bot can say, drawn from samples: {counted(groups)}.</p>
          </div>
          <Switch label="Theme" options={[["light", "Light"], ["dark", "Dark"]]} chosen={theme} choose={setTheme} />
        </header>
        <Index groups={groups} open={open} />
        <main aria-busy={!shown}>
          {open.map((group) => <Group key={group.key} group={group} />)}
        </main>
      </div>
    </Surroundings>
  );
}

function counted(groups) {
  const entries = groups.reduce((sum, group) => sum + group.entries.length, 0);
  return `${entries} messages, windows and Home tabs in ${groups.length} groups`;
}

function Index({ groups, open }) {
  return (
    <nav className="index" aria-label="Groups">
      <ol>
        {groups.map((group) => (
          <li key={group.key}>
            <a href={`#${group.key}`} aria-current={open.length === 1 && open[0] === group ? "page" : undefined}>
              {group.title} <span>{group.entries.length}</span>
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Group({ group }) {
  return (
    <section className="group" aria-labelledby={group.key} data-group={group.key}>
      <h2 id={group.key}>{group.title}</h2>
      <p className="faint">{group.about}</p>
      <div className="entries">
        {group.entries.map((entry) => <Entry key={entry.key} entry={entry} at={group.at} />)}
      </div>
    </section>
  );
}

function Entry({ entry, at }) {
  const [isOpen, open] = useState(false);
  return (
    <article className="entry" data-entry={entry.key}>
      <header>
        <h3>{entry.title}</h3>
        <p className="state">{entry.state}</p>
      </header>
      {entry.kind === "message" && <p className="lock-line"><span className="lock-text">{plain(entry.content.text, [], [])}</span></p>}
      <div className="frame"><Drawn entry={entry} at={at} /></div>
      <details onToggle={(event) => open(event.currentTarget.open)}>
        <summary>JSON, by <code>{entry.builder}</code></summary>
        {isOpen && <pre tabIndex={0}>{JSON.stringify(entry.content, null, 2)}</pre>}
      </details>
    </article>
  );
}

function Drawn({ entry: { kind, content, title, state }, at }) {
  if (kind === "modal") return <Modal view={content} />;
  if (kind === "home") return <Home view={content} label={`${title}, ${state}`} />;
  return <Message blocks={content.blocks} text={content.text} at={at} />;
}
