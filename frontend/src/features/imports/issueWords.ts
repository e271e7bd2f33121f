export interface Issue {
  rule: string;
  message: string;
}

/** The words for a refused row: those for its very sentence, `{}` where it has a value, else those for its rule. */
export function wordsFor(words: Readonly<Record<string, string>>, issue: Issue): string {
  for (const [sentence, told] of Object.entries(words)) {
    if (!sentence.includes(" ")) continue;
    const found = new RegExp(`^${sentence.split("{}").map(literally).join("(.+?)")}$`, "s").exec(issue.message);
    if (!found) continue;
    let place = 0;
    return told.replace(/\{\}/g, () => found[(place += 1)] ?? "");
  }
  return words[issue.rule] ?? issue.message;
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
