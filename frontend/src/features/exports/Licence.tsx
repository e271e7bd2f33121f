import { Button, Group, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { readLicence, setLicence } from "./api";

/** The terms that stand in data cards from now on. */
export function Licence({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const licence = useQuery({ queryKey: ["licence", projectId], queryFn: () => readLicence(projectId) });
  const [name, setName] = useState<string | null>(null);
  const { act, busy, done, error } = useAct([["licence", projectId]]);
  const shown = name ?? licence.data?.name ?? "";
  return (
    <Section title={t("exports.licence")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act(() => setLicence(projectId, shown));
        }}
      >
        <Group align="end">
          <TextInput
            className={styles.field ?? ""}
            label={t("exports.licenceName")}
            description={t("exports.licenceHint")}
            maxLength={120}
            readOnly={!isAdmin}
            value={shown}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {isAdmin && (
            <Button type="submit" variant="default" loading={busy}>
              {t("exports.keepLicence")}
            </Button>
          )}
          {done && <span role="status">{t("exports.kept")}</span>}
        </Group>
        <Failure error={error} />
      </form>
    </Section>
  );
}
