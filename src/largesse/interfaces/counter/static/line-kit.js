// What a device keeps to work without a line: its book of certificates, its queue, and how it asks for the one and sends the other.
// The bytes of a book are described in domain/offline/books.py, the rows of a queue in domain/offline/queues.py.

const TAG = 12; // of an HMAC, what stands in the book
const MAC = 28; // with what shows that the number was given here
const HOUR = 3600 * 1000;
const KNOWN_FOR = 12 * HOUR; // whoever unlocked the device goes on by touching their name
const DAY_ONE = Date.UTC(2000, 0, 1) - 24 * HOUR;
const CONTEXT = "offline-book/1/";
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const utf8 = new TextEncoder();

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const finished = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onerror = transaction.onabort = () => reject(transaction.error);
});
const base64 = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unbase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

async function opened(name, stores) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    for (const store of stores) opening.result.createObjectStore(store);
  };
  return done(opening);
}

// The number in what was typed or scanned, as the server folds it (kernel/numbers.py).
const SEPARATORS = /[ \t\-\u00a0\u00ad\u2212\u3000\ufeff\u2000-\u2015\u202f\u205f\u2060]/g;
function numberIn(text) {
  const found = /(?:[?&]|%3F|%26)code(?:=|%3D)([^&#]+)/i.exec(text);
  return found ? decodeURIComponent(found[1].replaceAll("+", " ")).split("&")[0] : text;
}
function folded(text) {
  return text.normalize("NFKC").trim().toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1").replace(SEPARATORS, "");
}
function lastSymbols(text) {
  const symbols = [...text.normalize("NFKC").toUpperCase()].filter((one) => /[\p{L}\p{N}]/u.test(one)).join("");
  return symbols.slice(-Math.min(4, Math.max(1, Math.floor(symbols.length / 3))));
}

function readNumber(bytes, from) {
  let number = 0, factor = 1, at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("The book broke off.");
    at += 1;
    number += (byte & 0x7f) * factor;
    if (byte < 0x80) return [number, at];
    factor *= 128;
  }
}
// Of another currency than the merchant's, its three letters stand where the last good day would.
const FOREIGN = 2 ** 24;
const letters = (number) => [676, 26, 1].map((of) => String.fromCharCode(65 + (Math.floor(number / of) % 26))).join("");
function* entriesOf(bytes, start, end) {
  let at = start;
  while (at < end) {
    const from = at;
    let day, value, gratuity;
    [day, at] = readNumber(bytes, from + TAG);
    [value, at] = readNumber(bytes, at);
    [gratuity, at] = readNumber(bytes, at);
    const currency = day < FOREIGN ? "" : letters(day - FOREIGN);
    yield { from, to: at, day: currency ? 0 : day, value, gratuity, currency };
  }
}
const isEnd = (bytes, at) => bytes.length - at === TAG + 8 && bytes.subarray(at, at + TAG).every((byte) => byte === 0xff);

// A book as it came: its entries by their first byte.
function readBook(bytes) {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "LGB2") throw new Error("That is no book.");
  const buckets = Array.from({ length: 256 }, () => []);
  let at = 13, count = 0;
  while (!isEnd(bytes, at)) {
    const { value: entry } = entriesOf(bytes, at, bytes.length).next();
    if (!entry) throw new Error("The book broke off.");
    buckets[bytes[at]].push({ ...entry, bytes: bytes.subarray(entry.from, entry.to) });
    at = entry.to;
    count += 1;
  }
  if (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at + TAG) !== BigInt(count)) throw new Error("The book broke off.");
  return { whole: bytes[4] === 0, buckets };
}
function joined(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of pieces) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}
function updated(before, changes) {
  const left = new Map();
  for (const entry of entriesOf(before, 0, before.length)) {
    const bytes = before.subarray(entry.from, entry.to);
    left.set(base64(bytes.subarray(0, TAG)), bytes);
  }
  for (const one of changes) {
    const tag = base64(one.bytes.subarray(0, TAG));
    if (one.value || one.gratuity) left.set(tag, one.bytes);
    else left.delete(tag);
  }
  return joined([...left.values()]);
}

class Line {
  constructor(home) {
    this.home = home;
    this.loadedAt = performance.now();
    this.loadedWall = Date.now();
  }

  async database() {
    this.known ??= opened(`largesse-line ${this.home}`, ["state", "book", "rows"]);
    return this.known;
  }

  async get(store, key) {
    const database = await this.database();
    return done(database.transaction(store).objectStore(store).get(key));
  }

  async put(values) {
    const database = await this.database();
    const transaction = database.transaction("state", "readwrite");
    for (const [key, value] of Object.entries(values)) transaction.objectStore("state").put(value, key);
    return finished(transaction);
  }

  async rows() {
    const database = await this.database();
    return done(database.transaction("rows").objectStore("rows").getAll());
  }

  // The time of the server: as it was told last, and what has passed since. Within a page that is a clock that nobody sets.
  async now() {
    const contact = await this.get("state", "contact");
    if (!contact) return Date.now();
    const before = Math.max(0, this.loadedWall - contact.wall);
    const within = contact.loadedAt === this.loadedAt ? performance.now() - contact.at : before + performance.now() - this.loadedAt;
    return Math.round(contact.server + within);
  }

  async keyPair() {
    const database = await opened("largesse-till", ["keys"]);
    try {
      return await done(database.transaction("keys").objectStore("keys").get(this.home));
    } finally {
      database.close();
    }
  }

  async sign(text) {
    const pair = await this.keyPair();
    if (!pair) throw new Error("This device has no key.");
    return base64(await crypto.subtle.sign(SIGNING, pair.privateKey, utf8.encode(text)));
  }

  async people() {
    const [known, now] = [(await this.get("state", "people")) ?? [], Date.now()];
    return known.filter((one) => now - one.at < KNOWN_FOR);
  }

  async remember(person) {
    const others = (await this.people()).filter((one) => one.id !== person.id);
    await this.put({ people: [person, ...others].slice(0, 20) });
  }

  // What the device may do without a line by now: null, or the book's terms and how much is left of what it was lent.
  async terms() {
    const terms = await this.get("state", "terms");
    if (!terms) return null;
    const taken = (await this.rows()).reduce((sum, row) => sum + row.asked, 0);
    const old = (await this.now()) - terms.asOf > terms.hours * HOUR;
    return { ...terms, old, left: Math.max(0, terms.lent - taken) };
  }

  async macOf(number) {
    const key = await this.get("state", "key");
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(CONTEXT + folded(number)))).subarray(0, MAC);
  }

  // What the book says of what was typed or scanned; null where it does not know it.
  async find(text) {
    const number = numberIn(text);
    if (number.length > 255 || !folded(number)) return null;
    const mac = await this.macOf(number);
    const bucket = await this.get("book", mac[0]);
    for (const entry of bucket ? entriesOf(bucket, 0, bucket.length) : []) {
      if (!mac.subarray(0, TAG).every((byte, place) => bucket[entry.from + place] === byte)) continue;
      return { mac: base64(mac), ends: lastSymbols(number), ...(await this.leftOf(base64(mac), entry)) };
    }
    return null;
  }

  // What is left of an entry, less what was taken here since the book came.
  async leftOf(mac, entry) {
    const parts = (await this.rows()).flatMap((row) => row.parts).filter((part) => part[0] === mac);
    const spent = (place) => parts.reduce((sum, part) => sum + part[place], 0);
    const taken = spent(2) + spent(3);
    return {
      day: entry.day ? new Date(DAY_ONE + entry.day * 24 * HOUR).toISOString().slice(0, 10) : "",
      value: Math.max(0, entry.value - spent(2)),
      gratuity: Math.max(0, entry.gratuity - spent(3)),
      currency: entry.currency,
      taken,
    };
  }

  // Write one more row of the queue: numbered, carrying on the one before, and signed.
  async take({ parts, came, reference, who, operation, sent }) {
    return navigator.locks.request(`largesse-queue ${this.home}`, async () => {
      const [terms, chain] = await Promise.all([this.get("state", "terms"), this.get("state", "chain")]);
      const body = JSON.stringify({
        version: 1,
        enrolment: terms.enrolment,
        number: chain.number + 1,
        carriesOn: chain.hash,
        operation: operation ?? crypto.randomUUID(),
        at: await this.now(),
        position: terms.position,
        who: who ?? null,
        currency: terms.currency,
        parts,
        came: came ?? "typed",
        reference: (reference ?? "").slice(0, 80),
        sent: Boolean(sent),
      });
      const signature = await this.sign(body);
      const hash = base64(await crypto.subtle.digest("SHA-256", utf8.encode(body)));
      const asked = parts.reduce((sum, part) => sum + part[2] + part[3], 0);
      const row = { number: chain.number + 1, body, signature, parts, asked, posted: false };
      const database = await this.database();
      const transaction = database.transaction(["state", "rows"], "readwrite");
      transaction.objectStore("rows").put(row, row.number);
      transaction.objectStore("state").put({ ...chain, number: row.number, hash }, "chain");
      await finished(transaction);
      return row;
    });
  }

  // Speak with the server: send the queue, then ask for the book, or for what has changed. Returns what came of it.
  async sync() {
    return navigator.locks.request(`largesse-sync ${this.home}`, { ifAvailable: true }, (lock) => (lock ? this.spoken() : null));
  }

  async spoken() {
    const waiting = (await this.rows()).filter((row) => !row.posted).length;
    const answer = await fetch(`${this.home}/offline/state?waiting=${waiting}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`The server answers ${answer.status}.`);
    const told = await answer.json();
    await this.put({ contact: { server: told.now, wall: Date.now(), at: performance.now(), loadedAt: this.loadedAt } });
    const sent = await this.send();
    if (!told.allowed) {
      await this.forget();
      return { sent, allowed: false };
    }
    await this.fetchBook(told.challenge);
    return { sent, allowed: true };
  }

  async send() {
    const rows = (await this.rows()).filter((row) => !row.posted).slice(0, 100);
    if (!rows.length) return 0;
    const signed = rows.map(({ body, signature }) => ({ body, signature }));
    const all = (await this.rows()).filter((row) => !row.posted).length;
    const answer = await fetch(`${this.home}/offline/queue`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version: 1, rows: signed, waiting: all - rows.length }),
    });
    if (!answer.ok) throw new Error(`The queue was not taken: ${answer.status}.`);
    const database = await this.database();
    const transaction = database.transaction("rows", "readwrite");
    for (const row of rows) transaction.objectStore("rows").put({ ...row, posted: true }, row.number);
    await finished(transaction);
    return rows.length + (all > rows.length ? await this.send() : 0);
  }

  async fetchBook(challenge) {
    const posted = (await this.rows()).filter((row) => row.posted).map((row) => row.number);
    const terms = await this.get("state", "terms");
    const key = await this.get("state", "key");
    const answer = await fetch(`${this.home}/offline/book`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        challenge,
        signature: await this.sign(challenge),
        position: key ? terms?.position ?? "" : "",
        keyId: key ? terms?.keyId ?? "" : "",
        waiting: (await this.rows()).filter((row) => !row.posted).length,
      }),
    });
    if (!answer.ok) throw new Error(`There was no book: ${answer.status}.`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const length = new DataView(bytes.buffer).getUint32(0);
    const { key: secret, ...fresh } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    const book = readBook(bytes.subarray(4 + length));
    const imported = book.whole
      ? await crypto.subtle.importKey("raw", unbase64(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
      : key;
    await this.keep(fresh, book, imported, posted);
  }

  async keep(terms, book, key, posted) {
    const database = await this.database();
    const changed = book.buckets.map((entries, place) => [place, entries]).filter(([, entries]) => book.whole || entries.length);
    const before = book.whole ? [] : await Promise.all(changed.map(([place]) => this.get("book", place)));
    const transaction = database.transaction(["state", "book", "rows"], "readwrite");
    changed.forEach(([place, entries], index) => {
      const old = before[index] ?? new Uint8Array();
      transaction.objectStore("book").put(book.whole ? joined(entries.map((one) => one.bytes)) : updated(old, entries), place);
    });
    for (const number of posted) transaction.objectStore("rows").delete(number);
    const state = transaction.objectStore("state");
    const chain = await done(state.get("chain"));
    if (chain?.enrolment !== terms.enrolment) state.put({ enrolment: terms.enrolment, number: 0, hash: terms.genesis }, "chain");
    state.put(terms, "terms");
    state.put(key, "key");
    return finished(transaction);
  }

  // The device may not work without a line any more: the book goes, what was taken stays until it is sent.
  async forget() {
    const database = await this.database();
    const transaction = database.transaction(["state", "book"], "readwrite");
    transaction.objectStore("book").clear();
    for (const key of ["terms", "key", "people", "begun"]) transaction.objectStore("state").delete(key);
    return finished(transaction);
  }
}

globalThis.LargesseLine = Line;
