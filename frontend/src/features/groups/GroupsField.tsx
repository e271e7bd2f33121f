import { MultiSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { readGroups } from "./api";

interface Props {
  projectId: string;
  value: string[];
  onChange: (groups: string[]) => void;
  description?: string;
  error?: ReactNode;
}

/** Choose groups of the project; nothing where it has none. */
export function GroupsField({ projectId, value, onChange, description, error }: Props) {
  const { t } = useText();
  const groups = useQuery({ queryKey: ["groups", projectId], queryFn: () => readGroups(projectId) });
  if (!groups.data?.length) return null;
  return (
    <MultiSelect
      label={t("projects.groups.title")}
      description={description}
      data={groups.data.map((one) => ({ value: one.id, label: one.name }))}
      value={value}
      onChange={onChange}
      error={error}
      searchable
    />
  );
}
