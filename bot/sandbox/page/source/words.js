// Slack's mrkdwn as a notification shows it: without marks, names in place of ids. It stays text.

const ENTITIES = [["&lt;", "<"], ["&gt;", ">"], ["&amp;", "&"]];

export function plain(text, people, channels) {
  const named = text.replace(/<([^<>\n]+)>/g, (_, inner) => token(inner, people, channels));
  return ENTITIES.reduce((said, [entity, sign]) => said.replaceAll(entity, sign), named);
}

function token(inner, people, channels) {
  const [target, label] = inner.split(/\|(.*)/s);
  if (target.startsWith("!date^")) return label ?? "";
  if (target.startsWith("@")) return `@${label ?? nameIn(people, target.slice(1))}`;
  if (target.startsWith("#")) return `#${label ?? nameIn(channels, target.slice(1))}`;
  if (target.startsWith("!subteam^")) return label ?? "@group";
  if (target.startsWith("!")) return `@${target.slice(1)}`;
  return label ?? target;
}

function nameIn(all, id) {
  return all.find((each) => each.id === id)?.name ?? id;
}
