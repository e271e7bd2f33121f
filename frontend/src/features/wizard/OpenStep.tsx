import { List } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { useAct } from "@/features/console/useAct";
import { readAssignments, readLabelers } from "@/features/groups/api";
import { changeProject, readGuidelines } from "@/features/manage/api";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { StepFrame, type StepProps } from "./StepFrame";
import styles from "./wizard.module.css";

/** What is there and what is missing; then the doors open. */
export function OpenStep({ project, onBack }: StepProps) {
  const { t } = useText();
  const me = useMe();
  const navigate = useNavigate();
  const { id } = project;
  const guidelines = useQuery({ queryKey: ["guidelines", id], queryFn: () => readGuidelines(id) });
  const work = useQuery({ queryKey: ["assignments", id], queryFn: () => readAssignments(id) });
  const labelers = useQuery({ queryKey: ["labelers", id], queryFn: () => readLabelers(id) });
  const { act, busy, error } = useAct([["project", id], ["projects"], ["me"], ["project-progress", id]]);
  const open = work.data?.reduce((sum, row) => sum + row.open, 0) ?? 0;
  const mine = labelers.data?.some((one) => one.user_id === me.id) ?? false;
  const isOpen = project.state === "active";
  const checks = [
    ["guidelines", (guidelines.data?.results.length ?? 0) > 0],
    ["items", open > 0],
    ["labelers", (labelers.data?.length ?? 0) > 0],
    ["eligible", open > 0 && (work.data?.every((row) => !row.warning) ?? false)],
  ] as const;
  const save = async () => {
    if (isOpen) void navigate(mine ? paths.label(id) : paths.manage(id));
    else await act(() => changeProject(id, { state: "active" }));
  };
  const next = isOpen
    ? t(mine ? "projects.wizard.open.first" : "projects.wizard.open.done")
    : t("projects.wizard.open.open");
  return (
    <StepFrame
      title={t("projects.wizard.open.title")}
      lead={t("projects.wizard.open.lead")}
      busy={busy}
      error={error}
      next={next}
      onSave={() => void save()}
      onBack={onBack}
    >
      <List listStyleType="none" className={styles.checks}>
        {checks.map(([name, holds]) => (
          <List.Item key={name} icon={<span aria-hidden="true">{holds ? "✓" : "○"}</span>}>
            {t(holds ? `projects.wizard.check.${name}` : `projects.wizard.missing.${name}`)}
          </List.Item>
        ))}
      </List>
      {isOpen && <Notice tone="calm">{t("projects.wizard.open.isOpen")}</Notice>}
      <p>
        <Link to={paths.manage(id)}>{t("projects.wizard.open.toManage")}</Link>
      </p>
    </StepFrame>
  );
}
