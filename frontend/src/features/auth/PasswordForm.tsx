import { Button, PasswordInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Notice } from "@/ui/Notice";
import { changePassword } from "./security";
import styles from "./security.module.css";
import { useMe } from "./session";

/** A new password; the other sessions end with the old one. */
export function PasswordForm() {
  const { t } = useText();
  const me = useMe();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { act, busy, done, error, fieldError } = useAct([["sessions"]]);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await act(() => changePassword(current, next));
    setCurrent("");
    setNext("");
  };
  const toggle = { "aria-label": t("manage.people.showPassword") };
  const elsewhere = error && !fieldError("current_password") && !fieldError("new_password");
  return (
    <Section title={t("auth.password")}>
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        {me.has_password && (
          <PasswordInput
            label={t("security.password.current")}
            autoComplete="current-password"
            visibilityToggleButtonProps={toggle}
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            error={fieldError("current_password")}
          />
        )}
        <PasswordInput
          label={t("security.password.next")}
          description={t("people.join.passwordHint")}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          required
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          error={fieldError("new_password")}
        />
        {elsewhere ? <Notice tone="bad">{problemWords(t, error)}</Notice> : null}
        {done && <Notice tone="calm">{t("security.password.done")}</Notice>}
        <div>
          <Button type="submit" variant="default" loading={busy}>
            {t("security.password.change")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
