import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWorkplace } from "@/features/labeling/workplace";
import { useText } from "@/lib/i18n";
import { Dialog } from "@/ui/Dialog";
import type { Me } from "./api";
import { readProviders } from "./security";
import { CodeStep, PasswordStep } from "./SignInSteps";
import { SingleSignOn } from "./SingleSignOn";

interface Props {
  /** Whose page it is. */
  person: Me;
  onIn: () => Promise<void>;
}

/** Over a page whose session has ended: the page waits, with all that was typed, until its person is back. */
export function SessionEnded({ person, onIn }: Props) {
  const { t } = useText();
  const { outbox } = useWorkplace();
  const [step, setStep] = useState<"password" | "code">("password");
  const providers = useQuery({ queryKey: ["providers"], queryFn: readProviders, staleTime: Infinity });
  const enter = async () => {
    await onIn();
    outbox.retryNow();
  };
  return (
    <Dialog title={t("auth.ended.title")}>
      <p>{t("auth.ended.why", { name: person.display_name || person.username })}</p>
      {step === "password" ? (
        <>
          <PasswordStep
            returned={null}
            username={person.username}
            onCode={() => setStep("code")}
            onIn={enter}
          />
          {providers.data?.map((provider) => (
            <SingleSignOn key={provider.id} provider={provider} process="login" next="/arrived" apart />
          ))}
          {(providers.data?.length ?? 0) > 0 && <p className="muted">{t("auth.ended.elsewhere")}</p>}
        </>
      ) : (
        <CodeStep onIn={enter} onBack={() => setStep("password")} />
      )}
      <p className="muted">{t("auth.ended.other")}</p>
    </Dialog>
  );
}
