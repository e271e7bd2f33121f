import { Anchor, Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { ConfirmButton } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { useRefresh } from "@/features/manage/useRefresh";
import { useText } from "@/lib/i18n";
import { forgetView, readViews, saveView } from "./api";
import own from "./explorer.module.css";

/** My own filters, by name. */
export function SavedViews({ projectId }: { projectId: string }) {
  const { t } = useText();
  const key = ["saved-views", projectId];
  const views = useQuery({ queryKey: key, queryFn: () => readViews(projectId) });
  const refresh = useRefresh([key]);
  const [search] = useSearchParams();
  const here = search.toString();
  const current = views.data?.find((view) => view.query === here);
  return (
    <nav className={own.views} aria-label={t("explorer.views")}>
      {views.data?.map((view) => (
        <Anchor
          key={view.id}
          component={Link}
          to={`?${view.query}`}
          aria-current={view.query === here ? "page" : undefined}
        >
          {view.name}
        </Anchor>
      ))}
      {current ? (
        <ConfirmButton
          label={t("explorer.forget")}
          question={t("explorer.forgetAsk", { name: current.name })}
          onConfirm={() => forgetView(current.id).then(refresh)}
        />
      ) : (
        <Save projectId={projectId} query={here} />
      )}
    </nav>
  );
}

function Save({ projectId, query }: { projectId: string; query: string }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const { act, busy, error, fieldError } = useAct([["saved-views", projectId]]);
  const send = async () => {
    if (await act(() => saveView(projectId, { name, query }))) setOpened(false);
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        {t("explorer.save")}
      </Button>
      <FormDialog
        title={t("explorer.save")}
        send={t("explorer.keep")}
        opened={opened}
        busy={busy}
        error={error}
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <TextInput
          label={t("explorer.viewName")}
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError("name")}
        />
      </FormDialog>
    </>
  );
}
