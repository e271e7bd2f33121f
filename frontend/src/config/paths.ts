/** Every address of the app, in one place. */

export const paths = {
  home: "/",
  signIn: "/sign-in",
  tokens: "/tokens",
  security: "/security",
  join: "/join",
  myFigures: (project: string) => `/label/${project}/me`,
  label: (project: string) => `/label/${project}`,
  history: (project: string) => `/label/${project}/history`,
  notes: (project: string) => `/label/${project}/notes`,
  note: (project: string, note: string) => `/label/${project}/notes/${note}`,
  practice: (project: string) => `/label/${project}/practice`,
  chat: (project: string) => `/chat/${project}`,
  conversation: (project: string, conversation: string) => `/chat/${project}/${conversation}`,
  newProject: "/new-project",
  wizard: (project: string) => `/set-up/${project}`,
  manage: (project: string, page = "overview") => `/manage/${project}/${page}`,
  train: (project: string, page = "versions") => `/train/${project}/${page}`,
  version: (project: string, version: string) => `/train/${project}/versions/${version}`,
  trial: (project: string, trial: string) => `/train/${project}/playground/${trial}`,
  campaign: (project: string, campaign: string) => `/train/${project}/judging/${campaign}`,
  run: (project: string, run: string) => `/train/${project}/runs/${run}`,
} as const;

/** The project that an address is about. */
export function projectOf(pathname: string): string | undefined {
  return /^\/(?:label|chat|manage|train|set-up)\/([0-9a-f-]{36})(?:\/|$)/.exec(pathname)?.[1];
}

/** A page that the server makes, outside this app. */
export function isServerPage(path: string): boolean {
  return path.startsWith("/admin/");
}

/** Where to go after signing in: a path of ours, never another site. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : paths.home;
}
