import { Button, Table } from "@mantine/core";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Facts, PageHead, Section, TableFrame, Tag } from "@/features/console/parts";
import { Pushes } from "@/features/hub/Pushes";
import { ErasureNotice } from "@/features/people/ErasureNotice";
import { Report } from "@/features/train/Report";
import { formatBytes, formatNumber, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { archiveAddress, useCard, useLineage, type Card } from "./api";
import { ServedBy } from "@/features/served/ServedBy";
import { Checks } from "./Checks";
import { relativesOf } from "./layout";
import { LineageGraph } from "./LineageGraph";
import { PromoteButton } from "./PromoteButton";
import { RetireOrRestore } from "./RetireOrRestore";
import styles from "./registry.module.css";

const TONES = { candidate: "calm", promoted: "good", retired: "calm" } as const;

/** One version: what it is, where it comes from, what it is used for, whether it may come into use. */
export function VersionPage({ projectId }: { projectId: string }) {
  const { versionId = "" } = useParams();
  const card = useCard(versionId);
  return <Awaited query={card}>{(found) => <CardView projectId={projectId} card={found} />}</Awaited>;
}

function CardView({ projectId, card }: { projectId: string; card: Card }) {
  const { t } = useText();
  const { version } = card;
  return (
    <>
      <PageHead
        title={`${t(`registry.lineage.kind.${version.kind}`, { number: version.number })} · ${version.name}`}
        lead={
          <>
            <Tag tone={TONES[version.status]}>{t(`train.versions.state.${version.status}`)}</Tag>{" "}
            {t(`train.versions.stage.${version.stage}`)}
          </>
        }
        actions={<Actions projectId={projectId} card={card} />}
      />
      <ErasureNotice projectId={projectId} about={version.id} />
      <Origin projectId={projectId} card={card} />
      {version.served && <ServedBy served={version.served} />}
      {version.status !== "promoted" && !version.served && (
        <Section title={t("registry.checks.title")}>
          <Checks projectId={projectId} versionId={version.id} checks={card.checks} />
        </Section>
      )}
      <Relatives projectId={projectId} id={version.id} />
      <Uses projectId={projectId} card={card} />
      <Report report={version.metrics} />
      {!version.served && <Pushes projectId={projectId} version={version} />}
      {!version.served && <Files card={card} />}
    </>
  );
}

function Actions({ projectId, card }: { projectId: string; card: Card }) {
  const { t } = useText();
  const { version } = card;
  return (
    <>
      {!version.served && (
        <Button component="a" size="xs" variant="default" href={archiveAddress(version.id)} download>
          {t("registry.download")}
        </Button>
      )}
      {version.kind === "policy" && version.status !== "retired" && (
        <Button
          component={Link}
          size="xs"
          variant="default"
          to={`${paths.train(projectId, "playground")}?policy=${version.id}`}
        >
          {t("registry.try")}
        </Button>
      )}
      {version.status === "candidate" && !version.served && <PromoteButton projectId={projectId} version={version} />}
      <RetireOrRestore projectId={projectId} version={version} />
    </>
  );
}

function Origin({ projectId, card }: { projectId: string; card: Card }) {
  const { t, language } = useText();
  const { version, parent, made_by, snapshot, reward_versions, round } = card;
  const named = (one: NonNullable<Card["parent"]>) => (
    <Link to={paths.version(projectId, one.id)}>
      {t(`registry.lineage.kind.${one.kind}`, { number: one.number })} · {one.name}
    </Link>
  );
  return (
    <Facts
      rows={[
        [t("registry.card.parent"), parent && named(parent)],
        [t("registry.card.snapshot"), snapshot && t("train.snapshot", { number: snapshot.number })],
        [
          t("registry.card.scoredBy"),
          reward_versions.length > 0 && reward_versions.map((one) => <div key={one.id}>{named(one)}</div>),
        ],
        [
          t("registry.card.round"),
          round && (
            <Link to={`${paths.train(projectId, "rounds")}?round=${round.id}`}>
              {t("registry.lineage.kind.round", { number: round.number })}
            </Link>
          ),
        ],
        [
          t("train.versions.madeBy"),
          made_by ? (
            <Link to={paths.run(projectId, made_by.id)}>{t("train.runs.number", { number: made_by.number })}</Link>
          ) : (
            t("train.versions.registered")
          ),
        ],
        [t("train.versions.created"), formatTime(version.created_at, language)],
        [t("train.versions.size"), !version.served && formatBytes(version.bytes, language)],
        [
          t("registry.card.affine"),
          version.kind === "reward" &&
            `(x ${version.score_shift < 0 ? "+" : "−"} ${formatNumber(Math.abs(version.score_shift), language)}) / ${formatNumber(version.score_scale, language)}`,
        ],
      ]}
    />
  );
}

/** The part of the graph that this version belongs to. */
function Relatives({ projectId, id }: { projectId: string; id: string }) {
  const { t } = useText();
  const lineage = useLineage(projectId);
  if (!lineage.data) return null;
  const near = relativesOf(id, lineage.data.edges);
  if (near.size < 2) return null;
  return (
    <Section title={t("registry.lineage.title")}>
      <LineageGraph
        projectId={projectId}
        here={id}
        nodes={lineage.data.nodes.filter((node) => near.has(node.id))}
        edges={lineage.data.edges.filter((edge) => near.has(edge.source) && near.has(edge.target))}
      />
    </Section>
  );
}

function Uses({ projectId, card }: { projectId: string; card: Card }) {
  const { t } = useText();
  return (
    <Section title={t("registry.card.uses")}>
      {card.used_by.length === 0 && card.children.length === 0 && <p className="muted">{t("registry.card.unused")}</p>}
      <ul className={styles.uses}>
        {card.children.map((child) => (
          <li key={child.id}>
            <Link to={paths.version(projectId, child.id)}>
              {t(`registry.lineage.kind.${child.kind}`, { number: child.number })} · {child.name}
            </Link>
          </li>
        ))}
        {card.used_by.map((run) => (
          <li key={run.id}>
            <Link to={paths.run(projectId, run.id)}>{t("train.runs.number", { number: run.number })}</Link>{" "}
            {t(`train.kind.${run.kind}.name`)} · {t(`train.status.${run.status}`)}
          </li>
        ))}
      </ul>
      {card.plans.length > 0 && (
        <p>{t("registry.card.plans", { names: card.plans.map((plan) => plan.name).join(", ") })}</p>
      )}
    </Section>
  );
}

function Files({ card }: { card: Card }) {
  const { t, language } = useText();
  return (
    <Section title={t("registry.card.files")}>
      <p className={styles.digest}>
        {t("registry.card.digest")} <code>{card.version.artifact_digest}</code>
      </p>
      <TableFrame label={t("registry.card.files")}>
        <Table horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("registry.card.file")}</Table.Th>
              <Table.Th>{t("train.versions.size")}</Table.Th>
              <Table.Th>SHA-256</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {card.files.map((file) => (
              <Table.Tr key={file.path}>
                <Table.Td>{file.path}</Table.Td>
                <Table.Td>
                  {file.bytes === null ? t("registry.card.gone") : formatBytes(file.bytes, language)}
                </Table.Td>
                <Table.Td>
                  <code className={styles.sha}>{file.sha256}</code>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
