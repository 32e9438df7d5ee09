// What people press, choose and fill in. A control in an input block keeps its value; any other acts at once.
import { useEffect, useRef, useState } from "react";

import { Undrawn } from "./blocks.jsx";
import { Confirm } from "./confirm.jsx";
import { fromLocal, toLocal } from "./dates.js";
import { useSurroundings } from "./surroundings.jsx";

const TEXTS = { email_text_input: "email", number_input: "number", url_text_input: "url" };
const PLACES = { channels_select: "channel", conversations_select: "conversation", users_select: "user" };

export function Element({ block, element, ...named }) {
  const Drawn = ELEMENTS[element.type];
  return Drawn ? <Drawn block={block} element={element} named={named} /> : <Undrawn what={element} />;
}

/** [value, change, question]: `question` is the dialog that has to be answered before the change takes place. */
function useValue(block, element, start) {
  const { act, setValue, values } = useSurroundings();
  const [chosen, choose] = useState(start);
  const [asked, ask] = useState(null);
  const isInput = block.type === "input";
  const value = isInput && block.block_id in values ? values[block.block_id] : chosen;
  const take = (next) => {
    choose(next);
    if (isInput) setValue(block.block_id, next);
    else act?.(block, element, next);
  };
  const change = (next) => (element.confirm && !isInput ? ask({ next }) : take(next));
  const answer = (isYes) => {
    ask(null);
    if (isYes) take(asked.next);
  };
  return [value, change, asked && <Confirm words={element.confirm} answer={answer} />];
}

function Button({ block, element }) {
  const [, press, question] = useValue(block, element, undefined);
  const { act } = useSurroundings();
  const look = { className: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label };
  const label = element.text.text;
  if (element.url) {
    return (
      <a {...look} href={element.url} target="_blank" rel="noreferrer" onClick={() => press(element.value)}>
        {label}
      </a>
    );
  }
  return (
    <>
      <button type="button" {...look} disabled={!act} onClick={() => press(element.value)}>{label}</button>
      {question}
    </>
  );
}

/** A menu with one choice. Native, so that it works by keyboard and on a phone. */
function Select({ block, element, named }) {
  const { people, channels } = useSurroundings();
  const place = PLACES[element.type];
  const options = place ? (place === "user" ? people : channels).map(asOption) : element.options;
  const start = place ? element[`initial_${place}`] : element.initial_option?.value;
  const [value, change, question] = useValue(block, element, start ?? "");
  const placeholder = element.placeholder?.text ?? "Choose an option";
  const isInput = block.type === "input";
  return (
    <>
      <select
        {...labels(named, placeholder)}
        className="select"
        value={isInput ? value : (start ?? "")}
        onChange={(event) => change(event.target.value)}
      >
        <option value="" disabled={!block.optional} hidden={!block.optional}>{placeholder}</option>
        {options?.map(drawOption)}
        {element.option_groups?.map((group) => (
          <optgroup key={group.label.text} label={group.label.text}>{group.options.map(drawOption)}</optgroup>
        ))}
      </select>
      {question}
    </>
  );
}

function asOption({ id, name }) {
  return { text: { text: name }, value: id };
}

function drawOption(option) {
  return <option key={option.value} value={option.value}>{option.text.text}</option>;
}

function Overflow({ block, element }) {
  const [, choose, question] = useValue(block, element, undefined);
  const [isOpen, open] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const leave = (event) => box.current?.contains(event.target) || open(false);
    document.addEventListener("pointerdown", leave);
    box.current.querySelector("[role=menuitem]").focus();
    return () => document.removeEventListener("pointerdown", leave);
  }, [isOpen]);
  const close = () => {
    open(false);
    box.current.querySelector("button").focus();
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    if (!step) return;
    event.preventDefault();
    const items = [...box.current.querySelectorAll("[role=menuitem]")];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  };
  return (
    <div className="overflow" ref={box} onKeyDown={isOpen ? keys : undefined}>
      <button
        type="button" className="button" aria-label="More actions" aria-haspopup="menu" aria-expanded={isOpen}
        onClick={() => open(!isOpen)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {isOpen && (
        <div className="menu" role="menu">
          {element.options.map((option) => (
            <button
              key={option.value} type="button" role="menuitem"
              onClick={() => {
                close();
                choose(option.value);
              }}
            >
              {option.text.text}
              {option.description && <span className="faint">{option.description.text}</span>}
            </button>
          ))}
        </div>
      )}
      {question}
    </div>
  );
}

function Text({ block, element, named }) {
  const [value, change] = useValue(block, element, element.initial_value ?? "");
  const common = {
    ...labels(named, element.placeholder?.text ?? "Text"),
    className: "text",
    value,
    placeholder: element.placeholder?.text,
    minLength: element.min_length,
    maxLength: element.max_length,
    onChange: (event) => change(event.target.value),
  };
  return element.multiline ? <textarea rows={4} {...common} /> : <input type={TEXTS[element.type] ?? "text"} {...common} />;
}

/** Keeps what is written in the picker until it is left: a date that is half typed acts on nothing. */
function Picker({ block, element, named }) {
  const { zone } = useSurroundings();
  const [type, start, read, write] = {
    datepicker: ["date", element.initial_date, String, String],
    timepicker: ["time", element.initial_time, String, String],
    datetimepicker: [
      "datetime-local", element.initial_date_time, (at) => toLocal(at, zone), (local) => fromLocal(local, zone),
    ],
  }[element.type];
  const [value, change, question] = useValue(block, element, start);
  const written = (event) => event.target.value && change(write(event.target.value));
  return (
    <>
      <input
        {...labels(named, "Date and time")} className="text" type={type}
        defaultValue={value ? read(value) : ""} {...{ [block.type === "input" ? "onChange" : "onBlur"]: written }}
      />
      {question}
    </>
  );
}

function Choices({ block, element, named }) {
  const isMany = element.type === "checkboxes";
  const start = isMany ? (element.initial_options ?? []).map((each) => each.value) : element.initial_option?.value;
  const [value, change, question] = useValue(block, element, start);
  const toggled = (one) => (value.includes(one) ? value.filter((each) => each !== one) : [...value, one]);
  return (
    <fieldset className="choices" id={named.id} aria-labelledby={named.id && `${named.id}-label`}>
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type={isMany ? "checkbox" : "radio"} name={`${block.block_id} ${element.action_id}`}
            checked={isMany ? value.includes(option.value) : value === option.value}
            onChange={() => change(isMany ? toggled(option.value) : option.value)}
          />
          <span>{option.text.text}</span>
        </label>
      ))}
      {question}
    </fieldset>
  );
}

function Picture({ element }) {
  return <img className="accessory" src={element.image_url} alt={element.alt_text} />;
}

/** In an input block the label names the control, elsewhere its own words do. */
function labels({ id, told, isWrong }, words) {
  return id ? { id, "aria-describedby": told, "aria-invalid": isWrong || undefined } : { "aria-label": words };
}

const ELEMENTS = {
  button: Button,
  channels_select: Select,
  checkboxes: Choices,
  conversations_select: Select,
  datepicker: Picker,
  datetimepicker: Picker,
  email_text_input: Text,
  image: Picture,
  number_input: Text,
  overflow: Overflow,
  plain_text_input: Text,
  radio_buttons: Choices,
  static_select: Select,
  timepicker: Picker,
  url_text_input: Text,
  users_select: Select,
};
