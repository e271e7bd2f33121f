import { Accordion, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import {
  numbersByName,
  optionLabel,
  rangeOf,
  settingHint,
  settingLabel,
  useFaultInWords,
  useOptionTexts,
  useSettingTexts,
  valueSchema,
  type ConfigSchema,
  type SettingSchema,
} from "./settings";
import styles from "./train.module.css";

export type Config = Record<string, unknown>;

interface Props {
  schema: ConfigSchema;
  important: readonly string[];
  config: Config;
  onChange: (config: Config) => void;
  errorOf: (field: string) => string | undefined;
}

/**
 * The settings of a run: a few in sight, the rest one click away, and in sight too while one of them is wrong.
 * Only what was changed is sent.
 */
export function SettingsForm({ schema, important, config, onChange, errorOf }: Props) {
  const { t } = useText();
  const faultInWords = useFaultInWords();
  const [open, setOpen] = useState(false);
  const names = Object.keys(schema.properties);
  const first = important.filter((name) => names.includes(name));
  const rest = names.filter((name) => !first.includes(name));
  const wrong = (name: string) =>
    faultInWords(schema.properties[name]!, config[name]) ?? errorOf(`config.${name}`);
  const field = (name: string) => (
    <SettingField
      key={name}
      name={name}
      schema={schema.properties[name]!}
      value={config[name]}
      error={wrong(name)}
      onChange={(value) => {
        const next = { ...config };
        if (value === undefined) delete next[name];
        else next[name] = value;
        onChange(next);
      }}
    />
  );
  if (!open && rest.some(wrong)) setOpen(true);
  return (
    <>
      {first.length > 0 && <div className={styles.grid}>{first.map(field)}</div>}
      {rest.length > 0 && (
        <Accordion
          variant="default"
          transitionDuration={0} // a wrong field is there at once, to be gone to
          value={open ? "rest" : null}
          onChange={(item) => setOpen(item !== null)}
        >
          <Accordion.Item value="rest">
            <Accordion.Control>{t("train.form.more", { count: rest.length })}</Accordion.Control>
            <Accordion.Panel>
              <div className={styles.grid}>{rest.map(field)}</div>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </>
  );
}

interface FieldProps {
  name: string;
  schema: SettingSchema;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function SettingField({ name, schema, value, error, onChange }: FieldProps) {
  const { t } = useText();
  const texts = useSettingTexts();
  const options = useOptionTexts();
  const kind = valueSchema(schema);
  const shown = value === undefined ? schema.default : value;
  const range = rangeOf(kind);
  const shared = {
    label: settingLabel(name, texts),
    description: [settingHint(name, schema, texts), range].filter(Boolean).join(" · "),
    error,
  };
  if (kind.enum) {
    return (
      <Select
        {...shared}
        data={kind.enum.map((each) => ({ value: String(each), label: optionLabel(name, each, options) }))}
        renderOption={({ option }) => (
          <div>
            {option.label}
            <div className="muted">{options[name]?.[option.value]?.[1]}</div>
          </div>
        )}
        value={typeof shown === "string" ? shown : null}
        allowDeselect={false}
        onChange={(choice) => onChange(choice ?? undefined)}
      />
    );
  }
  if (kind.type === "boolean") {
    return (
      <Switch
        {...shared}
        checked={shown === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (kind.type === "array") {
    return (
      <TagsInput
        {...shared}
        value={Array.isArray(shown) ? shown.map(String) : []}
        onChange={(list) => onChange(list.length > 0 ? list : undefined)}
      />
    );
  }
  if (kind.type === "object") {
    return (
      <TagsInput
        {...shared}
        value={Object.entries((shown ?? {}) as Record<string, number>).map((pair) => pair.join(" = "))}
        onChange={(list) => onChange(numbersByName(list))}
      />
    );
  }
  if (kind.format === "date-time") {
    return (
      <TextInput
        {...shared}
        type="datetime-local"
        value={typeof value === "string" ? localTime(value) : ""}
        onChange={(event) => {
          const time = new Date(event.currentTarget.value);
          onChange(Number.isNaN(time.getTime()) ? undefined : time.toISOString());
        }}
      />
    );
  }
  const canBeOff = kind.nullable && schema.default !== null; // else empty is where it stands anyway
  return (
    <NumberField
      {...shared}
      whole={kind.type === "integer"}
      value={typeof shown === "number" ? shown : null}
      standard={!kind.nullable && typeof schema.default === "number" ? schema.default : null}
      placeholder={kind.nullable ? t(canBeOff ? "train.form.none" : "train.form.automatic") : ""}
      onChange={(number) => onChange(number ?? (canBeOff ? null : undefined))}
    />
  );
}

/** An instant as the browser's own time field wants it. */
function localTime(iso: string): string {
  const time = new Date(iso);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
