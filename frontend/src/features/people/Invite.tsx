import { Button, CopyButton, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { GroupsField } from "@/features/groups/GroupsField";
import type { Role } from "@/features/manage/api";
import { FormDialog } from "@/features/manage/FormDialog";
import { RoleBoxes } from "@/features/manage/RoleBoxes";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { linkOf, makeInvitation, type MadeInvitation } from "./api";
import styles from "./people.module.css";

interface Wish {
  label: string;
  email: string;
  roles: Role[];
  groups: string[];
  /** Null: the field is empty, which its form does not send. */
  days: number | null;
  uses_max: number | null;
}

const EMPTY: Wish = { label: "", email: "", roles: ["labeler"], groups: [], days: 7, uses_max: 1 };

/** Makes a link, and shows it the one time. */
export function Invite({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [wish, setWish] = useState(EMPTY);
  const [made, setMade] = useState<MadeInvitation | null>(null);
  const { act, busy, error, fieldError } = useAct([["invitations", projectId]]);
  const change = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  const close = () => {
    setOpened(false);
    setMade(null);
    setWish(EMPTY);
  };
  const send = async () => {
    if (made) return close();
    const { email, label, groups, roles } = wish;
    const into = wish.roles.includes("labeler") ? groups : [];
    const numbers = { days: Number(wish.days), uses_max: email ? 1 : Number(wish.uses_max) };
    const body = { roles, groups: into, ...numbers, ...(email && { email }), ...(label && { label }) };
    const answer = await act(() => makeInvitation(projectId, body));
    if (answer) setMade(answer);
  };
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        {t("people.invite.make")}
      </Button>
      <FormDialog
        title={t("people.invite.make")}
        send={t(made ? "people.invite.done" : "people.invite.create")}
        opened={opened}
        busy={busy}
        error={error}
        onClose={close}
        onSend={() => void send()}
      >
        {made ? (
          <Made made={made} />
        ) : (
          <>
            <p>{t("people.invite.lead")}</p>
            <RoleBoxes
              value={wish.roles}
              onChange={(roles) => change({ roles })}
              error={fieldError("roles")}
            />
            {wish.roles.includes("labeler") && (
              <GroupsField
                projectId={projectId}
                description={t("people.invite.groupsHint")}
                value={wish.groups}
                onChange={(groups) => change({ groups })}
                error={fieldError("groups")}
              />
            )}
            <NumberField
              label={t("people.invite.days")}
              description="1–90"
              required
              min={1}
              max={90}
              whole
              value={wish.days}
              onChange={(days) => change({ days })}
              error={fieldError("days")}
            />
            <NumberField
              label={t("people.invite.uses")}
              description={t("people.invite.usesHint")}
              required
              min={1}
              max={500}
              whole
              disabled={wish.email !== ""}
              value={wish.email ? 1 : wish.uses_max}
              onChange={(uses_max) => change({ uses_max })}
              error={fieldError("uses_max")}
            />
            <TextInput
              type="email"
              label={t("people.invite.email")}
              description={t("people.invite.emailHint")}
              value={wish.email}
              onChange={(event) => change({ email: event.currentTarget.value.trim() })}
              error={fieldError("email")}
            />
            <TextInput
              label={t("people.invite.label")}
              description={t("people.invite.labelHint")}
              maxLength={100}
              value={wish.label}
              onChange={(event) => change({ label: event.currentTarget.value })}
              error={fieldError("label")}
            />
          </>
        )}
      </FormDialog>
    </>
  );
}

function Made({ made }: { made: MadeInvitation }) {
  const { t } = useText();
  const link = linkOf(made.token);
  return (
    <div role="status">
      <p>{t(made.mailed ? "people.invite.mailed" : "people.invite.once")}</p>
      <div className={styles.once}>
        <code className={styles.link}>{link}</code>
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button variant="default" size="xs" onClick={copy}>
              {t(copied ? "manage.tokens.copied" : "people.invite.copy")}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
