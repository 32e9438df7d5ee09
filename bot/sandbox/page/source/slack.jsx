// Slack's window: channels at the side, one place in the middle, a thread beside it, modals on top.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { Composer } from "./composer.jsx";
import { Dialogs } from "./dialogs.jsx";
import { Messages } from "./messages.jsx";
import { inChannel, inThread, repliesOf } from "./news.js";
import { Home } from "./surfaces.jsx";
import { Surroundings } from "./surroundings.jsx";

const APP_HOME = "home";

export function Slack({ state, doIt }) {
  const { hello, home } = state;
  const [place, setPlace] = useState(hello.channels[0].id);
  const [thread, setThread] = useState("");
  const [isMenuOpen, openMenu] = useState(false);
  const go = (next) => {
    setPlace(next);
    setThread("");
    openMenu(false);
    if (next === APP_HOME) doIt("open_home", {}, "Opening the Home tab");
  };
  const isApp = place === APP_HOME || place === hello.direct;
  const name = hello.channels.find((each) => each.id === place)?.name;
  const replies = useMemo(() => repliesOf(state, place), [state.messages, place]);
  const threadMessages = thread ? inThread(state, place, thread) : [];
  const isInView = isApp ? "Nightshift" : `#${name}`;
  return (
    <div className={thread ? "slack has-thread" : "slack"}>
      <Places hello={hello} place={place} go={go} isOpen={isMenuOpen} state={state} />
      <section className="pane" aria-label={isInView}>
        <header className="pane-head">
          <button
            type="button" className="menu-button" aria-expanded={isMenuOpen} aria-label="Channels"
            onClick={() => openMenu(!isMenuOpen)}
          >
            ☰
          </button>
          <h2>{isInView}</h2>
          {isApp && <Tabs tabs={[[APP_HOME, "Home"], [hello.direct, "Messages"]]} chosen={place} choose={go} />}
        </header>
        {place === APP_HOME ? (
          <HomeTab home={home} doIt={doIt} />
        ) : (
          <>
            <Messages
              key={place} messages={inChannel(state, place)} replies={replies} doIt={doIt} openThread={setThread}
              empty={isApp ? "Nightshift has not written to you." : "Nothing has been said here."} name={isInView}
            />
            <Composer key={`to ${place}`} channel={place} label={isInView} hello={hello} doIt={doIt} />
          </>
        )}
      </section>
      {thread && (
        <section className="thread" aria-label="Thread">
          <header className="pane-head">
            <h2>Thread</h2>
            <button type="button" className="close" aria-label="Close the thread" onClick={() => setThread("")}>✕</button>
          </header>
          <Messages
            key={thread} messages={threadMessages} replies={{}} doIt={doIt} empty="This message is gone." name="Thread"
          />
          <Composer
            key={`to ${thread}`} channel={place} thread={thread} label="the thread" hello={hello} doIt={doIt}
          />
        </section>
      )}
      <Dialogs modals={state.modals} doIt={doIt} />
    </div>
  );
}

function Places({ hello, place, go, isOpen, state }) {
  const seen = useRef({});
  const counts = {};
  for (const each of state.messages.values()) counts[each.channel] = (counts[each.channel] ?? 0) + 1;
  seen.current[place] = counts[place] ?? 0;
  const item = (id, words, sign) => {
    const isNew = id !== APP_HOME && (counts[id] ?? 0) > (seen.current[id] ?? 0);
    return (
      <li key={id}>
        <button
          type="button" aria-current={id === place ? "page" : undefined} className={isNew ? "is-new" : ""}
          onClick={() => go(id)}
        >
          <span aria-hidden="true">{sign}</span> {words}
          {isNew && <span className="dot">new</span>}
        </button>
      </li>
    );
  };
  return (
    <nav className={isOpen ? "places is-open" : "places"} aria-label="Channels and apps">
      <p className="team">Northwind MSP</p>
      <h3>Channels</h3>
      <ul>{hello.channels.map((each) => item(each.id, each.name, each.private ? "🔒" : "#"))}</ul>
      <h3>Apps</h3>
      <ul>
        {item(APP_HOME, "Nightshift, Home", "☾")}
        {item(hello.direct, "Nightshift, Messages", "☾")}
      </ul>
    </nav>
  );
}

function Tabs({ tabs, chosen, choose }) {
  return (
    <div className="tabs" role="group" aria-label="Tabs">
      {tabs.map(([id, words]) => (
        <button key={id} type="button" aria-pressed={id === chosen} onClick={() => choose(id)}>{words}</button>
      ))}
    </div>
  );
}

function HomeTab({ home, doIt }) {
  const act = useCallback(
    (block, element, value) => doIt("tap", { view: home.id, action: element.action_id, block: block.block_id, value }),
    [home?.id, doIt],
  );
  if (!home) return <p className="waiting" role="status">The bot draws this page for you …</p>;
  return (
    <Surroundings act={act}>
      <div className="scroll" tabIndex={0} role="group" aria-label="Home">
        <Home view={home.content} />
      </div>
    </Surroundings>
  );
}
