// Keeps the page itself, never data, for the time when the server does not answer: a reload then
// shows the labeler's work instead of the browser's error. With the server there, the page always
// comes from it; files named by their content come from here. Requests of any other kind, the API
// above all, do not pass through: they are not even looked at.
const KEPT = "tiebreak-page-1";
const PAGE = "/";
const FILES = "/static/app/";
const ENTRY = /assets\/index-[\w-]+\.js/;
const NOBODY_THERE = [502, 503, 504];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// What the first page loaded before this worker was there.
self.addEventListener("message", (event) => {
  const files = (event.data?.files ?? []).filter((path) => path.startsWith(FILES));
  event.waitUntil(keepAll(files));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (!/^\/(api|_allauth|static|admin)\//.test(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith(`${FILES}assets/`)) {
    event.respondWith(file(request));
  } else if (pathname.startsWith(FILES)) {
    event.respondWith(fromServer(request, request.url));
  }
});

async function keepAll(files) {
  await fromServer(new Request(PAGE, { credentials: "same-origin" }), PAGE).catch(() => undefined);
  const cache = await caches.open(KEPT);
  for (const path of files) {
    if (!(await cache.match(path))) await cache.add(path).catch(() => undefined);
  }
}

async function page(request) {
  return fromServer(request, PAGE);
}

/** The server's answer, else the last good one. */
async function fromServer(request, name) {
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const kept = await caches.match(name);
    if (kept) return kept;
    throw error;
  }
  if (NOBODY_THERE.includes(answer.status)) return (await caches.match(name)) ?? answer;
  if (answer.ok && !answer.redirected) await keep(name, answer.clone());
  return answer;
}

/** A page of another build makes the files of the old one useless. */
async function keep(name, answer) {
  if (name === PAGE) {
    const [fresh, kept] = await Promise.all([
      answer.clone().text(),
      caches.match(PAGE).then((old) => old?.text()),
    ]);
    if (!ENTRY.test(fresh)) return;
    if (kept && ENTRY.exec(kept)?.[0] !== ENTRY.exec(fresh)[0]) await caches.delete(KEPT);
  }
  const cache = await caches.open(KEPT);
  await cache.put(name, answer).catch(() => undefined); // no room: then without
}

async function file(request) {
  const kept = await caches.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const copy = answer.clone();
    const cache = await caches.open(KEPT);
    void cache.put(request.url, copy).catch(() => undefined);
  }
  return answer;
}
