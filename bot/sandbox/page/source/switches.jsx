// A choice of few, kept in the page's address, so that a link shows the same.
import { useState } from "react";

export function useChoice(name, options) {
  const asked = new URLSearchParams(location.search).get(name);
  const [chosen, choose] = useState(options.includes(asked) ? asked : options[0]);
  const change = (option) => {
    const address = new URL(location.href);
    address.searchParams.set(name, option);
    history.replaceState(null, "", address);
    choose(option);
  };
  return [chosen, change];
}

export function Switch({ label, options, chosen, choose }) {
  return (
    <div className="switch" role="group" aria-label={label}>
      {options.map(([option, words]) => (
        <button key={option} type="button" aria-pressed={option === chosen} onClick={() => choose(option)}>
          {words}
        </button>
      ))}
    </div>
  );
}
