/** What the server refuses, in the reader's language: the codes that people meet, in our own words. */

import { Problem, Unreachable } from "./http";
import type { Text, TextKey } from "./i18n";

const KNOWN: Readonly<Record<string, TextKey>> = {
  already_answered: "problem.alreadyAnswered",
  already_qualified: "practice.passedAlready",
  already_submitted: "problem.alreadySubmitted",
  archived: "projects.closed.archived",
  conflict: "problem.conflict",
  different_content: "problem.differentContent",
  group_in_use: "projects.groups.inUse",
  has_account: "people.problem.hasAccount",
  invalid: "problem.invalid",
  invitation_unusable: "people.problem.unusable",
  last_admin: "people.problem.lastAdmin",
  lease_lost: "problem.leaseLost",
  name_taken: "projects.nameTaken",
  not_authenticated: "auth.signedOut",
  not_counted: "problem.notCounted",
  not_found: "problem.notFound",
  not_in_attempt: "problem.notOpen",
  not_open: "problem.notOpen",
  other_person: "people.problem.otherPerson",
  not_qualified: "practice.first",
  permission_denied: "problem.notAllowed",
  retired: "problem.retired",
  second_factor_needed: "security.gate.why",
  superseded: "history.replaced",
  suspended: "people.problem.suspended",
  throttled: "problem.throttled",
  too_early: "problem.tooEarly",
  too_large: "problem.tooLarge",
  too_late: "labeling.undoFailed",
  too_many_leases: "problem.tooManyLeases",
  unavailable: "problem.unavailable",
  unknown_judgment: "problem.notFound",
  unknown_lease: "problem.unknownLease",
  username_taken: "people.problem.usernameTaken",
  wrong_kind: "problem.wrongKind",
};

/** `message`: the server's own words, for a code that has none here. */
export function codeWords(t: Text, code: string, message: string): string {
  const key = KNOWN[code];
  return key ? t(key) : message || t("common.failed");
}

/** Why something failed, in one sentence. */
export function problemWords(t: Text, error: unknown): string {
  if (error instanceof Unreachable) return t("problem.unavailable");
  if (!(error instanceof Problem)) return t("common.failed");
  return error.status >= 500 ? t("problem.unavailable") : codeWords(t, error.code, error.message);
}
