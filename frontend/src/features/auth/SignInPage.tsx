import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { isServerPage, safeNext } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { Mark } from "@/ui/Mark";
import { readProviders } from "./security";
import { announceSession, usePageTitle } from "./session";
import { CodeStep, PasswordStep } from "./SignInSteps";
import { SingleSignOn } from "./SingleSignOn";
import styles from "./SignInPage.module.css";

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
