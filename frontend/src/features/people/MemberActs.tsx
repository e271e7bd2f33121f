import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMe } from "@/features/auth/session";
import { ConfirmButton } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import type { LabelerWork } from "@/features/groups/api";
import { LabelerDialog } from "@/features/groups/LabelerDialog";
import { changeRoles, removeMember, type Member, type Role } from "@/features/manage/api";
import { FormDialog } from "@/features/manage/FormDialog";
import { RoleBoxes } from "@/features/manage/RoleBoxes";
import { useRefresh } from "@/features/manage/useRefresh";
import { useText } from "@/lib/i18n";
import { signOut, suspend, unsuspend } from "./api";
import styles from "./people.module.css";

interface Props {
  member: Member;
  projectId: string;
  /** What they may be given, where they are a labeler and it is at hand. */
  work?: LabelerWork | undefined;
}

type Open = "roles" | "work" | "suspend" | null;

/** What an admin may do about a member. */
export function MemberActs({ member, projectId, work }: Props) {
  const { t } = useText();
  const me = useMe();
  const [open, setOpen] = useState<Open>(null);
  const refresh = useRefresh([["members", projectId], ["overview", projectId], ["person"]]);
  const name = member.display_name || member.username;
  const isMe = member.user_id === me.id;
  const close = () => setOpen(null);
  return (
    <div className={styles.acts}>
      <Button
        size="xs"
        variant="default"
        aria-label={t("manage.people.rolesOf", { name })}
        onClick={() => setOpen("roles")}
      >
        {t("manage.people.roles")}
      </Button>
      {work && (
        <Button
          size="xs"
          variant="default"
          aria-label={t("people.mayDoOf", { name })}
          onClick={() => setOpen("work")}
        >
          {t("people.mayDo")}
        </Button>
      )}
      {!isMe && member.suspended_at && (
        <Button
          size="xs"
          variant="default"
          aria-label={t("people.unsuspendOf", { name })}
          onClick={() => void unsuspend(projectId, member.user_id).then(refresh)}
        >
          {t("people.unsuspend")}
        </Button>
      )}
      {!isMe && !member.suspended_at && (
        <Button
          size="xs"
          variant="default"
          aria-label={t("people.suspendOf", { name })}
          onClick={() => setOpen("suspend")}
        >
          {t("people.suspend")}
        </Button>
      )}
      {!isMe && (
        <ConfirmButton
          label={t("people.signOut")}
          question={t("people.signOutAsk", { name })}
          onConfirm={() => signOut(projectId, member.user_id).then(refresh)}
        />
      )}
      {!isMe && (
        <ConfirmButton
          danger
          label={t("manage.people.remove")}
          question={t("manage.people.removeQuestion", { name })}
          onConfirm={() => removeMember(projectId, member.user_id).then(refresh)}
        />
      )}
      {work && open === "work" && <LabelerDialog projectId={projectId} labeler={work} onClose={close} />}
      <RolesDialog opened={open === "roles"} member={member} projectId={projectId} onClose={close} />
      <SuspendDialog
        opened={open === "suspend"}
        member={member}
        projectId={projectId}
        onClose={close}
      />
    </div>
  );
}

interface DialogProps extends Omit<Props, "work"> {
  opened: boolean;
  onClose: () => void;
}

function RolesDialog({ opened, member, projectId, onClose }: DialogProps) {
  const { t } = useText();
  const [roles, setRoles] = useState<Role[]>(member.roles);
  const { act, busy, error, fieldError } = useAct([["members", projectId], ["me"], ["person"]]);
  const send = async () => {
    if (await act(() => changeRoles(projectId, member.user_id, roles))) onClose();
  };
  const title = t("manage.people.rolesOf", { name: member.display_name || member.username });
  return (
    <FormDialog
      title={title}
      send={t("console.save")}
      opened={opened}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <RoleBoxes value={roles} onChange={setRoles} error={fieldError("roles")} />
    </FormDialog>
  );
}

function SuspendDialog({ opened, member, projectId, onClose }: DialogProps) {
  const { t } = useText();
  const [reason, setReason] = useState("");
  const { act, busy, error } = useAct([["members", projectId], ["person"]]);
  const send = async () => {
    if (await act(() => suspend(projectId, member.user_id, reason))) onClose();
  };
  return (
    <FormDialog
      danger
      title={t("people.suspendOf", { name: member.display_name || member.username })}
      send={t("people.suspend")}
      opened={opened}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <p>{t("people.suspendWhat")}</p>
      <Textarea
        label={t("people.reason")}
        description={t("people.reasonHint")}
        autosize
        minRows={2}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
