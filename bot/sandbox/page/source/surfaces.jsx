// The three places where the bot's blocks stand: a message, a modal, the Home tab. They know nothing of a server.
import { Blocks } from "./blocks.jsx";
import { clock } from "./dates.js";
import { useSurroundings } from "./surroundings.jsx";

/** `text` is drawn where there are no blocks, as in Slack. `at` is in seconds since 1970, `id` the ts. */
export function Message({ blocks, text, attachments, name = "Nightshift", isApp = true, at, note, id, children }) {
  const { zone } = useSurroundings();
  return (
    <article className={note ? "message is-private" : "message"} aria-label={`Message of ${name}`} data-ts={id}>
      <Face name={name} isApp={isApp} />
      <div className="message-body">
        {note && <p className="only-you">{note}</p>}
        <header>
          <strong>{name}</strong>
          {isApp && <span className="app-mark">APP</span>}
          {at !== undefined && <time className="faint">{clock(at, zone)}</time>}
        </header>
        <Blocks blocks={blocks?.length ? blocks : text ? [asSection(text)] : []} />
        {attachments?.map((attachment, place) => <Attachment key={place} attachment={attachment} />)}
        {children}
      </div>
    </article>
  );
}

function Face({ name, isApp }) {
  const look = isApp ? "face is-app" : `face is-person tint-${(name.codePointAt(0) ?? 0) % 4}`;
  return <span className={look} aria-hidden="true">{isApp ? "☾" : name.slice(0, 1).toUpperCase()}</span>;
}

function Attachment({ attachment }) {
  const { blocks, color, text, fallback } = attachment;
  const known = /^#?[0-9a-f]{6}$/i.test(color ?? "") ? `#${color.replace("#", "")}` : undefined;
  return (
    <div className="attachment" style={known && { borderLeftColor: known }}>
      <Blocks blocks={blocks?.length ? blocks : [asSection(text ?? fallback ?? "")]} />
    </div>
  );
}

function asSection(text) {
  return { type: "section", text: { type: "mrkdwn", text } };
}

/** `view` is what the bot sent. `submit` and `close` are null where the modal is only looked at. */
export function Modal({ view, submit, close, titleId, trouble }) {
  const send = (event) => {
    event.preventDefault();
    submit?.();
  };
  return (
    <form className="modal" onSubmit={send} noValidate>
      <header>
        <h2 id={titleId}>{view.title.text}</h2>
        <button type="button" className="close" aria-label="Close" onClick={() => close?.()}>✕</button>
      </header>
      <div className="modal-body" tabIndex={0} role="group" aria-label="Content">
        {trouble && <p className="field-error" role="alert">{trouble}</p>}
        <Blocks blocks={view.blocks} />
      </div>
      {(view.submit || view.close) && (
        <footer>
          <button type="button" className="button" onClick={() => close?.()}>{view.close?.text ?? "Cancel"}</button>
          {view.submit && <button type="submit" className="button primary">{view.submit.text}</button>}
        </footer>
      )}
    </form>
  );
}

export function Home({ view, label = "Home of Nightshift" }) {
  return (
    <section className="home" aria-label={label}>
      <Blocks blocks={view.blocks} />
    </section>
  );
}
