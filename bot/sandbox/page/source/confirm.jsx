// The question that Slack asks before a tap with consequences. The browser's own dialog holds the focus.
import { useEffect, useId, useRef } from "react";

export function Confirm({ words, answer }) {
  const box = useRef(null);
  const title = useId();
  useEffect(() => box.current.showModal(), []);
  return (
    <dialog className="confirm" ref={box} aria-labelledby={title} onCancel={() => answer(false)}>
      <h2 id={title}>{words.title.text}</h2>
      <p>{words.text.text}</p>
      <footer>
        <button type="button" className="button" onClick={() => answer(false)}>{words.deny.text}</button>
        <button type="button" className={`button ${words.style ?? "primary"}`} onClick={() => answer(true)}>
          {words.confirm.text}
        </button>
      </footer>
    </dialog>
  );
}
