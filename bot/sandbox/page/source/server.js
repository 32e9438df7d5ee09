// The line to the pretend Slack: entries come by Server-Sent Events, what people do goes by POST.

const ME = new URLSearchParams(location.search).get("as") ?? "mia";
const QUERY = `?as=${encodeURIComponent(ME)}`;

/** `take` gets each array of entries; `tell` whether the line is open. Returns what ends it. */
export function listen(take, tell) {
  const source = new EventSource(`/demo/events${QUERY}`);
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onopen = () => tell(true);
  source.onerror = () => tell(false);
  return () => source.close();
}

/** What Slack shows for it: "" or the name of an error. Throws an Error with words for a person. */
export async function act(verb, sent = {}) {
  return (await post(`/demo/do/${verb}${QUERY}`, sent)).shown;
}

export async function order(name, sent = {}) {
  return (await post(`/demo/world/${name}`, sent)).said;
}

async function post(path, sent) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(sent) }).catch(() => null);
  if (!answer) throw new Error("The demo has ended: start it again with make demo.");
  const said = await answer.json().catch(() => ({ error: "The demo did not understand that." }));
  if (said.error) throw new Error(said.error);
  return said;
}
