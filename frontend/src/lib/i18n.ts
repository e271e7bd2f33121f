/** Two languages, one catalogue each, loaded when wanted. Keys are typed by the English catalogue. */

import i18next from "i18next";
import { useSyncExternalStore } from "react";
import { load, save } from "./storage";
import type english from "@/locales/en.json";

type Leaves<T, Path extends string = ""> = {
  [Key in keyof T & string]: T[Key] extends string
    ? `${Path}${WithoutPlural<Key>}`
    : Leaves<T[Key], `${Path}${Key}.`>;
}[keyof T & string];
type WithoutPlural<Key extends string> = Key extends `${infer Stem}_${"one" | "other"}` ? Stem : Key;

export type TextKey = Leaves<typeof english>;
export type TextParams = Record<string, string | number>;
export type Text = (key: TextKey, params?: TextParams) => string;

export const LANGUAGES = { en: "English", "zh-Hans": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as Language[];

const CATALOGUES: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("@/locales/en.json"),
  "zh-Hans": () => import("@/locales/zh-Hans.json"),
};
const REMEMBERED = "tiebreak.language";

export function languageFrom(code: string | null | undefined): Language | undefined {
  if (!code) return undefined;
  if (code.toLowerCase().startsWith("zh")) return "zh-Hans";
  return code.toLowerCase().startsWith("en") ? "en" : undefined;
}

export function currentLanguage(): Language {
  return languageFrom(i18next.language) ?? "en";
}

export async function startLanguages(): Promise<void> {
  const wished = [load(REMEMBERED) as string | undefined, ...navigator.languages];
  const language = wished.map(languageFrom).find((found) => found !== undefined) ?? "en";
  await i18next.init({
    lng: language,
    resources: {},
    fallbackLng: false,
    interpolation: { escapeValue: false },
  });
  await switchLanguage(language);
}

/** Switch the interface; remembered on this device. */
export async function switchLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const catalogue = await CATALOGUES[language]();
    i18next.addResourceBundle(language, "translation", catalogue.default, false, false, {
      skipCopy: true, // nobody else has it
    });
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  save(REMEMBERED, language);
}

interface Spoken {
  t: Text;
  language: Language;
}

const SPOKEN = new Map<string, Spoken>();

/** The words of a language; those without parameters are looked up once. */
function spoken(language: Language): Spoken {
  const found = SPOKEN.get(language);
  if (found) return found;
  const plain = new Map<TextKey, string>();
  const t: Text = (key, params) => {
    if (params) return i18next.t(key, { ...params, lng: language });
    const known = plain.get(key);
    if (known !== undefined) return known;
    const words = i18next.t(key, { lng: language });
    plain.set(key, words);
    return words;
  };
  const made = { t, language };
  SPOKEN.set(language, made);
  return made;
}

function onLanguage(changed: () => void): () => void {
  i18next.on("languageChanged", changed);
  return () => i18next.off("languageChanged", changed);
}

/** How the interface speaks now; draws anew when that changes. */
export function useText(): Spoken {
  return spoken(useSyncExternalStore(onLanguage, currentLanguage));
}
