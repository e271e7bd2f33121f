import { Button, Group, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, Nothing, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { makeItems, retryDraw, useDraws, type Draw, type Mix } from "./api";

const TONES = { sampling: "busy", making: "busy", stopped: "bad", done: "good" } as const;

/** Each act of sampling by the mix: its parts, and how many items came of it. */
export function Draws({ projectId, mix }: { projectId: string; mix: Mix }) {
  const { t } = useText();
  const draws = useDraws(mix.id);
  return (
    <Awaited query={draws}>
      {(rows) =>
        rows.length === 0 ? (
          <Nothing>{t("mixes.noDraws")}</Nothing>
        ) : (
          <TableFrame label={t("mixes.draws")}>
            <Table verticalSpacing="sm" horizontalSpacing="md">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("mixes.when")}</Table.Th>
                  <Table.Th>{t("mixes.state")}</Table.Th>
                  <Table.Th>{t("mixes.parts")}</Table.Th>
                  <Table.Th>{t("mixes.items")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((draw) => (
                  <DrawRow key={draw.id} projectId={projectId} draw={draw} />
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        )
      }
    </Awaited>
  );
}

function DrawRow({ projectId, draw }: { projectId: string; draw: Draw }) {
  const { t, language } = useText();
  const { act, busy, error } = useAct([["mix-draws", draw.mix]]);
  return (
    <Table.Tr>
      <Table.Td>{formatTime(draw.created_at, language)}</Table.Td>
      <Table.Td>
        <Tag tone={TONES[draw.state]}>{t(`mixes.is.${draw.state}`)}</Tag>
        {draw.state === "stopped" && (
          <Group gap="xs" mt="xs">
            <Button size="xs" loading={busy} onClick={() => void act(() => retryDraw(draw.id))}>
              {t("mixes.retry")}
            </Button>
            {draw.missing === "wait" && (
              <Button
                size="xs"
                variant="default"
                loading={busy}
                onClick={() => void act(() => makeItems(draw.id))}
              >
                {t("mixes.makeNow")}
              </Button>
            )}
          </Group>
        )}
        <Failure error={error} />
      </Table.Td>
      <Table.Td>
        {draw.parts.map((part) => (
          <div key={part.run}>
            <Link to={paths.run(projectId, part.run)}>
              {part.policy} · {part.plan}
            </Link>{" "}
            {part.is_older && `(${t("mixes.olderPart")}) `}
            {t(`train.status.${part.status}`)}
            {part.status === "running" && ` ${part.progress_done}/${part.progress_total ?? "?"}`}
            {part.error_message && <div className="muted">{part.error_message}</div>}
          </div>
        ))}
      </Table.Td>
      <Table.Td>
        {t("mixes.made", { made: draw.made, prompts: draw.prompts, older: draw.older })}
        {draw.too_few > 0 && <div className="muted">{t("mixes.tooFew", { count: draw.too_few })}</div>}
        {draw.older_lacking > 0 && (
          <div className="muted">{t("mixes.olderLacking", { count: draw.older_lacking })}</div>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
