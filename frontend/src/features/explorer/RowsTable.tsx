import { Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { TableFrame, Tag } from "@/features/console/parts";
import styles from "@/features/manage/manage.module.css";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import type { Row, What } from "./api";
import own from "./explorer.module.css";

const TONES: Record<string, "good" | "calm" | "bad" | "busy"> = {
  counted: "good",
  done: "good",
  open: "busy",
  withdrawn: "bad",
  triage: "bad",
};

interface Props {
  projectId: string;
  what: What;
  rows: readonly Row[];
}

/** A page of rows; the first column opens the whole. */
export function RowsTable({ projectId, what, rows }: Props) {
  const { t } = useText();
  const columns = COLUMNS[what];
  return (
    <TableFrame label={t(`explorer.rows.${what}`)}>
      <Table verticalSpacing="sm" horizontalSpacing="md" miw={720}>
        <Table.Thead>
          <Table.Tr>
            {["prompt", ...columns, "created"].map((name) => (
              <Table.Th key={name}>{t(`explorer.column.${name}` as TextKey)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <OneRow key={row.id} projectId={projectId} what={what} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

const COLUMNS: Record<What, readonly string[]> = {
  rankings: ["order", "marks", "labeler", "state"],
  demonstrations: ["text", "labeler", "state"],
  items: ["judgments", "state"],
  pairs: ["chosen", "rejected", "relation", "labeler"],
};

function OneRow({ projectId, what, row }: Omit<Props, "rows"> & { row: Row }) {
  const { language } = useText();
  const target =
    what === "items"
      ? paths.manage(projectId, `items/${row.id}`)
      : paths.manage(projectId, `explore/${row.ranking_id ?? row.id}`);
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={target} className={styles.preview}>
          <VisibleText text={row.prompt} />
        </Link>
        {row.language && <div className={styles.small}>{row.language}</div>}
      </Table.Td>
      {COLUMNS[what].map((name) => (
        <Table.Td key={name}>
          <Cell name={name} row={row} />
        </Table.Td>
      ))}
      <Table.Td className={styles.stay}>{formatTime(row.created_at, language)}</Table.Td>
    </Table.Tr>
  );
}

function Cell({ name, row }: { name: string; row: Row }) {
  const { t } = useText();
  switch (name) {
    case "order":
      return <span className={own.order}>{orderOf(row)}</span>;
    case "marks":
      return <Marks row={row} />;
    case "labeler":
      return row.labeler?.name ?? "–";
    case "state":
      return <Tag tone={TONES[row.state] ?? "calm"}>{t(`explorer.is.${row.state}` as TextKey)}</Tag>;
    case "judgments":
      return `${row.counted} / ${row.needed}`;
    case "relation":
      return t(row.is_tie ? "explorer.tie" : row.is_direct ? "explorer.direct" : "explorer.byTiers");
    case "text":
    case "chosen":
    case "rejected":
      return (
        <span className={styles.preview}>
          <VisibleText text={row[name] ?? ""} />
        </span>
      );
    default:
      return null;
  }
}

/** "2 > 1 = 3": positions in the item, best first; what stands in no tier in brackets. */
export function orderOf(row: Row): string {
  const tiers = (row.tiers ?? []).map((tier) => tier.join(" = ")).join(" > ");
  const outside = row.outside?.length ? `(${row.outside.join(", ")})` : "";
  return [tiers, outside].filter(Boolean).join(" ");
}

function Marks({ row }: { row: Row }) {
  const { t } = useText();
  const marks = [
    row.has_cut && t("explorer.hasCut"),
    row.has_notes && t("explorer.hasNotes"),
    ...(row.flags ?? []),
  ].filter(Boolean);
  return <span className={styles.small}>{marks.join(" · ")}</span>;
}
