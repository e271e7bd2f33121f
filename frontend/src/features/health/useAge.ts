import { formatDuration } from "@/lib/format";
import { useText } from "@/lib/i18n";

/** Seconds in words; a dash where nothing waits. */
export function useAge(): (seconds: number | null) => string {
  const { language } = useText();
  return (seconds) => (seconds === null ? "–" : formatDuration(seconds * 1000, language));
}
