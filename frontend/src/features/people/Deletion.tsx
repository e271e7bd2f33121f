import { Button, Radio, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap, type Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { Awaited, Facts, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";

type Preview = Schemas["ErasurePreview"];
type Judgments = "keep" | "withdraw";

const of = (user_id: string) => ({ path: { user_id } });

async function eraseWhole(user: string, judgments: Judgments, confirm: string): Promise<void> {
  for (;;) {
    const body = { judgments, confirm };
    const done = await unwrap(api.POST("/api/v1/people/{user_id}/erasure", { params: of(user), body }));
    if (done.finished) return;
  }
}

/** Deleting a person for good: oneself, or somebody else by staff. */
export function Deletion({ userId, onDone }: { userId?: string; onDone?: () => void }) {
  const { t } = useText();
  const me = useMe();
  const user = userId ?? me.id;
  const [opened, setOpened] = useState(false);
  return (
    <Section title={t("people.erase.title")}>
      <p>{t(userId ? "people.erase.leadOther" : "people.erase.lead")}</p>
      <div>
        <Button color="red" variant="outline" onClick={() => setOpened(true)}>
          {t("people.erase.begin")}
        </Button>
      </div>
      {opened && (
        <EraseDialog
          user={user}
          onClose={() => setOpened(false)}
          onDone={onDone ?? (() => window.location.assign(paths.signIn))}
        />
      )}
    </Section>
  );
}

interface DialogProps {
  user: string;
  onClose: () => void;
  onDone: () => void;
}

function EraseDialog({ user, onClose, onDone }: DialogProps) {
  const { t } = useText();
  const [judgments, setJudgments] = useState<Judgments>("keep");
  const [typed, setTyped] = useState("");
  const { act, busy, error } = useAct([]);
  const preview = useQuery({
    queryKey: ["erasure", user],
    queryFn: () => unwrap(api.GET("/api/v1/people/{user_id}/erasure", { params: of(user) })),
    gcTime: 0,
  });
  const send = async () => {
    const done = await act(() => eraseWhole(user, judgments, typed).then(() => true));
    if (done) onDone();
  };
  return (
    <FormDialog
      danger
      title={t("people.erase.title")}
      send={t("people.erase.send")}
      opened
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <Awaited query={preview}>
        {(seen) => (
          <Stack>
            <Notice tone="warn">{t("people.erase.final")}</Notice>
            <Consequences seen={seen} judgments={judgments} />
            <Radio.Group
              label={t("people.erase.judgments")}
              value={judgments}
              onChange={(value) => setJudgments(value as Judgments)}
            >
              <Stack gap="xs" mt="xs">
                <Radio value="keep" label={t("people.erase.keep")} />
                <Radio value="withdraw" label={t("people.erase.withdraw")} />
              </Stack>
            </Radio.Group>
            <TextInput
              label={t("people.erase.confirm", { username: seen.username })}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </Stack>
        )}
      </Awaited>
    </FormDialog>
  );
}

function Consequences({ seen, judgments }: { seen: Preview; judgments: Judgments }) {
  const { t, language } = useText();
  const number = (value: number) => value.toLocaleString(language);
  const withdrawn = judgments === "withdraw";
  const last = seen.is_last_admin_of;
  return (
    <>
      {last.length > 0 && (
        <Notice tone="bad">{t("people.erase.lastAdmin", { projects: listOf(last) })}</Notice>
      )}
      <Facts
        rows={[
          [t("people.erase.projects"), number(seen.projects)],
          [t("people.erase.counted"), number(seen.rankings + seen.demonstrations)],
          [t("people.erase.drafts"), number(seen.drafts)],
          [t("people.erase.reopened"), withdrawn ? number(seen.items_reopened) : ""],
          [t("people.erase.snapshots"), withdrawn ? number(seen.snapshots) : ""],
          [t("people.erase.versions"), withdrawn ? number(seen.versions) : ""],
          [t("people.erase.runs"), withdrawn ? number(seen.runs) : ""],
        ]}
      />
    </>
  );
}
