import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { isServerPage, safeNext } from "@/config/paths";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Mark } from "@/ui/Mark";
import { Notice } from "@/ui/Notice";
import { signIn } from "./api";
import { readProviders, sendCode } from "./security";
import { announceSession, usePageTitle } from "./session";
import { SingleSignOn } from "./SingleSignOn";
import styles from "./SignInPage.module.css";

type Failure = "wrong" | "wrongCode" | "tooMany" | "unreachable" | "unknownIdentity";

export function SignInPage() {
  const { t } = useText();
  usePageTitle(t("auth.signIn"));
  const [search] = useSearchParams();
  const next = safeNext(search.get("next"));
  const [step, setStep] = useState<"password" | "code">("password");
  const enter = useEnter(next);
  const providers = useQuery({ queryKey: ["providers"], queryFn: readProviders, staleTime: Infinity });
  return (
    <SignInFrame>
      {step === "password" ? (
        <>
          <PasswordStep
            returned={search.get("error")}
            onCode={() => setStep("code")}
            onIn={enter}
          />
          {providers.data?.map((provider) => (
            <SingleSignOn key={provider.id} provider={provider} process="login" next={backHere(next)} />
          ))}
        </>
      ) : (
        <CodeStep onIn={enter} onBack={() => setStep("password")} />
      )}
    </SignInFrame>
  );
}

/** After single sign-on this page asks once more who is there: a code may still be wanted. */
function backHere(next: string): string {
  return `/arrived?next=${encodeURIComponent(next)}`;
}

export function SignInFrame({ children }: { children: ReactNode }) {
  const { t } = useText();
  return (
    <div className={styles.page}>
      <main className={styles.box}>
        <header className={styles.head}>
          <Mark />
          <h1>Tiebreak</h1>
          <p>{t("auth.lead")}</p>
        </header>
        {children}
        <footer className={styles.foot}>
          <LanguageSwitch />
        </footer>
      </main>
    </div>
  );
}

export function useEnter(next: string): () => Promise<void> {
  const navigate = useNavigate();
  const client = useQueryClient();
  return async () => {
    client.clear();
    announceSession();
    if (isServerPage(next)) window.location.assign(next);
    else await navigate(next, { replace: true });
  };
}

interface PasswordProps {
  returned: string | null;
  onCode: () => void;
  onIn: () => Promise<void>;
}

function PasswordStep({ returned, onCode, onIn }: PasswordProps) {
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
