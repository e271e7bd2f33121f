/** What waits for somebody in a project, in the order in which it is best done. */

import type { Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { percent } from "@/features/practice/figures";
import type { Language, TextKey, TextParams } from "@/lib/i18n";

export interface Waiting {
  key: TextKey;
  params: TextParams;
  to: string;
}

export function waitingIn(
  project: string,
  progress: Schemas["MyProgress"] | undefined,
  mine: Schemas["MyPractice"] | undefined,
  language: Language,
  notes: readonly Schemas["MyNoteRow"][] = [],
): Waiting[] {
  const found: Waiting[] = [];
  const { practice, qualification } = mine ?? {};
  const to = paths.practice(project);
  if (practice && practice.next) {
    found.push({ key: "home.practise", params: { count: practice.total - practice.done }, to });
  }
  if (qualification && (qualification.state === "open" || qualification.state === "wait")) {
    found.push({ key: "home.qualify", params: { mark: percent((qualification.pass_mark ?? 0) / 100, language) }, to });
  }
  if (progress && progress.drafts > 0) {
    found.push({ key: "home.unfinished", params: { count: progress.drafts }, to: paths.label(project) });
  }
  const unread = notes.filter((note) => note.read_at === null).length;
  if (unread > 0) {
    found.push({ key: "review.notes.waiting", params: { count: unread }, to: paths.notes(project) });
  }
  return found;
}

const COUNTED_UP_TO = 1000;

/** "1,000+" where the server counted no further. */
export function atLeast(count: number, language: Language): string {
  return `${count.toLocaleString(language)}${count >= COUNTED_UP_TO ? "+" : ""}`;
}

/** What waits for somebody who reviews. */
export function reviewWaitingIn(
  project: string,
  counts: Schemas["ReviewWaiting"],
  language: Language,
): Waiting[] {
  const shown = (count: number) => ({ count, shown: atLeast(count, language) });
  const found: Waiting[] = [
    { key: "home.review.items", params: shown(counts.items), to: paths.manage(project, "review") },
    { key: "home.review.reports", params: shown(counts.reports), to: paths.manage(project, "reports") },
    { key: "home.review.alarms", params: shown(counts.alarms), to: paths.manage(project, "quality") },
  ];
  return found.filter(({ params }) => params.count !== 0);
}
