/** The steps of signing in, for the page and for the dialog over a page whose session has ended. */

import { useState, type FormEvent } from "react";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { signIn } from "./api";
import { sendCode } from "./security";
import styles from "./SignInPage.module.css";

type Failure = "wrong" | "wrongCode" | "tooMany" | "unreachable" | "unknownIdentity";

interface PasswordProps {
  returned: string | null;
  /** Who was here; the name is filled in, and the password comes first. */
  username?: string;
  onCode: () => void;
  onIn: () => Promise<void>;
}

export function PasswordStep({ returned, username, onCode, onIn }: PasswordProps) {
  const { t } = useText();
  const [failure, setFailure] = useState<Failure | null>(returned ? "unknownIdentity" : null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    try {
      const result = await signIn(String(form.get("username")).trim(), String(form.get("password")));
      if (result.ok) return void (await onIn());
      if (result.reason === "secondFactor") return onCode();
      setFailure(result.reason);
    } catch {
      setFailure("unreachable");
    }
    setBusy(false);
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <label className={styles.field}>
        <span>{t("auth.username")}</span>
        <input
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus={username === undefined}
          defaultValue={username}
        />
      </label>
      <label className={styles.field}>
        <span>{t("auth.password")}</span>
        <input
          name="password"
          type="password"
          autoComplete="current-password"
          required
          data-autofocus={username !== undefined || undefined}
        />
      </label>
      {failure && <Notice tone="bad">{t(`auth.failure.${failure}`)}</Notice>}
      <Button kind="primary" type="submit" disabled={busy} className={styles.submit}>
        {t("auth.signIn")}
      </Button>
    </form>
  );
}

interface CodeProps {
  onIn: () => Promise<void>;
  onBack: () => void;
}

/** The second step: a code from the app, or a recovery code. */
export function CodeStep({ onIn, onBack }: CodeProps) {
  const { t } = useText();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code")).replace(/\s/g, "");
    setBusy(true);
    setFailure(null);
    try {
      await sendCode(code);
      return void (await onIn());
    } catch (error) {
      const limited = error instanceof Problem && error.status === 429;
      setFailure(limited ? "tooMany" : error instanceof Problem ? "wrongCode" : "unreachable");
    }
    setBusy(false);
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <label className={styles.field}>
        <span>{t("security.code")}</span>
        <input name="code" autoComplete="one-time-code" inputMode="numeric" required autoFocus />
      </label>
      <p>{t("security.codeHint")}</p>
      {failure && <Notice tone="bad">{t(`auth.failure.${failure}`)}</Notice>}
      <Button kind="primary" type="submit" disabled={busy} className={styles.submit}>
        {t("auth.signIn")}
      </Button>
      <Button kind="quiet" onClick={onBack}>
        {t("security.back")}
      </Button>
    </form>
  );
}
