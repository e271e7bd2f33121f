import { Group, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Nothing, PageHead, Section, TableFrame, Tag } from "@/features/console/parts";
import { formatBytes, formatTime } from "@/lib/format";
import { useErasureMarks } from "@/features/people/ErasureNotice";
import { useText } from "@/lib/i18n";
import { ImportModel } from "@/features/registry/ImportModel";
import { RegisterServed } from "@/features/served/RegisterServed";
import { PromoteButton } from "@/features/registry/PromoteButton";
import { RetireOrRestore } from "@/features/registry/RetireOrRestore";
import { useVersions, type Version } from "./api";
import { useFigureNames } from "./figureNames";
import { headlines, inWords } from "./figures";
import { lineage } from "./lineage";
import styles from "./train.module.css";

const TONES = { candidate: "calm", promoted: "good", retired: "calm" } as const;

/** Policies and reward models, each under the version it came from. */
export function VersionsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const versions = useVersions(projectId);
  return (
    <>
      <PageHead
        title={t("train.versions.title")}
        lead={t("train.versions.lead")}
        actions={
          <>
            <RegisterServed projectId={projectId} />
            <ImportModel projectId={projectId} />
          </>
        }
      />
      <Awaited query={versions}>
        {(rows) =>
          (["policy", "reward"] as const).map((kind) => {
            const some = rows.filter((version) => version.kind === kind);
            return (
              <Section key={kind} title={t(`train.versions.${kind}`)}>
                {some.length === 0 ? (
                  <Nothing>{t(`train.versions.none.${kind}`)}</Nothing>
                ) : (
                  <VersionTable projectId={projectId} versions={some} />
                )}
              </Section>
            );
          })
        }
      </Awaited>
    </>
  );
}

function VersionTable({ projectId, versions }: { projectId: string; versions: Version[] }) {
  const { t, language } = useText();
  const figureName = useFigureNames();
  const marks = useErasureMarks(projectId);
  const withdrawn = new Set(marks.data?.results.map((one) => one.version));
  return (
    <>
      <TableFrame label={t(`train.versions.${versions[0]?.kind ?? "policy"}`)}>
        <Table className={styles.versions} verticalSpacing="sm" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("train.versions.version")}</Table.Th>
              <Table.Th>{t("train.versions.status")}</Table.Th>
              <Table.Th>{t("train.versions.madeBy")}</Table.Th>
              <Table.Th>{t("train.versions.figures")}</Table.Th>
              <Table.Th>{t("train.versions.size")}</Table.Th>
              <Table.Th className={styles.actions}>
                <span className="srOnly">{t("console.actions")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lineage(versions).map(({ version, depth }) => (
              <Table.Tr key={version.id}>
                <Table.Td>
                  <span className={styles.lineage} style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
                    {depth > 0 && <span aria-hidden="true">└ </span>}
                    <Link to={paths.version(projectId, version.id)}>
                      <strong>{version.number}</strong> {version.name}
                    </Link>
                  </span>
                  <div className="muted" style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
                    {t(`train.versions.stage.${version.stage}`)}
                    {version.served && ` · ${version.served.server}`}
                  </div>
                </Table.Td>
                <Table.Td data-column={t("train.versions.status")}>
                  <Tag tone={TONES[version.status]}>{t(`train.versions.state.${version.status}`)}</Tag>
                  {withdrawn.has(version.id) && (
                    <div className="muted">{t("people.markShort")}</div>
                  )}
                </Table.Td>
                <Table.Td className={styles.number} data-column={t("train.versions.madeBy")}>
                  {version.made_by_run ? (
                    <Link to={paths.run(projectId, version.made_by_run.id)}>
                      {t("train.runs.number", { number: version.made_by_run.number })}
                    </Link>
                  ) : (
                    <span className="muted">{t("train.versions.registered")}</span>
                  )}
                  <div className="muted">{formatTime(version.created_at, language)}</div>
                </Table.Td>
                <Table.Td data-column={t("train.versions.figures")}>
                  {headlines(version.metrics, 3).map((row) => (
                    <div key={row.path} className={styles.figure} title={row.path}>
                      {figureName(row.path)} <b>{inWords(row.value, language, 3)}</b>
                    </div>
                  ))}
                </Table.Td>
                <Table.Td className={styles.number} data-column={t("train.versions.size")}>
                  {version.served ? "—" : formatBytes(version.bytes, language)}
                </Table.Td>
                <Table.Td className={styles.actions}>
                  <Group gap="xs" justify="flex-end" className={styles.buttons}>
                    {version.status === "candidate" && !version.served && (
                      <PromoteButton projectId={projectId} version={version} />
                    )}
                    <RetireOrRestore projectId={projectId} version={version} />
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </>
  );
}
