import { Button, PasswordInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { addMember, type Role } from "./api";
import { FormDialog } from "./FormDialog";
import { RoleBoxes } from "./RoleBoxes";

const EMPTY = { username: "", display_name: "", password: "", roles: ["labeler"] as Role[] };

/** With a password the person is made new; without one somebody who has an account joins. */
export function AddPerson({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [person, setPerson] = useState(EMPTY);
  const { act, busy, error, fieldError } = useAct([["members", projectId], ["overview", projectId]]);
  const change = (part: Partial<typeof EMPTY>) => setPerson((before) => ({ ...before, ...part }));
  const weak =
    error instanceof Problem && error.code === "weak_credentials" ? error.message : undefined;
  const send = async () => {
    const { username, display_name, password, roles } = person;
    const added = await act(() =>
      addMember(projectId, {
        username,
        roles,
        ...(display_name ? { display_name } : {}),
        ...(password ? { password } : {}),
      }),
    );
    if (added) {
      setOpened(false);
      setPerson(EMPTY);
    }
  };
  return (
    <>
      <Button onClick={() => setOpened(true)}>{t("manage.people.add")}</Button>
      <FormDialog
        title={t("manage.people.add")}
        send={t("manage.people.add")}
        opened={opened}
        busy={busy}
        error={weak ? null : error}
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <Text size="sm">{t("manage.people.addLead")}</Text>
        <TextInput
          label={t("auth.username")}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={person.username}
          onChange={(event) => change({ username: event.currentTarget.value })}
          error={fieldError("username")}
        />
        <TextInput
          label={t("manage.people.displayName")}
          autoComplete="off"
          value={person.display_name}
          onChange={(event) => change({ display_name: event.currentTarget.value })}
          error={fieldError("display_name")}
        />
        <PasswordInput
          label={t("auth.password")}
          description={t("manage.people.passwordHint")}
          autoComplete="new-password"
          value={person.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
          error={fieldError("password") ?? weak}
          visibilityToggleButtonProps={{ "aria-label": t("manage.people.showPassword") }}
        />
        <RoleBoxes
          value={person.roles}
          onChange={(roles) => change({ roles })}
          error={fieldError("roles")}
        />
      </FormDialog>
    </>
  );
}
