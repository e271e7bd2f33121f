import { useQuery } from "@tanstack/react-query";
import { useText } from "@/lib/i18n";
import { wordsFor, type Issue } from "./issueWords";

/** What a refused row is told: the server says it in English, its rules have Chinese words here. */
export function useIssueWords(): (issue: Issue) => string {
  const { language } = useText();
  const chinese = useQuery({
    queryKey: ["issue-words"],
    queryFn: async () => (await import("@/locales/issues.zh-Hans.json")).default,
    staleTime: Infinity,
    enabled: language === "zh-Hans",
  });
  const words: Readonly<Record<string, string>> = (language === "zh-Hans" && chinese.data) || {};
  return (issue) => wordsFor(words, issue);
}
