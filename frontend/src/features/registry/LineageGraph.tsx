import { Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { TableFrame } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
import { useText, type Text } from "@/lib/i18n";
import type { LineageEdge, LineageNode } from "./api";
import { layout, type Place } from "./layout";
import styles from "./registry.module.css";

const NODE = { width: 150, height: 54 };
const GAP = { x: 64, y: 16 };

interface Props {
  projectId: string;
  nodes: readonly LineageNode[];
  edges: readonly LineageEdge[];
  /** The node that the page is about. */
  here?: string;
}

/** What came from what: a picture where there is room, and the same as a table. */
export function LineageGraph({ projectId, nodes, edges, here }: Props) {
  const { t } = useText();
  const places = layout(
    nodes.map((node) => node.id),
    edges,
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const at = new Map(places.map((place) => [place.id, place]));
  const columns = Math.max(0, ...places.map((place) => place.column)) + 1;
  const rows = Math.max(0, ...places.map((place) => place.row)) + 1;
  const width = columns * NODE.width + (columns - 1) * GAP.x;
  const height = rows * NODE.height + (rows - 1) * GAP.y;
  return (
    <div className={styles.graph} role="region" aria-label={t("registry.lineage.picture")} tabIndex={0}>
      <div className={styles.canvas} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map((edge) => (
            <path
              key={`${edge.source} ${edge.target} ${edge.relation}`}
              className={styles.edge}
              data-relation={edge.relation}
              d={curve(at.get(edge.source), at.get(edge.target))}
            />
          ))}
        </svg>
        {places.map((place) => {
          const node = byId.get(place.id)!;
          return (
            <Link
              key={node.id}
              to={addressOf(projectId, node)}
              className={styles.node}
              data-kind={node.kind}
              data-status={node.status}
              aria-current={node.id === here ? "true" : undefined}
              aria-label={[nameOf(node, t), ...originsOf(node, edges, byId, t)].join("; ")}
              style={{ left: left(place), top: top(place), width: NODE.width, height: NODE.height }}
            >
              <b>{shortName(node, t)}</b>
              <span>{node.name || statusWords(node, t)}</span>
            </Link>
          );
        })}
      </div>
    </div>
  );
}

/** The same for screen readers and narrow screens. */
export function LineageTable({ projectId, nodes, edges }: Props) {
  const { t, language } = useText();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <TableFrame label={t("registry.lineage.table")}>
      <Table horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("registry.lineage.what")}</Table.Th>
            <Table.Th>{t("registry.lineage.from")}</Table.Th>
            <Table.Th>{t("train.versions.status")}</Table.Th>
            <Table.Th>{t("console.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {nodes.map((node) => (
            <Table.Tr key={node.id}>
              <Table.Td>
                <Link to={addressOf(projectId, node)}>{nameOf(node, t)}</Link>
              </Table.Td>
              <Table.Td>
                {originsOf(node, edges, byId, t).map((words) => (
                  <div key={words}>{words}</div>
                ))}
              </Table.Td>
              <Table.Td>{statusWords(node, t)}</Table.Td>
              <Table.Td>{formatTime(node.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

const left = (place: Place) => place.column * (NODE.width + GAP.x);
const top = (place: Place) => place.row * (NODE.height + GAP.y);

function curve(from: Place | undefined, to: Place | undefined): string {
  if (!from || !to) return "";
  const [x1, y1] = [left(from) + NODE.width, top(from) + NODE.height / 2];
  const [x2, y2] = [left(to), top(to) + NODE.height / 2];
  const bend = Math.max(GAP.x / 2, (x2 - x1) / 3);
  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}

function addressOf(project: string, node: LineageNode): string {
  if (node.kind === "round") return `${paths.train(project, "rounds")}?round=${node.id}`;
  if (node.kind !== "snapshot") return paths.version(project, node.id);
  return node.run ? paths.run(project, node.run.id) : paths.train(project, "runs");
}

function shortName(node: LineageNode, t: Text): string {
  return t(`registry.lineage.kind.${node.kind}`, { number: node.number });
}

function nameOf(node: LineageNode, t: Text): string {
  return [shortName(node, t), node.name].filter(Boolean).join(" · ");
}

function statusWords(node: LineageNode, t: Text): string {
  if (node.kind === "snapshot") return "";
  if (node.kind === "round") return t(node.status === "open" ? "registry.lineage.open" : "registry.lineage.closed");
  const known = (["candidate", "promoted", "retired"] as const).find((each) => each === node.status);
  return known ? t(`train.versions.state.${known}`) : "";
}

function originsOf(
  node: LineageNode,
  edges: readonly LineageEdge[],
  byId: ReadonlyMap<string, LineageNode>,
  t: Text,
): string[] {
  return edges
    .filter((edge) => edge.target === node.id)
    .map((edge) =>
      t(`registry.lineage.relation.${edge.relation}`, { source: nameOf(byId.get(edge.source)!, t) }),
    );
}
