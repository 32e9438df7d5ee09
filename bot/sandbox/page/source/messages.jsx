// The messages of one place. New ones are read out; the end stays in sight unless the reader has scrolled away.
import { memo, useLayoutEffect, useMemo, useRef } from "react";

import { Message } from "./surfaces.jsx";
import { Surroundings, useSurroundings } from "./surroundings.jsx";

const NEAR = 120; // pixels from the end that still count as its end
const MOST = 120; // messages drawn at once

export function Messages({ messages, replies, doIt, openThread, empty, name }) {
  const box = useRef(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  });
  const scrolled = ({ target }) => {
    isAtEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR;
  };
  return (
    <div
      className="scroll" ref={box} onScroll={scrolled} tabIndex={0} role="log" aria-live="polite"
      aria-label={`Messages in ${name}`}
    >
      <div className="fill" />
      {!messages.length && <p className="waiting">{empty}</p>}
      {messages.slice(-MOST).map((each) => (
        <One
          key={`${each.ts} ${each.only_for}`} message={each} replies={replies[each.ts] ?? 0} doIt={doIt}
          openThread={openThread}
        />
      ))}
    </div>
  );
}

const One = memo(function One({ message, replies, doIt, openThread }) {
  const { people } = useSurroundings();
  const { channel, ts, user, only_for } = message;
  const isApp = user === "U0NIGHTSHIFT";
  const name = isApp ? "Nightshift" : (people.find((each) => each.id === user)?.name ?? user);
  const act = useMemo(
    () => (block, element, value) =>
      doIt("tap", { channel, ts, action: element.action_id, block: block.block_id, value }, "The tap"),
    [channel, ts, doIt],
  );
  return (
    <Surroundings act={act}>
      <Message
        blocks={message.blocks} text={message.text} attachments={message.attachments} name={name} isApp={isApp}
        at={Number(ts)} id={ts} note={only_for && "Only visible to you"}
      >
        {replies > 0 && openThread && (
          <button type="button" className="replies" onClick={() => openThread(ts)}>
            {replies} {replies === 1 ? "reply" : "replies"}
          </button>
        )}
        {!only_for && (
          <div className="message-menu">
            {openThread && !message.thread_ts && (
              <button type="button" onClick={() => openThread(ts)}>Reply in thread</button>
            )}
            {isApp && (
              <button type="button" onClick={() => doIt("shortcut", { channel, ts }, "The shortcut")}>
                What is this task?
              </button>
            )}
          </div>
        )}
      </Message>
    </Surroundings>
  );
});
