import { Select } from "@mantine/core";
import { useText } from "@/lib/i18n";
import { listOf } from "@/lib/format";
import { ROW_KINDS } from "@/features/manage/api";
import { DELIMITERS, ENCODINGS, FORMATS, type Choice, type FormatName, type Preview } from "./api";
import styles from "./imports.module.css";

interface PanelProps {
  seen: Preview;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** What the file is, why we think so, and the chance to say otherwise. */
export function FormatPanel({ seen, choice, onChange }: PanelProps) {
  const { t } = useText();
  const format = FORMATS.find((each) => each === seen.format) ?? "columns";
  const kinds = ROW_KINDS.filter((kind) => seen.kinds.includes(kind) || kind === seen.kind);
  const isCsv = seen.file.container === "csv";
  return (
    <div className={styles.stack}>
      <p>
        {t(`imports.container.${seen.file.container}`)}
        {seen.file.packed && ` · gzip`}
      </p>
      <Reason seen={seen} format={format} />
      <div className={styles.grid}>
        <Select
          label={t("imports.format.label")}
          description={t(`imports.format.about.${format}`)}
          data={FORMATS.map((value) => ({ value, label: t(`imports.format.${value}`) }))}
          value={format}
          allowDeselect={false}
          onChange={(value) => {
            const name = FORMATS.find((each) => each === value);
            // Another format may not give the kind that was chosen before.
            if (name) onChange({ ...without(choice, "kind", "columns"), format: name });
          }}
        />
        <Select
          label={t("imports.kind.label")}
          description={t(`imports.kind.about.${ROW_KINDS.find((kind) => kind === seen.kind) ?? "prompts"}`)}
          data={kinds.map((value) => ({ value, label: t(`manage.data.kind.${value}`) }))}
          value={seen.kind}
          allowDeselect={false}
          onChange={(value) => {
            const kind = ROW_KINDS.find((each) => each === value);
            if (kind) onChange({ ...choice, kind });
          }}
        />
        {isCsv && (
          <>
            <Select
              label={t("imports.encoding")}
              description={t("imports.encodingHint")}
              data={[...ENCODINGS]}
              value={seen.file.encoding}
              allowDeselect={false}
              onChange={(value) => {
                const encoding = ENCODINGS.find((each) => each === value);
                if (encoding) onChange({ ...without(choice, "columns"), encoding });
              }}
            />
            <Select
              label={t("imports.delimiter")}
              description={t("imports.delimiterHint")}
              data={DELIMITERS.map((value) => ({ value, label: value === "\t" ? t("imports.tab") : value }))}
              value={seen.file.delimiter}
              allowDeselect={false}
              onChange={(value) => {
                const delimiter = DELIMITERS.find((each) => each === value);
                if (delimiter) onChange({ ...without(choice, "columns"), delimiter });
              }}
            />
          </>
        )}
      </div>
    </div>
  );
}

function without(choice: Choice, ...names: (keyof Choice)[]): Choice {
  return Object.fromEntries(Object.entries(choice).filter(([name]) => !names.some((each) => each === name)));
}

function Reason({ seen, format }: { seen: Preview; format: FormatName }) {
  const { t } = useText();
  const match = seen.formats.find((each) => each.format === format);
  if (format === "columns") return <p>{t("imports.why.columns")}</p>;
  if (!match) return <p role="alert">{t("imports.why.none", { of: seen.looked_at })}</p>;
  return <p>{t("imports.why.match", { fields: listOf(match.fields_seen) })}</p>;
}
