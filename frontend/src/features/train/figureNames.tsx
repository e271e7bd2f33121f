/** Names of the figures in curves and reports: identifiers of the trainers, in the words of each language. */

import { useQuery } from "@tanstack/react-query";
import { useText, type Language } from "@/lib/i18n";
import styles from "./train.module.css";

type FigureNames = Readonly<Record<string, string>>;

const NONE: FigureNames = {};

/** What `validation.accuracy` or `steps[0].loss` is called; what the catalogue does not know stays as it is. */
export function figureName(path: string, names: FigureNames): string {
  const parts = path.split(".");
  let before = "";
  const told = parts.map((part) => {
    const at = part.search(/(\[\d+\])*$/);
    const key = part.slice(0, at);
    // A word may mean something else under another: `split`, and `ensemble.split`.
    const known = [`${before}.${key}`, key].find((each) => Object.hasOwn(names, each));
    before = key;
    return known === undefined ? part : names[known] + part.slice(at);
  });
  return told.some((each, at) => each !== parts[at]) ? told.join(" · ") : path;
}

/** What `95 % percentile bootstrap over prompts` is in words: `=` before it, `#` for its numbers. */
export function figureValue(value: unknown, names: FigureNames): unknown {
  if (typeof value !== "string") return value;
  const key = `=${value.replaceAll(/\d+/g, "#")}`;
  if (!Object.hasOwn(names, key)) return value;
  const numbers = value.match(/\d+/g) ?? [];
  return names[key]!.replaceAll("#", () => numbers.shift() ?? "");
}

/** Says what a value that is words is in the language of the interface. */
export function useFigureValues(): (value: unknown) => unknown {
  const names = useCatalogue();
  return (value) => figureValue(value, names);
}

/** Says what a figure is called in the language of the interface. */
export function useFigureNames(): (path: string) => string {
  const names = useCatalogue();
  return (path) => figureName(path, names);
}

const CATALOGUES: Record<Language, () => Promise<{ default: FigureNames }>> = {
  en: () => import("@/locales/figures.en.json"),
  "zh-Hans": () => import("@/locales/figures.zh-Hans.json"),
};

function useCatalogue(): FigureNames {
  const { language } = useText();
  const names = useQuery({
    queryKey: ["figure-names", language],
    queryFn: async () => (await CATALOGUES[language]()).default,
    staleTime: Infinity,
  });
  return names.data ?? NONE;
}

/** A figure's name, with the identifier that logs, exports and trackers know it by. */
export function FigureName({ path }: { path: string }) {
  const name = useFigureNames()(path);
  if (name === path || name.toLowerCase() === path.replaceAll("_", " ").toLowerCase()) return name; // "Loss loss"
  return (
    <>
      {name} <small className={styles.identifier}>{path}</small>
    </>
  );
}
