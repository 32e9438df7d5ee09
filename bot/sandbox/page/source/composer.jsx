// Where people type: a slash lists the commands, anything else is said. Commands do not work in threads, as in Slack.
import { useId, useState } from "react";

export function Composer({ channel, thread = "", label, hello, doIt }) {
  const [text, setText] = useState("");
  const [chosen, choose] = useState(-1);
  const [isShut, shut] = useState(false);
  const list = useId();
  const isCommand = !thread && text.startsWith("/");
  const fits = isCommand ? hello.hints.filter(({ command }) => command.startsWith(text.toLowerCase())) : [];
  const hints = isShut ? [] : fits;
  const write = (next) => {
    setText(next);
    choose(-1);
    shut(false);
  };
  const send = () => {
    const typed = text.trim();
    if (!typed) return;
    write("");
    const [command, ...rest] = typed.split(" ");
    if (isCommand && hello.commands.includes(command)) {
      doIt("command", { channel, command, text: rest.join(" ") }, command);
    } else {
      doIt("say", { channel, text: typed, ...(thread && { thread_ts: thread }) });
    }
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hints.length) choose((chosen + step + hints.length) % hints.length);
    else if (event.key === "Escape" && hints.length) shut(true);
    else if (event.key === "Enter" && hints[chosen]) write(hints[chosen].command);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) send();
    else return;
    event.preventDefault();
  };
  return (
    <div className="composer">
      {hints.length > 0 && (
        <ul className="hints" role="listbox" id={list} aria-label="Commands">
          {hints.map(({ command, meaning }, place) => (
            <li
              key={command} role="option" id={`${list}-${place}`} aria-selected={place === chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                write(command);
              }}
            >
              <strong>{command}</strong> <span>{meaning}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-line">
        <input
          role="combobox" aria-label={`Message ${label}`} aria-expanded={hints.length > 0}
          aria-controls={hints.length ? list : undefined} aria-autocomplete="list" autoComplete="off"
          aria-activedescendant={hints[chosen] ? `${list}-${chosen}` : undefined}
          placeholder={thread ? "Reply, or ask @nightshift failed today" : `Message ${label}, or type /`}
          value={text} onChange={(event) => write(event.target.value)} onKeyDown={keys}
        />
        <button type="button" className="send" aria-label="Send" disabled={!text.trim()} onClick={send}>
          <span aria-hidden="true">➤</span>
        </button>
      </div>
    </div>
  );
}
