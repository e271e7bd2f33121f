/** Two languages, one catalogue each, loaded when wanted. Keys are typed by the English catalogue. */

import i18next from "i18next";
import { useCallback } from "react";
import { initReactI18next, useTranslation } from "react-i18next";
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
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    fallbackLng: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await switchLanguage(language);
}

/** Switch the interface; remembered on this device. */
export async function switchLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const catalogue = await CATALOGUES[language]();
    i18next.addResourceBundle(language, "translation", catalogue.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  save(REMEMBERED, language);
}

export function useText(): { t: Text; language: Language } {
  const { t, i18n } = useTranslation();
  const text = useCallback<Text>((key, params) => t(key, params ?? {}), [t]);
  return { t: text, language: languageFrom(i18n.language) ?? "en" };
}
