import { changeMe } from "@/features/auth/api";
import { LANGUAGES, LANGUAGE_CODES, switchLanguage, useText, type Language } from "@/lib/i18n";
import { Choice } from "@/ui/Choice";
import { Dialog } from "@/ui/Dialog";
import styles from "./SettingsDialog.module.css";
import { changePreferences, usePreferences } from "./usePreferences";

const THEMES = ["system", "light", "dark"] as const;
const SIZES = ["s", "m", "l"] as const;
const BREAKS = [0, 25, 50, 90] as const;

/** How I want my screen; every choice is seen at once and kept for every device. */
export default function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t, language } = useText();
  const preferences = usePreferences();
  const minutes = preferences.break_minutes ?? 0;
  const breaks = [...new Set([...BREAKS, minutes])].sort((a, b) => a - b);
  const speak = (locale: Language) => {
    void switchLanguage(locale);
    void changeMe({ locale }).catch(() => undefined);
  };
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <div className={styles.sections}>
        <Choice
          label={t("common.language")}
          options={LANGUAGE_CODES.map((code) => ({ value: code, words: LANGUAGES[code], lang: code }))}
          value={language}
          onChange={speak}
        />
        <Choice
          label={t("settings.theme")}
          options={THEMES.map((value) => ({ value, words: t(`settings.themes.${value}`) }))}
          value={preferences.theme ?? "system"}
          onChange={(theme) => changePreferences({ theme })}
        />
        <Choice
          label={t("settings.textSize")}
          options={SIZES.map((value) => ({ value, words: t(`settings.sizes.${value}`) }))}
          value={preferences.text_size ?? "m"}
          onChange={(text_size) => changePreferences({ text_size })}
        />
        <Choice
          label={t("settings.breaks")}
          hint={t("settings.breaksHint")}
          options={breaks.map((value) => ({
            value,
            words: value === 0 ? t("settings.never") : t("settings.minutes", { count: value }),
          }))}
          value={minutes}
          onChange={(break_minutes) => changePreferences({ break_minutes })}
        />
      </div>
    </Dialog>
  );
}
