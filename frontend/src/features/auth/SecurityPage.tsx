import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { ConsoleShell } from "@/features/console/ConsoleShell";
import { ConfirmButton, PageHead, Section, Tag } from "@/features/console/parts";
import { Deletion } from "@/features/people/Deletion";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { Enrol } from "./Enrol";
import { PasswordForm } from "./PasswordForm";
import { Reauthenticate, useAskingAgain } from "./Reauthenticate";
import { RecoveryCodes } from "./RecoveryCodes";
import {
  readIdentities,
  readProviders,
  readRecoveryCodes,
  removeFactor,
  renewRecoveryCodes,
  unlink,
  type Provider,
} from "./security";
import { useMe } from "./session";
import { Sessions } from "./Sessions";
import { SingleSignOn } from "./SingleSignOn";

/** How I sign in, and where I am signed in. */
export default function SecurityPage() {
  const { t } = useText();
  return (
    <ConsoleShell
      title={t("security.title")}
      sections={[
        {
          doors: [
            { to: paths.security, label: "security.title" },
            { to: paths.tokens, label: "manage.tokens.title" },
          ],
        },
      ]}
    >
      <PageHead title={t("security.title")} lead={t("security.lead")} />
      <SecondFactor />
      <PasswordForm />
      <SignOnElsewhere />
      <Sessions />
      <Deletion />
    </ConsoleShell>
  );
}

function SecondFactor() {
  const { t } = useText();
  const me = useMe();
  const client = useQueryClient();
  const [search] = useSearchParams();
  const [enrolling, setEnrolling] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const asking = useAskingAgain();
  const needed = me.needs_second_factor.length > 0 || search.has("needed");
  const changed = () => client.invalidateQueries({ queryKey: ["me"] });
  const enrolled = async () => {
    setEnrolling(false);
    setCodes((await readRecoveryCodes()).codes);
    await changed();
  };
  return (
    <Section title={t("security.factor.title")}>
      <p>
        <Tag tone={me.has_second_factor ? "good" : "calm"}>
          {t(me.has_second_factor ? "security.factor.on" : "security.factor.off")}
        </Tag>
      </p>
      {needed && !me.has_second_factor && <Notice tone="warn">{t("security.factor.needed")}</Notice>}
      {codes && <RecoveryCodes codes={codes} />}
      {enrolling ? (
        <Enrol asking={asking} onDone={() => void enrolled()} onCancel={() => setEnrolling(false)} />
      ) : me.has_second_factor ? (
        <div>
          <Button
            size="xs"
            variant="default"
            mr="xs"
            mb="xs"
            onClick={() => void asking.run(async () => setCodes(await renewRecoveryCodes()))}
          >
            {t("security.codes.renew")}
          </Button>
          <ConfirmButton
            danger
            label={t("security.factor.remove")}
            question={t("security.factor.removeAsk")}
            onConfirm={() => asking.run(() => removeFactor().then(changed)).then(() => setCodes(null))}
          />
        </div>
      ) : (
        <div>
          <p>{t("security.factor.why")}</p>
          <Button mt="sm" onClick={() => setEnrolling(true)}>
            {t("security.factor.setUp")}
          </Button>
        </div>
      )}
      {me.has_second_factor && needed && codes && (
        <Link to={paths.home}>{t("security.factor.goOn")}</Link>
      )}
      <Reauthenticate asking={asking} />
    </Section>
  );
}

/** Single sign-on, where this installation has it. */
function SignOnElsewhere() {
  const { t } = useText();
  const providers = useQuery({ queryKey: ["providers"], queryFn: readProviders, staleTime: Infinity });
  if (!providers.data?.length) return null;
  return (
    <Section title={t("security.sso.title")}>
      {providers.data.map((provider) => (
        <Tied key={provider.id} provider={provider} />
      ))}
    </Section>
  );
}

function Tied({ provider }: { provider: Provider }) {
  const { t } = useText();
  const client = useQueryClient();
  const [search] = useSearchParams();
  const asking = useAskingAgain();
  const identities = useQuery({ queryKey: ["identities"], queryFn: readIdentities });
  const mine = identities.data?.filter((one) => one.provider.id === provider.id) ?? [];
  const again = () => client.invalidateQueries({ queryKey: ["identities"] });
  return (
    <>
      {search.get("error") && <Notice tone="bad">{t("security.sso.failed")}</Notice>}
      {mine.map((identity) => (
        <p key={identity.uid}>
          {t("security.sso.tied", { name: provider.name, as: identity.display })}{" "}
          <Button
            size="xs"
            variant="default"
            onClick={() => void asking.run(() => unlink(identity).then(again))}
          >
            {t("security.sso.unlink")}
          </Button>
        </p>
      ))}
      {mine.length === 0 && (
        <SingleSignOn provider={provider} process="connect" next={paths.security} />
      )}
      <Reauthenticate asking={asking} />
    </>
  );
}
