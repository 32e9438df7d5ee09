// Blocks as Slack draws them. What is only read is drawn by slack-blocks-to-jsx, what is pressed or filled in by us.
import { Component, Fragment } from "react";
import { Message as Drawn } from "slack-blocks-to-jsx";

import { formatDate } from "./dates.js";
import { Element } from "./elements.jsx";
import { useSurroundings } from "./surroundings.jsx";

const READ = new Set([
  "alert", "context", "data_visualization", "divider", "file", "header", "image", "markdown", "plan", "rich_text",
  "section", "table", "task_card", "video",
]);
const PIECES = new Set(["broadcast", "channel", "color", "date", "emoji", "link", "text", "user", "usergroup"]);
const PARTS = new Set(["rich_text_list", "rich_text_preformatted", "rich_text_quote", "rich_text_section"]);
const OWN = { actions: Actions, input: Input };

export function Blocks({ blocks }) {
  return blocks.map((block, place) => (
    <Fragment key={`${block.block_id ?? ""} ${place}`}>
      <Guarded block={block}>
        <Block block={block} />
      </Guarded>
    </Fragment>
  ));
}

function Block({ block }) {
  const Ours = OWN[block.type];
  if (Ours) return <Ours block={block} />;
  if (!isDrawable(block)) return <Undrawn what={block} />;
  if (!block.accessory) return <Read block={block} />;
  const { accessory, ...rest } = block;
  return (
    <div className="beside">
      <div className="beside-text">
        <Read block={rest} />
      </div>
      <Element block={block} element={accessory} />
    </div>
  );
}

/** Whether nothing in it would be left out. */
export function isDrawable(block) {
  if (!READ.has(block.type)) return false;
  if (block.type !== "rich_text") return true;
  return block.elements.every((part) => {
    const lines = part.type === "rich_text_list" ? part.elements : [part];
    return PARTS.has(part.type) && lines.every((line) => line.elements.every((piece) => PIECES.has(piece.type)));
  });
}

function Read({ block }) {
  const { people, channels, groups, now, theme, zone } = useSurroundings();
  const date = ({ timestamp, format, link, fallback }) => {
    const text = formatDate(Number(timestamp), format, zone, now) ?? fallback;
    return link ? <a href={link} target="_blank" rel="noreferrer">{text}</a> : <time>{text}</time>;
  };
  const link = ({ href, children, className }) => (
    <a href={href} className={className} target="_blank" rel="noreferrer">{children}</a>
  );
  return (
    <Drawn
      withoutWrapper
      name=""
      logo=""
      theme={theme}
      blocks={[block]}
      data={{ users: people, channels, user_groups: groups }}
      hooks={{ date, link }}
    />
  );
}

function Actions({ block }) {
  return (
    <div className="actions">
      {block.elements.map((element) => (
        <Element key={element.action_id} block={block} element={element} />
      ))}
    </div>
  );
}

function Input({ block }) {
  const error = useSurroundings().errors[block.block_id];
  const id = `input-${block.block_id}`;
  const told = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={error ? "input is-wrong" : "input"}>
      <label htmlFor={id} id={`${id}-label`}>
        {block.label.text}
        {block.optional && <span className="faint"> (optional)</span>}
      </label>
      <Element block={block} element={block.element} id={id} told={told || undefined} isWrong={Boolean(error)} />
      {error && <p className="field-error" id={`${id}-error`} role="alert">{error}</p>}
      {block.hint && <p className="faint" id={`${id}-hint`}>{block.hint.text}</p>}
    </div>
  );
}

/** Shows what cannot be drawn, never nothing. */
export function Undrawn({ what }) {
  return (
    <div className="undrawn" data-undrawn={what?.type ?? "nothing"}>
      <strong>This page cannot draw “{String(what?.type ?? "a block without type")}”</strong>
      <pre tabIndex={0}>{JSON.stringify(what, null, 2)}</pre>
    </div>
  );
}

class Guarded extends Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    return this.state.failed ? <Undrawn what={this.props.block} /> : this.props.children;
  }
}
