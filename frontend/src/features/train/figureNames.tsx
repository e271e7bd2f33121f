/** Names of the figures in curves and reports: identifiers of the trainers, in English; in Chinese in words too. */

import { useQuery } from "@tanstack/react-query";
import { useText } from "@/lib/i18n";
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

/** Says what a figure is called in the language of the interface. */
export function useFigureNames(): (path: string) => string {
  const { language } = useText();
  const chinese = useQuery({
    queryKey: ["figure-names"],
    queryFn: async () => (await import("@/locales/figures.zh-Hans.json")).default,
    staleTime: Infinity,
    enabled: language === "zh-Hans",
  });
  const names: FigureNames = (language === "zh-Hans" && chinese.data) || NONE;
  return (path) => figureName(path, names);
}

/** A figure's name, with the identifier that logs, exports and trackers know it by. */
export function FigureName({ path }: { path: string }) {
  const name = useFigureNames()(path);
  if (name === path) return path;
  return (
    <>
      {name} <small className={styles.identifier}>{path}</small>
    </>
  );
}
