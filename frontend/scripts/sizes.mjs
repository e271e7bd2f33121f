// What a browser loads, in kB after gzip: every file, the entry, and what the ranking of a plain item
// adds to it. Formulas, code, differences, marks and other modes are loaded when one is met.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const ENTRY_LIMIT = 130;
const RANKING_LIMIT = 180;
// What a plain item shows, beside what these load at once; and the worker that renders its texts.
const RANKING = ["src/features/labeling/LabelPage.tsx", "src/features/labeling/WorkplaceOf.tsx", "src/locales/zh-Hans.json"];
const WORKER = /^render\.worker-.*\.js$/;

const dist = new URL("../dist/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
const sizes = new Map(
  readdirSync(`${dist}assets`)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => [`assets/${name}`, gzipSync(readFileSync(`${dist}assets/${name}`)).length / 1000]),
);

/** The files of a chunk and of everything that it imports at once. */
function closure(key, files = new Set(), seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return files;
  seen.add(key);
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const imported of chunk.imports ?? []) closure(imported, files, seen);
  return files;
}

const sum = (files) => [...files].reduce((total, file) => total + (sizes.get(file) ?? 0), 0);
const line = (size, words) => console.log(`${size.toFixed(1).padStart(8)} kB  ${words}`);

const page = readFileSync(`${dist}index.html`, "utf8");
const named = new Set([...page.matchAll(/assets\/[\w.-]+\.(?:js|css)/g)].map(([file]) => file));
const entry = new Set(
  Object.keys(manifest).flatMap((key) => (named.has(manifest[key].file) ? [...closure(key)] : [])),
);
const scripts = new Set([...entry].filter((file) => file.endsWith(".js")));
const ranking = new Set(RANKING.flatMap((key) => [...closure(key)]).filter((file) => !entry.has(file)));
for (const file of sizes.keys()) if (WORKER.test(file.slice("assets/".length))) ranking.add(file);

for (const [file, size] of [...sizes].sort((a, b) => b[1] - a[1])) line(size, file);
line(sum(scripts), `entry (limit ${ENTRY_LIMIT})`);
line(sum(ranking), `ranking of a plain item, over the entry (limit ${RANKING_LIMIT})`);
line(sum(new Set([...entry, ...ranking])), "all that a plain item loads");

if (!manifest[RANKING[0]] || ![...ranking].some((file) => file.includes("render.worker"))) {
  console.error("the build has no chunk of the labeling page, or no worker");
  process.exit(1);
}
if (sum(scripts) > ENTRY_LIMIT || sum(ranking) > RANKING_LIMIT) process.exit(1);
