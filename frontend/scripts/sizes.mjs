// What a browser loads, in kB after gzip: the entry, and what each area adds.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const assets = new URL("../dist/assets/", import.meta.url).pathname;
const rows = readdirSync(assets)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => [name, gzipSync(readFileSync(assets + name)).length / 1000])
  .sort((a, b) => b[1] - a[1]);
for (const [name, size] of rows) console.log(`${size.toFixed(1).padStart(8)} kB  ${name}`);

const html = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8");
const first = rows.filter(([name]) => html.includes(name) && name.endsWith(".js"));
const entry = first.reduce((sum, [, size]) => sum + size, 0);
console.log(`${entry.toFixed(1).padStart(8)} kB  entry (limit 130)`);
if (entry > 130) process.exit(1);
