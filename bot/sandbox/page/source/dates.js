// Times in the reader's zone: Slack's date formats, and what a picker of date and time reads and writes.

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const SHORT = { year: "numeric", month: "short", day: "numeric" };
const LONG = { ...SHORT, month: "long", weekday: "long" };
const FORMATS = {
  "{date_num}": (at, zone) => parts(at, zone).day,
  "{date}": (at, zone) => words(at, zone, { ...SHORT, month: "long" }),
  "{date_short}": (at, zone) => words(at, zone, SHORT),
  "{date_long}": (at, zone) => words(at, zone, LONG),
  "{date_pretty}": (at, zone, now) => near(at, zone, now) ?? words(at, zone, { ...SHORT, month: "long" }),
  "{date_short_pretty}": (at, zone, now) => near(at, zone, now) ?? words(at, zone, SHORT),
  "{date_long_pretty}": (at, zone, now) => near(at, zone, now) ?? words(at, zone, LONG),
  "{day_divider_pretty}": (at, zone, now) => near(at, zone, now) ?? words(at, zone, LONG),
  "{time}": (at, zone) => words(at, zone, CLOCK),
  "{time_secs}": (at, zone) => words(at, zone, { ...CLOCK, second: "2-digit" }),
  "{ago}": (at, zone, now) => ago(at, now),
};

/** Slack's `{date_short} {time}` of seconds since 1970; `now` is in milliseconds. Returns null for a format that is not known. */
export function formatDate(seconds, format, zone, now = Date.now()) {
  const at = new Date(seconds * 1000);
  let isKnown = !Number.isNaN(at.getTime());
  const text = format.replace(/\{[a-z_]+\}/g, (name) => {
    isKnown &&= name in FORMATS;
    return isKnown ? FORMATS[name](at, zone, now) : name;
  });
  return isKnown ? text : null;
}

/** `2026-11-27T06:05`, as an `<input type="datetime-local">` holds it. */
export function toLocal(seconds, zone) {
  const { day, clock } = parts(new Date(seconds * 1000), zone);
  return `${day}T${clock}`;
}

/** Seconds since 1970 of what `toLocal` wrote; in the hour that a clock repeats, the first. */
export function fromLocal(local, zone) {
  const asIfUtc = Date.parse(`${local}Z`) / 1000;
  const offset = Date.parse(`${toLocal(asIfUtc, zone)}Z`) / 1000 - asIfUtc;
  const guess = asIfUtc - offset;
  return guess + (asIfUtc - Date.parse(`${toLocal(guess, zone)}Z`) / 1000);
}

export function clock(seconds, zone) {
  return parts(new Date(seconds * 1000), zone).clock;
}

function words(at, zone, options) {
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(at);
}

function parts(at, zone) {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return { day: day.format(at), clock: words(at, zone, CLOCK) };
}

function near(at, zone, now) {
  const daysAgo = Math.round(
    (Date.parse(parts(new Date(now), zone).day) - Date.parse(parts(at, zone).day)) / 86_400_000,
  );
  return { 0: "today", 1: "yesterday", [-1]: "tomorrow" }[daysAgo] ?? null;
}

function ago(at, now) {
  const seconds = Math.round((at - now) / 1000);
  const [size, unit] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]].find(([each]) => Math.abs(seconds) >= each)
    ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en").format(Math.round(seconds / size), unit);
}
