import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { Centered } from "@/ui/Centered";
import { useMe } from "./session";

/** The pages of roles that count only with a second factor lead to setting one up. */
export function FactorGate({ children }: { children: ReactNode }) {
  const { t } = useText();
  const me = useMe();
  const { projectId } = useParams();
  const roles: string[] = me.memberships.find((each) => each.project.id === projectId)?.roles ?? [];
  const closed =
    !me.has_second_factor && roles.some((role) => me.needs_second_factor.includes(role));
  if (!closed) return children;
  return (
    <>
      <TopBar />
      <main>
        <Centered>
          <h1>{t("security.gate.title")}</h1>
          <p>{t("security.gate.why")}</p>
          <Link to={`${paths.security}?needed=1`}>{t("security.factor.setUp")}</Link>
        </Centered>
      </main>
    </>
  );
}
