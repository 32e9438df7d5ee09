// What every drawn block may ask of the place it stands in: names by id, the reader's zone, what a tap does.
import { createContext, useContext } from "react";

const Context = createContext(null);

const ALONE = {
  people: [], // {id, name}; also of channels and groups
  channels: [],
  groups: [],
  zone: "UTC",
  now: undefined, // in milliseconds; undefined: the clock's
  theme: "light",
  act: null, // (block, element, value) => Promise; null: nothing can be pressed
  values: {}, // of inputs, by block_id
  setValue: () => {},
  errors: {}, // of inputs, by block_id
};

export function Surroundings({ children, ...given }) {
  return <Context.Provider value={{ ...useSurroundings(), ...given }}>{children}</Context.Provider>;
}

export function useSurroundings() {
  return useContext(Context) ?? ALONE;
}
