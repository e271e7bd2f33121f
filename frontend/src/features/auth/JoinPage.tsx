import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "react-router";
import { api, unwrap, type Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { Problem } from "@/lib/http";
import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { readMe, signIn } from "./api";
import { usePageTitle } from "./session";
import { SignInFrame, useEnter } from "./SignInPage";
import styles from "./SignInPage.module.css";

type Opened = Schemas["OpenedInvitation"];

/** Behind an invitation link. The token stands after the #, which browsers send to nobody. */
export default function JoinPage() {
  const { t } = useText();
  usePageTitle(t("people.join.title"));
  const token = useLocation().hash.slice(1);
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(api.POST("/api/v1/invitations/open", { body: { token } })),
    retry: false,
    staleTime: Infinity,
  });
  const me = useQuery({ queryKey: ["me"], queryFn: readMe, retry: false });
  return (
    <SignInFrame>
      {invitation.error && <Notice tone="bad">{problemWords(t, invitation.error)}</Notice>}
      {invitation.data && !me.isPending && (
        <>
          <Welcome invitation={invitation.data} />
          {me.data ? (
            <Accept token={token} name={me.data.display_name || me.data.username} />
          ) : (
            <NewAccount token={token} />
          )}
        </>
      )}
    </SignInFrame>
  );
}

function Welcome({ invitation }: { invitation: Opened }) {
  const { t } = useText();
  const roles = listOf(invitation.roles.map((role) => t(`manage.role.${role}`)));
  return (
    <div className={styles.welcome}>
      <h2>{t("people.join.welcome", { project: invitation.project_name })}</h2>
      <p>
        {invitation.invited_by
          ? t("people.join.by", { name: invitation.invited_by, roles })
          : t("people.join.as", { roles })}
      </p>
      {invitation.for_one_address && <p>{t("people.join.forOne")}</p>}
    </div>
  );
}

async function join(token: string): Promise<void> {
  await unwrap(api.POST("/api/v1/invitations/accept", { body: { token } }));
}

function Accept({ token, name }: { token: string; name: string }) {
  const { t } = useText();
  const enter = useEnter(paths.home);
  const [error, setError] = useState<unknown>(null);
  return (
    <div className={styles.form}>
      {error !== null && <Notice tone="bad">{problemWords(t, error)}</Notice>}
      <Button kind="primary" className={styles.submit} onClick={() => void join(token).then(enter, setError)}>
        {t("people.join.accept", { name })}
      </Button>
      <SignInInstead token={token} words={t("people.join.other")} />
    </div>
  );
}

function SignInInstead({ token, words }: { token: string; words: string }) {
  const next = encodeURIComponent(`${paths.join}#${token}`);
  return <a href={`${paths.signIn}?next=${next}`}>{words}</a>;
}

function NewAccount({ token }: { token: string }) {
  const { t, language } = useText();
  const enter = useEnter(paths.home);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => String(form.get(name));
    const [username, password] = [said("username").trim(), said("password")];
    setBusy(true);
    setError(null);
    try {
      const body = { token, username, password, display_name: said("name").trim(), locale: language };
      await unwrap(api.POST("/api/v1/invitations/sign-up", { body }));
      await signIn(username, password);
      return void (await enter());
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <Field label={t("people.join.name")} name="name" autoComplete="name" />
      <Field label={t("auth.username")} name="username" autoComplete="username" required />
      <Field label={t("people.join.password")} name="password" type="password" autoComplete="new-password" required />
      <p>{t("people.join.passwordHint")}</p>
      {error !== null && <Notice tone="bad">{words(t, error)}</Notice>}
      <Button kind="primary" type="submit" disabled={busy} className={styles.submit}>
        {t("people.join.create")}
      </Button>
      <SignInInstead token={token} words={t("people.join.haveAccount")} />
    </form>
  );
}

function words(t: ReturnType<typeof useText>["t"], error: unknown): string {
  if (error instanceof Problem && error.errors[0]) return error.errors[0].message;
  return problemWords(t, error);
}

interface FieldProps {
  label: string;
  name: string;
  autoComplete: string;
  type?: string;
  required?: boolean;
}

function Field({ label, ...rest }: FieldProps) {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input autoCapitalize="none" spellCheck={false} maxLength={150} {...rest} />
    </label>
  );
}
