// What a locked phone shows of each message as it arrives: the notification's text, cut as a phone would.
import { useSurroundings } from "./surroundings.jsx";
import { plain } from "./words.js";

export function LockScreen({ locked }) {
  const { people, channels } = useSurroundings();
  const place = (id) => channels.find((each) => each.id === id)?.name;
  return (
    <aside className="lock-screen" aria-label="Lock screen">
      <h2>On a locked phone</h2>
      {!locked.length && <p className="faint">Each new message shows here, cut as a phone would cut it.</p>}
      <ol aria-live="polite">
        {locked.map((each) => (
          <li key={`${each.channel} ${each.ts}`} className="lock-line">
            <strong>{place(each.channel) ? `#${place(each.channel)}` : "Nightshift"}</strong>
            {each.thread_ts && <span className="faint"> in a thread</span>}
            <p>{plain(each.text, people, channels)}</p>
          </li>
        ))}
      </ol>
    </aside>
  );
}
