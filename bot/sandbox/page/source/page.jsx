// The page: the frame that says it is a simulation, the panel, the lock screen, and Slack in the middle.
import "slack-blocks-to-jsx/dist/style.css";
import "./blocks.css";
import "./page.css";

import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

import { Gallery } from "./gallery.jsx";
import { LockScreen } from "./lock_screen.jsx";
import { NOTHING, read } from "./news.js";
import { Panel } from "./panel.jsx";
import { act, listen } from "./server.js";
import { Slack } from "./slack.jsx";
import { Surroundings } from "./surroundings.jsx";
import { useChoice } from "./switches.jsx";
import { TopBar } from "./top_bar.jsx";

const SHOWN_SECONDS = 8;

function Page() {
  const [state, take] = useReducer(read, NOTHING);
  const [isOpen, tell] = useState(true);
  const [notice, setNotice] = useState("");
  const [theme, setTheme] = useChoice("theme", ["light", "dark"]);
  const [device, setDevice] = useChoice("device", ["desktop", "phone"]);
  const frame = useRef(null);
  useEffect(() => listen(take, tell), []);
  useEffect(() => holdDialogsIn(frame.current), []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const timer = notice && setTimeout(() => setNotice(""), SHOWN_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [notice]);

  /** Does it as this person, and shows what Slack would say of it. */
  const doIt = useCallback(async (verb, sent, what = "") => {
    try {
      const shown = await act(verb, sent);
      if (shown) setNotice(`${what || "That"} failed with the error “${shown}”.`);
      return !shown;
    } catch (error) {
      setNotice(error.message);
      return false;
    }
  }, []);

  const { hello } = state;
  return (
    <Surroundings
      people={hello?.people ?? []} channels={hello?.channels ?? []} groups={hello?.groups ?? []}
      zone={hello?.me.zone ?? "UTC"} theme={theme}
    >
      <TopBar state={state} isOpen={isOpen} theme={theme} setTheme={setTheme} device={device} setDevice={setDevice} />
      <main className={`stage is-${device}`}>
        <Panel state={state} setNotice={setNotice} />
        <div className="device" ref={frame}>
          {hello ? <Slack state={state} doIt={doIt} /> : <p className="waiting">The demo is starting …</p>}
          <p className={notice ? "notice is-shown" : "notice"} role="status">{notice}</p>
        </div>
        <LockScreen locked={state.locked} />
      </main>
    </Surroundings>
  );
}

/** The browser centres its dialogs in its window; ours stand in the middle of Slack's. */
function holdDialogsIn(frame) {
  const measure = () => {
    const { left, width } = frame.getBoundingClientRect();
    const { style, clientWidth } = document.documentElement;
    style.setProperty("--shift", `${left + width / 2 - clientWidth / 2}px`);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(frame);
  observer.observe(document.documentElement);
  return () => observer.disconnect();
}

const isGallery = location.pathname.endsWith("/gallery");
createRoot(document.getElementById("root")).render(isGallery ? <Gallery /> : <Page />);
