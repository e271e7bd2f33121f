import { Component, useEffect, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { isMissingPart, reloadWhenBack } from "@/lib/offline";
import { Button } from "@/ui/Button";
import { Centered } from "@/ui/Centered";

type Failure = "fault" | "missingPart" | null;

/** A fault in the page itself: say so and offer a fresh start. What was done is in the journal. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failure: Failure }> {
  override state: { failure: Failure } = { failure: null };

  static getDerivedStateFromError(error: unknown): { failure: Failure } {
    return { failure: isMissingPart(error) ? "missingPart" : "fault" };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return failure === "missingPart" ? <MissingPart /> : <Broken />;
  }
}

function MissingPart() {
  const { t } = useText();
  useEffect(reloadWhenBack, []);
  return (
    <Centered>
      <p role="status">{t("common.missingPart")}</p>
      <Button onClick={() => window.location.reload()}>{t("common.reload")}</Button>
    </Centered>
  );
}

function Broken() {
  const { t } = useText();
  return (
    <Centered>
      <p>{t("common.broken")}</p>
      <Button onClick={() => window.location.reload()}>{t("common.reload")}</Button>
    </Centered>
  );
}
