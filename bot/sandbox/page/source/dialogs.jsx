// The topmost modal of the person, in the browser's own dialog: it holds the focus, and Escape closes it.
import { useCallback, useEffect, useId, useRef, useState } from "react";

import { Modal } from "./surfaces.jsx";
import { Surroundings } from "./surroundings.jsx";

export function Dialogs({ modals, doIt }) {
  const top = modals.at(-1);
  return top ? <Dialog key={top.id} modal={top} doIt={doIt} /> : null;
}

function Dialog({ modal, doIt }) {
  const { id, content, errors } = modal;
  const box = useRef(null);
  const title = useId();
  const [values, setValues] = useState({});
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const setValue = useCallback((block, value) => setValues((now) => ({ ...now, [block]: value })), []);
  const act = useCallback(
    (block, element, value) => doIt("tap", { view: id, action: element.action_id, block: block.block_id, value }),
    [id, doIt],
  );
  const submit = () => {
    const empty = content.blocks.filter((block) => isLacking(block, values));
    setTrouble(empty.length ? `Please fill in: ${empty.map((block) => block.label.text).join(", ")}.` : "");
    if (!empty.length) doIt("submit", { view: id, values: filledIn(content.blocks, values) }, "Sending");
  };
  const close = () => doIt("close_view", {});
  const cancelled = (event) => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={box} className="modal-dialog" aria-labelledby={title} onCancel={cancelled}>
      <Surroundings act={act} values={values} setValue={setValue} errors={errors}>
        <Modal view={content} submit={submit} close={close} titleId={title} trouble={trouble} />
      </Surroundings>
    </dialog>
  );
}

function isLacking(block, values) {
  if (block.type !== "input" || block.optional) return false;
  const { element } = block;
  const starts = Object.keys(element).some((key) => key.startsWith("initial_") && element[key] !== "");
  return block.block_id in values ? values[block.block_id] === "" : !starts;
}

/** Only what was typed: the bot's own start values stand in the view. */
function filledIn(blocks, values) {
  const known = blocks.filter((block) => block.type === "input" && block.block_id in values);
  return Object.fromEntries(known.map(({ block_id }) => [block_id, values[block_id]]));
}
