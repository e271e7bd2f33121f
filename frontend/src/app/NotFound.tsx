import { Link } from "react-router";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { Centered } from "@/ui/Centered";

export function NotFound() {
  const { t } = useText();
  return (
    <Centered>
      <h1>{t("common.notFound")}</h1>
      <Link to={paths.home}>{t("nav.home")}</Link>
    </Centered>
  );
}
