import type { Schemas } from "@/api/client";
import { Facts, Section } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";

type Served = NonNullable<Schemas["Version"]["served"]>;

/** Who runs a policy whose weights are not here, and what that server said of it. Its words are hostile. */
export function ServedBy({ served }: { served: Served }) {
  const { t } = useText();
  const said = Object.entries(served.said).map(
    ([name, value]) =>
      [name, <VisibleText key={name} text={typeof value === "string" ? value : JSON.stringify(value)} />] as const,
  );
  return (
    <Section title={t("served.by")}>
      <p>{t("served.noWeights")}</p>
      <Facts
        rows={[
          [t("served.server"), served.server],
          [t("served.model"), served.model],
        ]}
      />
      <h3>{t("served.said")}</h3>
      <Facts rows={said} />
    </Section>
  );
}
