import { Select, Table } from "@mantine/core";
import { TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { FIELDS, SEVERAL, type Columns, type FieldName, type Preview } from "./api";
import styles from "./imports.module.css";

interface MappingProps {
  seen: Preview;
  onChange: (columns: Columns) => void;
}

/** For each column of the file: what it is to us. */
export function MappingTable({ seen, onChange }: MappingProps) {
  const { t } = useText();
  const fieldOf = new Map<string, FieldName>();
  for (const field of FIELDS) for (const name of seen.columns[field] ?? []) fieldOf.set(name, field);
  const choose = (column: string, field: FieldName | null) => {
    const next = new Map(fieldOf);
    if (field && !SEVERAL.includes(field)) {
      for (const [other, its] of next) if (its === field) next.delete(other);
    }
    if (field) next.set(column, field);
    else next.delete(column);
    onChange(columnsOf(seen.file_columns, next));
  };
  return (
    <TableFrame label={t("imports.mapping.title")}>
      <Table verticalSpacing="xs" horizontalSpacing="md" miw={520}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("imports.mapping.column")}</Table.Th>
            <Table.Th>{t("imports.mapping.example")}</Table.Th>
            <Table.Th>{t("imports.mapping.field")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seen.file_columns.map((column) => (
            <Table.Tr key={column}>
              <Table.Td>
                <VisibleText text={column} most={60} />
              </Table.Td>
              <Table.Td className={styles.example}>
                <VisibleText text={seen.examples[column] ?? ""} most={80} />
              </Table.Td>
              <Table.Td>
                <Select
                  aria-label={t("imports.mapping.fieldOf", { column })}
                  data={FIELDS.map((value) => ({ value, label: t(`imports.field.${value}`) }))}
                  value={fieldOf.get(column) ?? null}
                  placeholder={t("imports.mapping.leftOut")}
                  clearable
                  clearButtonProps={{ "aria-label": t("imports.mapping.leaveOut", { column }) }}
                  size="xs"
                  onChange={(value) => choose(column, FIELDS.find((each) => each === value) ?? null)}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function columnsOf(names: readonly string[], fields: ReadonlyMap<string, FieldName>): Columns {
  const found: Columns = {};
  for (const name of names) {
    const field = fields.get(name);
    if (field) found[field] = [...(found[field] ?? []), name];
  }
  return found;
}
