import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { FormDialog } from "@/features/manage/FormDialog";
import { useText } from "@/lib/i18n";
import { AskAgain, proveMyself } from "./security";
import { useMe } from "./session";

export interface Asking {
  /** Do it; where the server wants to know again who it is, ask, and then do it. */
  run: (act: () => Promise<unknown>) => Promise<void>;
  waiting: (() => Promise<unknown>) | null;
  error: unknown;
  drop: () => void;
}

/** Acts for which the server may ask for the password or a code once more. */
export function useAskingAgain(): Asking {
  const [waiting, setWaiting] = useState<(() => Promise<unknown>) | null>(null);
  const [error, setError] = useState<unknown>(null);
  const run = async (act: () => Promise<unknown>) => {
    setError(null);
    try {
      await act();
      setWaiting(null);
    } catch (failure) {
      if (failure instanceof AskAgain) setWaiting(() => act);
      else setError(failure);
    }
  };
  return { run, waiting, error, drop: () => setWaiting(null) };
}

export function Reauthenticate({ asking }: { asking: Asking }) {
  const { t } = useText();
  const me = useMe();
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const byCode = me.has_second_factor;
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      await proveMyself(byCode ? { code: said.replace(/\s/g, "") } : { password: said });
      setSaid("");
      const act = asking.waiting;
      asking.drop();
      if (act) await asking.run(act);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const field = {
    required: true,
    "data-autofocus": true,
    value: said,
    onChange: (event: { currentTarget: { value: string } }) => setSaid(event.currentTarget.value),
  };
  return (
    <>
      <Failure error={asking.error} />
      <FormDialog
        title={t("security.again.title")}
        send={t("security.again.send")}
        opened={asking.waiting !== null}
        busy={busy}
        error={error}
        onClose={asking.drop}
        onSend={() => void send()}
      >
        <p>{t("security.again.why")}</p>
        {byCode ? (
          <TextInput label={t("security.code")} autoComplete="one-time-code" {...field} />
        ) : (
          <PasswordInput
            label={t("auth.password")}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": t("manage.people.showPassword") }}
            {...field}
          />
        )}
      </FormDialog>
    </>
  );
}
