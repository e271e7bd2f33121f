import { useText } from "@/lib/i18n";
import { csrfToken } from "@/lib/http";
import { Button } from "@/ui/Button";
import type { Provider } from "./security";
import styles from "./SignInPage.module.css";

interface Props {
  provider: Provider;
  /** Sign in with it, or tie it to the account that is signed in. */
  process: "login" | "connect";
  /** Where to come back to. */
  next: string;
  /** In a tab of its own: this page stays as it is. */
  apart?: boolean;
}

/** A form of its own, because the answer is another site's page. */
export function SingleSignOn({ provider, process, next, apart }: Props) {
  const { t } = useText();
  return (
    <form
      method="post"
      target={apart ? "_blank" : undefined}
      action="/_allauth/browser/v1/auth/provider/redirect"
      className={styles.form}
      onSubmit={(event) => {
        const field = event.currentTarget.elements.namedItem("csrfmiddlewaretoken");
        if (field instanceof HTMLInputElement) field.value = csrfToken();
      }}
    >
      <input type="hidden" name="provider" value={provider.id} />
      <input type="hidden" name="process" value={process} />
      <input type="hidden" name="callback_url" value={next} />
      <input type="hidden" name="csrfmiddlewaretoken" />
      <Button type="submit" className={styles.submit}>
        {t(process === "login" ? "security.sso.signIn" : "security.sso.link", { name: provider.name })}
      </Button>
    </form>
  );
}
