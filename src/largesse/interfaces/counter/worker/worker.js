// The counter's worker: shows an anonymous page when there is no line, and keeps a redemption that was sent and not answered.
// It knows neither names nor tokens. Version 2.
const HOME = new URL(self.registration.scope).pathname;
const SHELL = `${HOME}/offline`;
const CACHE = `largesse-shell ${HOME}`;
const WAIT_MS = 2000;
const PROBE = "/healthz"; // asks nothing of the database
const REDEEM = `${HOME}/bill/redeem`;

const mine = (path) => path === HOME || path.startsWith(`${HOME}/`);
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// The page and what it is dressed with, kept together: its addresses change with every version.
async function keepShell() {
  const answer = await fetch(SHELL, { cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  const wanted = new Set([...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((found) => found[1]));
  const cache = await caches.open(CACHE);
  await Promise.all([...wanted].map(async (address) => (await cache.match(address)) ?? cache.add(address)));
  await cache.put(SHELL, answer);
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname !== SHELL && !wanted.has(pathname)) await cache.delete(url);
  }
}

async function state(key, value) {
  const opening = indexedDB.open(`largesse-line ${HOME}`, 1);
  opening.onupgradeneeded = () => {
    for (const store of ["state", "book", "rows"]) opening.result.createObjectStore(store);
  };
  const database = await done(opening);
  try {
    const store = database.transaction("state", value ? "readwrite" : "readonly").objectStore("state");
    return await done(value ? store.put(value, key) : store.get(key));
  } finally {
    database.close();
  }
}

const within = (ms, work) => Promise.race([work, new Promise((_, reject) => setTimeout(() => reject(new Error("No answer in time.")), ms))]);

// A slow answer is no loss of the line: as long as the server answers anything, what was asked for is waited for.
async function lineStands() {
  try {
    await within(WAIT_MS, fetch(PROBE, { cache: "no-store" }));
    return true;
  } catch {
    return false;
  }
}
async function whileThereIsALine(asked) {
  for (;;) {
    const stands = new Promise((resolve) => setTimeout(() => resolve(lineStands()), WAIT_MS));
    const first = await Promise.race([asked, stands]);
    if (first instanceof Response) return first;
    if (!first) throw new Error("There is no line.");
  }
}

async function answered(request, path) {
  const shell = await (await caches.open(CACHE)).match(SHELL);
  if (!shell || !(await state("terms"))) return fetch(request);
  const redeems = request.method === "POST" && path === REDEEM;
  const sent = redeems ? await request.clone().formData() : null;
  const asked = fetch(request);
  try {
    // What is sent may take its time, apart from a redemption, before which a guest stands.
    if (redeems) return await within(WAIT_MS, asked);
    return await (request.method === "GET" ? whileThereIsALine(asked) : asked);
  } catch {
    asked.catch(() => {}); // it may still arrive, and happens once
    if (sent) await state("begun", { fields: Object.fromEntries(sent), at: Date.now() });
    return shell;
  }
}

addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepShell());
});
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
addEventListener("message", (event) => event.waitUntil(keepShell().catch(() => {})));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && mine(pathname)) event.respondWith(answered(request, pathname));
  else if (pathname.startsWith("/assets/") && request.method === "GET") {
    event.respondWith(fetch(request).catch(async (problem) => {
      const kept = await (await caches.open(CACHE)).match(request.url);
      if (kept) return kept;
      throw problem;
    }));
  }
});
