import { Component, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Centered } from "@/ui/Centered";

/** A fault in the page itself: say so and offer a fresh start. Drafts are on the server. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
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
