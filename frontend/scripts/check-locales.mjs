// Both catalogues say the same things: equal keys, equal placeholders, no key that nothing uses;
// and every setting of a run has its Chinese words.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = new URL("../src", import.meta.url).pathname;
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flatten(node, path = "", out = new Map()) {
  for (const [key, value] of Object.entries(node)) {
    const name = path ? `${path}.${key}` : key;
    if (typeof value === "string") out.set(name, value);
    else flatten(value, name, out);
  }
  return out;
}

function stems(catalogue) {
  const found = new Map();
  for (const [key, text] of catalogue) {
    const stem = key.replace(PLURAL, "");
    const names = new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));
    found.set(stem, new Set([...(found.get(stem) ?? []), ...names]));
  }
  return found;
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [readFileSync(path, "utf8")] : [];
  });
}

const read = (code) => flatten(JSON.parse(readFileSync(join(root, "locales", `${code}.json`), "utf8")));
const [english, chinese] = [read("en"), read("zh-Hans")];
const [here, there] = [stems(english), stems(chinese)];
const faults = [];
for (const [stem, names] of here) {
  if (!there.has(stem)) faults.push(`zh-Hans lacks ${stem}`);
  else if ([...names].sort().join() !== [...there.get(stem)].sort().join())
    faults.push(`placeholders differ in ${stem}`);
}
for (const stem of there.keys()) if (!here.has(stem)) faults.push(`en lacks ${stem}`);
for (const [code, catalogue, forms] of [
  ["en", english, ["one", "other"]],
  ["zh-Hans", chinese, ["other"]],
]) {
  for (const key of catalogue.keys()) {
    const stem = key.replace(PLURAL, "");
    if (stem === key) continue;
    for (const form of forms)
      if (!catalogue.has(`${stem}_${form}`)) faults.push(`${code} lacks ${stem}_${form}`);
    if (!forms.includes(key.slice(stem.length + 1))) faults.push(`${code} never uses ${key}`);
  }
}
for (const [key, text] of [...english, ...chinese]) if (!text.trim()) faults.push(`${key} is empty`);

// A key counts as used when the code names it, or a template that it fits: `run.status.${status}`.
const code = sources(root).join("\n");
const templates = [...code.matchAll(/`([\w.-]+\.)\$\{[^`]*?\}([\w.]*)`/g)].map((match) => [match[1], match[2]]);
for (const stem of here.keys()) {
  const named = code.includes(`"${stem}"`) || code.includes(`\`${stem}\``);
  const built = templates.some(([start, end]) => stem.startsWith(start) && stem.endsWith(end));
  if (!named && !built) faults.push(`nothing uses ${stem}`);
}

// The server describes the settings of runs in English; every one needs its Chinese words.
const stages = JSON.parse(
  readFileSync(new URL("../../annotation/runs/stage_schemas.json", import.meta.url), "utf8"),
);
const settings = JSON.parse(readFileSync(join(root, "locales", "settings.zh-Hans.json"), "utf8"));
for (const [stage, schema] of Object.entries(stages)) {
  if (stage === "pretrain") continue; // not started from the browser
  for (const name of Object.keys(schema.properties))
    if (!settings[name]?.[0] || !settings[name]?.[1]) faults.push(`no Chinese words for ${stage}.${name}`);
}

if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${here.size} texts in both languages`);
