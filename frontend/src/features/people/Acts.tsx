import { Table } from "@mantine/core";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { actName } from "@/features/audit/words";
import { Facts, Nothing, Section, TableFrame } from "@/features/console/parts";
import { useText, type TextKey } from "@/lib/i18n";

interface Props {
  seen: Schemas["PersonFigures"];
  projectId: string;
  isAdmin: boolean;
}

/** What somebody did beside labeling: decisions in review and, for admins, acts of the audit trail. */
export function ActsOf({ seen, projectId, isAdmin }: Props) {
  const { t, language } = useText();
  const { decisions, judgments_withdrawn: withdrawn, reports_decided: reports, acts, person } = seen;
  const number = (value: number) => value.toLocaleString(language);
  const isNothing = decisions.length + acts.length + withdrawn + reports === 0;
  if (isNothing && person.roles.every((role) => role === "labeler")) return null;
  return (
    <Section title={t("people.acts.title")}>
      {isNothing && <Nothing>{t("people.acts.none")}</Nothing>}
      <Facts
        rows={[
          ...decisions.map(
            ({ name, count }) => [t(`people.acts.decided.${name}` as TextKey), number(count)] as const,
          ),
          [t("people.acts.withdrawn"), withdrawn > 0 && number(withdrawn)],
          [t("people.acts.reports"), reports > 0 && number(reports)],
        ]}
      />
      {isAdmin && acts.length > 0 && (
        <TableFrame label={t("people.acts.audit")}>
          <Table horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("people.acts.audit")}</Table.Th>
                <Table.Th>{t("people.acts.times")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {acts.map(({ name, count }) => (
                <Table.Tr key={name}>
                  <Table.Td>
                    <Link to={`${paths.manage(projectId, "audit")}?actor=${person.user_id}&action=${name}`}>
                      {actName(t, name)}
                    </Link>
                  </Table.Td>
                  <Table.Td>{number(count)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </TableFrame>
      )}
    </Section>
  );
}
