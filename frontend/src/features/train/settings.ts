/** The settings of a kind of run, from the server's JSON schema, in words. */

import { useQuery } from "@tanstack/react-query";
import { listOf } from "@/lib/format";
import { useText, type Language, type Text } from "@/lib/i18n";
import english from "@/locales/settings.en.json";
import type { Run, StartableKind } from "./api";
import { inWords } from "./figures";

export interface SettingSchema {
  type?: string;
  enum?: readonly (string | number)[];
  anyOf?: readonly SettingSchema[];
  default?: unknown;
  description?: string;
  title?: string;
  unit?: string;
  why_default?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** Told among what a run works on: the reward models that give scores beside the chosen one. */
export const FURTHER = "further_reward_versions";
/** So is the reward model that another one is held against. */
export const BASELINE = "baseline_reward_version";

/** Ids of all reward models that give scores in a run, the chosen one first. */
export function scoredBy(run: Pick<Run, "reward_version" | "config">): string[] {
  const further = (run.config[FURTHER] as string[] | undefined) ?? [];
  return [...(run.reward_version ? [run.reward_version] : []), ...further];
}

type Choices = Readonly<Record<string, readonly unknown[]>>;

/** What must hold of a setting beside others; a number, another setting or the values allowed. */
export interface Rule {
  setting: string;
  must: "one_of" | "divides" | "at_most" | "at_least" | "below" | "above";
  than: string | number | readonly unknown[];
  when?: Choices;
  unless?: Choices;
  times?: number;
}

export interface ConfigSchema {
  description?: string;
  properties: Record<string, SettingSchema>;
  /** What other pages ask for than the form of runs. */
  elsewhere?: Record<string, SettingSchema>;
  rules?: readonly Rule[];
}

const HOLDS: Record<Rule["must"], (value: number, other: number) => boolean> = {
  one_of: () => true,
  divides: (value, other) => other % value === 0,
  at_most: (value, other) => value <= other,
  at_least: (value, other) => value >= other,
  below: (value, other) => value < other,
  above: (value, other) => value > other,
};

/** What is wrong with a number by itself. */
export function faultOf(schema: SettingSchema, value: unknown): "range" | "whole" | null {
  if (typeof value !== "number") return null;
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = valueSchema(schema);
  const beyond =
    value < (minimum ?? value) ||
    value > (maximum ?? value) ||
    value <= (exclusiveMinimum ?? -Infinity) ||
    value >= (exclusiveMaximum ?? Infinity);
  if (beyond) return "range";
  return type === "integer" && !Number.isInteger(value) ? "whole" : null;
}

/** Whether any setting is wrong by itself, beside whatever the others are. */
export function hasFaults(schema: ConfigSchema, config: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(schema.properties).some(([name, each]) => faultOf(each, config[name]) !== null);
}

/**
 * The rules that a form's settings break, what is not filled in standing at its default. A number that is
 * wrong by itself breaks none: it is told at its own field.
 */
export function brokenRules(schema: ConfigSchema, config: Readonly<Record<string, unknown>>): Rule[] {
  const value = (name: string) => (config[name] === undefined ? schema.properties[name]?.default : config[name]);
  const isWrong = (name: string) => faultOf(schema.properties[name] ?? {}, config[name]) !== null;
  const chosen = (choices: Choices) => Object.entries(choices).map(([name, values]) => values.includes(value(name)));
  return (schema.rules ?? []).filter((rule) => {
    if (chosen(rule.when ?? {}).includes(false) || chosen(rule.unless ?? {}).includes(true)) return false;
    if (isWrong(rule.setting) || (typeof rule.than === "string" && isWrong(rule.than))) return false;
    const own = value(rule.setting);
    if (typeof rule.than === "object") return !rule.than.includes(own);
    const other = typeof rule.than === "string" ? value(rule.than) : rule.than;
    if (typeof own !== "number" || typeof other !== "number") return false; // empty, or being typed
    return !HOLDS[rule.must](own * (rule.times ?? 1), other);
  });
}

const POLICY_GRADIENT: readonly string[] = [
  "iterations",
  "rollouts_per_iteration",
  "max_new_tokens",
  "kl_coefficient",
  "kl_target",
  "kl_ceiling",
  "reward_models",
];

/** What people change; everything else waits under "more settings". */
export const IMPORTANT: Record<StartableKind, readonly string[]> = {
  export: ["validation_fraction"],
  sample: [],
  sft: ["epochs", "learning_rate", "batch_size"],
  reward: ["epochs", "learning_rate", "prompts_per_step", "ties"],
  ppo: POLICY_GRADIENT,
  rloo: ["completions_per_prompt", ...POLICY_GRADIENT],
  grpo: ["completions_per_prompt", ...POLICY_GRADIENT],
  dpo: ["epochs", "learning_rate", "prompts_per_step", "beta", "ties"],
  evaluate: ["against_parent", "split", "samples_per_prompt"],
  pick: [
    "prompts",
    "completions",
    "information_share",
    "disagreement_share",
    "novelty_share",
    "random_share",
    "reward_models",
    "needed",
    "priority",
  ],
  best_of_n: ["samples_per_prompt", "max_new_tokens", "keep_per_prompt", "least_score"],
};

/** What a kind of run works on, in the order of the loop. */
export const INPUTS: Record<StartableKind, readonly Input[]> = {
  sample: ["policy_version", "prompt_set", "plan"],
  export: ["prompt_set"],
  sft: ["policy_version", "snapshot"],
  reward: ["policy_version", "snapshot"],
  ppo: ["policy_version", "reward_version", "prompt_set"],
  rloo: ["policy_version", "reward_version", "prompt_set"],
  grpo: ["policy_version", "reward_version", "prompt_set"],
  dpo: ["policy_version", "snapshot"],
  evaluate: ["policy_version", "reward_version", "snapshot", "prompt_set"],
  pick: ["reward_version", "prompt_set", "policy_version"],
  best_of_n: ["policy_version", "reward_version", "prompt_set"],
};
/** Kinds that draw completions, have a reward model score them and learn from the scores. */
export function learnsFromScores(kind: StartableKind): boolean {
  return kind === "ppo" || kind === "rloo" || kind === "grpo";
}

export type Input = "snapshot" | "policy_version" | "reward_version" | "prompt_set" | "plan";

export type SettingTexts = Readonly<Record<string, readonly [label: string, hint?: string]>>;

/** The server describes settings in English, few of which need another name; other languages have a catalogue. */
export function useSettingTexts(): SettingTexts {
  const { language } = useText();
  const chinese = useQuery({
    queryKey: ["setting-texts"],
    queryFn: async () => (await import("@/locales/settings.zh-Hans.json")).default,
    staleTime: Infinity,
    enabled: language === "zh-Hans",
  });
  const found = chinese.data as Record<string, [string, string]> | undefined;
  return language === "zh-Hans" ? (found ?? NONE) : ENGLISH;
}

const ENGLISH = english as unknown as SettingTexts;
const NONE: SettingTexts = {};

/** What the values to choose from are called and do, by setting. */
export type OptionTexts = Readonly<Record<string, Readonly<Record<string, readonly [label: string, line: string]>>>>;

const OPTIONS: Record<Language, () => Promise<{ default: unknown }>> = {
  en: () => import("@/locales/options.en.json"),
  "zh-Hans": () => import("@/locales/options.zh-Hans.json"),
};

export function useOptionTexts(): OptionTexts {
  const { language } = useText();
  const found = useQuery({
    queryKey: ["option-texts", language],
    queryFn: async () => (await OPTIONS[language]()).default as OptionTexts,
    staleTime: Infinity,
  });
  return found.data ?? NO_OPTIONS;
}

const NO_OPTIONS: OptionTexts = {};

/** A value to choose, with the identifier that configurations and commands know it by. */
export function optionLabel(name: string, value: unknown, options: OptionTexts): string {
  const identifier = String(value);
  const label = options[name]?.[identifier]?.[0];
  if (label === undefined) return identifier;
  return label.toLowerCase() === identifier.replaceAll("_", " ") ? label : `${label} (${identifier})`;
}

export function settingLabel(name: string, texts: SettingTexts): string {
  return texts[name]?.[0] ?? sentence(name);
}

export function settingHint(name: string, schema: SettingSchema, texts: SettingTexts): string {
  return texts[name]?.[1] ?? schema.description ?? "";
}

/** What is wrong with a number by itself, in words. */
export function useFaultInWords(): (schema: SettingSchema, value: unknown) => string | undefined {
  const { t } = useText();
  return (schema, value) => {
    const fault = faultOf(schema, value);
    if (fault === "whole") return t("common.wholeNumber");
    return fault ? t("train.form.notAllowed", { value: String(value), range: rangeOf(valueSchema(schema), Infinity) }) : undefined;
  };
}

/** What a broken rule asks for, in words. */
export function useRuleInWords(): (rule: Rule) => string {
  const { t } = useText();
  const texts = useSettingTexts();
  const options = useOptionTexts();
  return (rule) => {
    const { than, when } = rule;
    const oneOf = (name: string, values: readonly unknown[]) =>
      values.map((value) => optionLabel(name, value, options)).join(" / ");
    const other =
      typeof than === "string"
        ? settingLabel(than, texts)
        : typeof than === "number"
          ? than
          : oneOf(rule.setting, than);
    const words = t(`train.rule.${rule.must}`, { than: other });
    if (!when) return words;
    const condition = Object.entries(when).map(([name, values]) => `${settingLabel(name, texts)} = ${oneOf(name, values)}`);
    return t("train.rule.where", { rule: words, condition: listOf(condition) });
  };
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\bkl\b/g, "KL").replace(/\bgae\b/g, "GAE");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The schema of the value itself where the setting may also be empty. */
export function valueSchema(schema: SettingSchema): SettingSchema & { nullable: boolean } {
  const options = schema.anyOf ?? [schema];
  const value = options.find((option) => option.type !== "null") ?? schema;
  return { ...schema, ...value, nullable: options.length > 1 };
}

/** "name = number" a piece, as an object; what does not read so is left out. Nothing: not set. */
export function numbersByName(pieces: readonly string[]): Record<string, number> | undefined {
  const pairs = pieces.flatMap((piece): [string, number][] => {
    const [, name, number] = /^(.+?)\s*[=＝]\s*([\d.]+)$/.exec(piece.trim()) ?? [];
    return name && Number.isFinite(Number(number)) ? [[name, Number(number)]] : [];
  });
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}

/** The allowed values in signs that need no translation. A bound beyond a million says nothing, until it is passed. */
export function rangeOf(schema: SettingSchema, below = 1e6): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const told = (bound: number | undefined) => bound !== undefined && bound < below;
  if (minimum !== undefined && told(maximum)) return `${minimum}–${maximum}`;
  const left = minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : "";
  const right = told(maximum) ? `≤ ${maximum}` : told(exclusiveMaximum) ? `< ${exclusiveMaximum}` : "";
  return [left, right].filter(Boolean).join(", ").replaceAll(" ", "\u00a0");
}

/** A setting's value in words: empty is what the form calls it, several are listed. */
export function valueInWords(value: unknown, schema: SettingSchema | undefined, t: Text, language: Language): string {
  if (value === null && schema) return t(schema.default === null ? "train.form.automatic" : "train.form.none");
  if (Array.isArray(value)) return listOf(value.map((each) => valueInWords(each, undefined, t, language)));
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([name, each]) => `${name} = ${valueInWords(each, undefined, t, language)}`);
    return listOf(pairs);
  }
  return inWords(value, language);
}

/** As valueInWords; a value that was chosen among several is told by its name. */
export function useSettingValue(): (name: string, value: unknown, schema: SettingSchema | undefined) => string {
  const { t, language } = useText();
  const options = useOptionTexts();
  return (name, value, schema) =>
    schema && valueSchema(schema).enum && typeof value === "string"
      ? optionLabel(name, value, options)
      : valueInWords(value, schema, t, language);
}

/** A setting of a kind of run, whichever page asks for it. */
export function settingOf(schema: ConfigSchema | undefined, name: string): SettingSchema | undefined {
  return schema?.properties[name] ?? schema?.elsewhere?.[name];
}

/** Whether a setting is not where the form begins with it. */
export function isChanged(schema: SettingSchema, value: unknown): boolean {
  return JSON.stringify(schema.default) !== JSON.stringify(value);
}

/** Names of settings as the form has them; those that no form asks for stand last. */
export function inFormOrder(names: readonly string[], schema: ConfigSchema | undefined): string[] {
  const order = Object.keys(schema?.properties ?? {});
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => place(a) - place(b));
}
