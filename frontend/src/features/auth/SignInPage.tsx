import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { safeNext } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Mark } from "@/ui/Mark";
import { Notice } from "@/ui/Notice";
import { signIn } from "./api";
import { announceSession, usePageTitle } from "./session";
import styles from "./SignInPage.module.css";

export function SignInPage() {
  const { t } = useText();
  usePageTitle(t("auth.signIn"));
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const client = useQueryClient();
  const [failure, setFailure] = useState<"wrong" | "secondFactor" | "tooMany" | "unreachable" | null>(
    null,
  );
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    try {
      const result = await signIn(String(form.get("username")).trim(), String(form.get("password")));
      if (result.ok) {
        client.clear();
        announceSession();
        await navigate(safeNext(search.get("next")), { replace: true });
        return;
      }
      setFailure(result.reason);
    } catch {
      setFailure("unreachable");
    }
    setBusy(false);
  };

  return (
    <div className={styles.page}>
      <main className={styles.box}>
        <header className={styles.head}>
          <Mark />
          <h1>Tiebreak</h1>
          <p>{t("auth.lead")}</p>
        </header>
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          <label className={styles.field}>
            <span>{t("auth.username")}</span>
            <input
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
            />
          </label>
          <label className={styles.field}>
            <span>{t("auth.password")}</span>
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          {failure && <Notice tone="bad">{t(`auth.failure.${failure}`)}</Notice>}
          <Button kind="primary" type="submit" disabled={busy} className={styles.submit}>
            {t("auth.signIn")}
          </Button>
        </form>
        <footer className={styles.foot}>
          <LanguageSwitch />
        </footer>
      </main>
    </div>
  );
}
