/** A browser's own long name of itself, as the two words that people know. */

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/MicroMessenger\//, "WeChat"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux|X11/, "Linux"],
];

const known = (names: typeof BROWSERS, agent: string) =>
  names.find(([mark]) => mark.test(agent))?.[1];

export function deviceOf(agent: string): string {
  const found = [known(BROWSERS, agent), known(SYSTEMS, agent)];
  return found.filter(Boolean).join(" · ");
}
