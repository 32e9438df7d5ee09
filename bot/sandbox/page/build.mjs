// source → built: one script and one style sheet for each page. The same source gives the same bytes.
import { build } from "esbuild";
import { copyFile } from "node:fs/promises";

const PAGES = ["page"];

await build({
  entryPoints: PAGES.map((name) => `source/${name}.jsx`),
  outdir: "built",
  bundle: true,
  minify: true,
  jsx: "automatic",
  format: "iife",
  target: "es2022",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
});
await Promise.all(PAGES.map((name) => copyFile(`source/${name}.html`, `built/${name}.html`)));
