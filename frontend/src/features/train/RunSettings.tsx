import { Facts, Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { useRunKinds, type Run } from "./api";
import { flatten } from "./figures";
import {
  BASELINE,
  FURTHER,
  inFormOrder,
  isChanged,
  settingLabel,
  settingOf,
  useSettingTexts,
  useSettingValue,
  valueInWords,
  type ConfigSchema,
} from "./settings";
import styles from "./train.module.css";

/** The settings of a run: those that somebody chose in sight, the rest as the form has them one click away. */
export function RunSettings({ run }: { run: Run }) {
  const { t, language } = useText();
  const texts = useSettingTexts();
  const told = useSettingValue();
  const kinds = useRunKinds();
  const schema = (kinds.data as unknown as Record<string, ConfigSchema> | undefined)?.[run.kind];
  const isUntouched = (name: string) => {
    const elsewhere = schema?.elsewhere?.[name];
    return elsewhere !== undefined && !isChanged(elsewhere, run.config[name]);
  };
  const names = Object.keys(run.config).filter((name) => name !== FURTHER && name !== BASELINE && !isUntouched(name));
  if (kinds.isPending || names.length === 0) return null;

  const isPlain = (name: string) => typeof run.config[name] !== "object";
  const isChosen = (name: string) => {
    const known = settingOf(schema, name);
    return known ? isChanged(known, run.config[name]) : isPlain(name);
  };
  const row = (name: string) =>
    [settingLabel(name, texts), told(name, run.config[name], settingOf(schema, name))] as const;
  // What no form asks for may be nested: how the columns of a file are read.
  const rowsOf = (name: string) =>
    schema?.properties[name] || isPlain(name)
      ? [row(name)]
      : flatten(run.config[name], name)
          .filter(({ value }) => value !== null && value !== "")
          .map(({ path, value }) => [labelOf(path), valueInWords(value, undefined, t, language)] as const);
  const labelOf = (path: string) => path.split(".").map((part) => settingLabel(part, texts)).join(" · ");

  const ordered = inFormOrder(names, schema);
  const chosen = ordered.filter(isChosen).flatMap(rowsOf);
  const rest = ordered.filter((name) => !isChosen(name)).flatMap(rowsOf);
  return (
    <Section title={t("train.runs.settings")}>
      {chosen.length > 0 && <Facts rows={chosen} />}
      {rest.length > 0 && (
        <details className={styles.folded}>
          <summary>{schema ? t("train.runs.atDefault", { count: rest.length }) : t("train.form.more", { count: rest.length })}</summary>
          <Facts rows={rest} />
        </details>
      )}
    </Section>
  );
}
