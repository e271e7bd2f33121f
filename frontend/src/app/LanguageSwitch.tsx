import { LANGUAGE_CODES, LANGUAGES, switchLanguage, useText, type Language } from "@/lib/i18n";
import styles from "./LanguageSwitch.module.css";

interface Props {
  onChange?: (language: Language) => void;
}

/** The languages by their own names. */
export function LanguageSwitch({ onChange }: Props) {
  const { t, language } = useText();
  return (
    <div className={styles.switch} role="group" aria-label={t("common.language")}>
      {LANGUAGE_CODES.map((code) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={language === code}
          onClick={() => {
            void switchLanguage(code);
            onChange?.(code);
          }}
        >
          {LANGUAGES[code]}
        </button>
      ))}
    </div>
  );
}
