import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { Awaited, Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import type { Version } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { promote, useCard } from "./api";
import { Checks } from "./Checks";

/** Brings a version into use, after showing what speaks for it; against a check only with a reason. */
export function PromoteButton({ projectId, version }: { projectId: string; version: Version }) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t("train.versions.promote")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t("train.versions.promote")}
        centered
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Promotion projectId={projectId} version={version} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

interface PromotionProps {
  projectId: string;
  version: Version;
  onClose: () => void;
}

function Promotion({ projectId, version, onClose }: PromotionProps) {
  const { t } = useText();
  const card = useCard(version.id);
  const [reason, setReason] = useState("");
  const { act, busy, error } = useAct([
    ["versions", projectId],
    ["version-card", version.id],
    ["lineage", projectId],
  ]);
  const go = async () => {
    if (await act(() => promote(version.id, reason))) onClose();
  };
  return (
    <Stack>
      <Text>{t("train.versions.promoteQuestion", { name: version.name })}</Text>
      <Awaited query={card}>
        {({ checks }) => {
          const against = checks.some((check) => !check.passed);
          return (
            <>
              <Checks projectId={projectId} versionId={version.id} checks={checks} />
              {against && (
                <Textarea
                  label={t("registry.promote.reason")}
                  description={t("registry.promote.reasonHint")}
                  value={reason}
                  maxLength={2000}
                  autosize
                  minRows={2}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
              )}
              <Failure error={error} />
              <Group justify="flex-end">
                <Button variant="default" onClick={onClose}>
                  {t("common.cancel")}
                </Button>
                <Button loading={busy} disabled={against && !reason.trim()} onClick={() => void go()}>
                  {t(against ? "registry.promote.allTheSame" : "train.versions.promote")}
                </Button>
              </Group>
            </>
          );
        }}
      </Awaited>
    </Stack>
  );
}
