// What one person sees of the pretend Slack, out of the entries that the server sends. Pure: state and entry → state.

export const NOTHING = {
  hello: null,
  messages: new Map(), // by channel, ts and reader
  modals: [], // {id, content, errors}, the topmost last
  home: null, // {id, content}
  standing: { bot: "starting", away: false, rate: 1, ahead: 0, tour: "" },
  said: [], // the panel's sentences, the newest last
  locked: [], // what a locked phone showed, the newest first
  isLive: false, // whether what comes now happens now: what came first is the past
};

const MOST_SAID = 5;
const MOST_LOCKED = 6;

const KINDS = {
  hello: (state, entry) => (state.hello?.run === entry.run ? state : { ...NOTHING, hello: entry }),
  posted: posted,
  edited: put,
  deleted: (state, entry) => {
    const messages = new Map(state.messages);
    messages.delete(key(entry));
    return { ...state, messages };
  },
  view: (state, { view, content, surface }) =>
    surface === "home"
      ? { ...state, home: { id: view, content } }
      : { ...state, modals: [...state.modals, { id: view, content, errors: {} }] },
  "view updated": (state, { view, content, surface }) =>
    surface === "home"
      ? { ...state, home: { id: view, content } }
      : withModal(state, view, { content, errors: {} }),
  "view errors": (state, { view, errors }) => withModal(state, view, { errors }),
  "view closed": (state, { view }) => ({ ...state, modals: state.modals.slice(0, placeOf(state, view)) }),
  demo: (state, { said, ...standing }) => ({
    ...state,
    standing: { ...state.standing, ...standing },
    said: said ? [...state.said, said].slice(-MOST_SAID) : state.said,
  }),
};

export function read(state, entries) {
  const then = entries.reduce((now, entry) => KINDS[entry.kind]?.(now, entry) ?? now, state);
  // A window that is opened anew has no dialog open, whatever another one left.
  return state.isLive ? then : { ...then, modals: [], isLive: true };
}

function put(state, entry) {
  const messages = new Map(state.messages);
  messages.set(key(entry), entry);
  return { ...state, messages };
}

/** A phone is told of what is new, not of edits, and not of what only one sees: Slack notifies of neither. */
function posted(state, entry) {
  const isTold = state.isLive && !entry.only_for && entry.user !== state.hello?.me.id;
  const locked = isTold ? [entry, ...state.locked].slice(0, MOST_LOCKED) : state.locked;
  return { ...put(state, entry), locked };
}

function withModal(state, id, change) {
  return { ...state, modals: state.modals.map((modal) => (modal.id === id ? { ...modal, ...change } : modal)) };
}

/** What lies on a view goes with it. */
function placeOf(state, id) {
  const place = state.modals.findIndex((modal) => modal.id === id);
  return place < 0 ? state.modals.length : place;
}

function key({ channel, ts, only_for }) {
  return `${channel} ${ts} ${only_for}`;
}

export function inChannel(state, channel) {
  const all = sorted(state).filter((each) => each.channel === channel);
  return all.filter((each) => !each.thread_ts || each.broadcast);
}

export function inThread(state, channel, ts) {
  return sorted(state).filter((each) => each.channel === channel && (each.ts === ts || each.thread_ts === ts));
}

/** Counts of replies by the ts of what they answer. What only one sees is no reply. */
export function repliesOf(state, channel) {
  const counts = {};
  for (const each of state.messages.values()) {
    if (each.channel === channel && each.thread_ts && !each.only_for) {
      counts[each.thread_ts] = (counts[each.thread_ts] ?? 0) + 1;
    }
  }
  return counts;
}

function sorted(state) {
  return [...state.messages.values()].sort((one, other) => (one.ts < other.ts ? -1 : 1));
}
