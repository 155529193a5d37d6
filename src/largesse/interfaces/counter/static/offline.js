// The page of a device that has no line: touch your name, scan, take, until the line is back.
const page = document.querySelector("main[data-home]");
const kept = new globalThis.LargesseLine(page.dataset.home);
const language = document.documentElement.lang;
const PROBE_MS = 4000;
const LOCK_MS = 5 * 60 * 1000;
const FAST_MS = 50;

const one = (name) => page.querySelector(`[data-${name}]`) ?? document.querySelector(`[data-${name}]`);
const said = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), page.dataset[name]);
const field = document.getElementById("field-number");
const total = document.getElementById("field-total");
const reference = document.getElementById("field-reference");
const gratuityToo = page.querySelector("[name=gratuity]");

let person = null;
let found = null;
let came = "typed";
let touchedAt = performance.now();
let terms = null;

const money = (minor) =>
  new Intl.NumberFormat(language, { style: "currency", currency: terms.currency }).format(minor / 10 ** terms.exponent);
function foreign(minor, code) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency: code });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}
const moment = (at) =>
  new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short", timeZone: terms?.placeZone }).format(at);
const day = (text) => new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
const today = async () => new Intl.DateTimeFormat("en-CA", { timeZone: terms.zone }).format(await kept.now());

// An amount as people type it, in the smallest unit; null where it is none.
function amountOf(text) {
  const digits = text.trim().replace(/[\s'’\u00a0\u202f]|^[^\d]+|[^\d]+$/g, "");
  const exponent = terms.exponent;
  const parts = new RegExp(`^(\\d+(?:[.,]\\d{3})*)(?:[.,](\\d{1,${exponent || 1}}))?$`).exec(digits);
  if (!parts || (parts[2] && !exponent)) return null;
  return Number(parts[1].replace(/[.,]/g, "")) * 10 ** exponent + Number((parts[2] ?? "").padEnd(exponent, "0") || 0);
}

function show(part) {
  for (const each of page.querySelectorAll("[data-part]")) each.hidden = each.dataset.part !== part;
  one("status").hidden = part === "back";
  one("person").hidden = !person;
  one("lock").hidden = !person;
  if (person) one("person").lastElementChild.textContent = person.name;
  scrollTo(0, 0);
  if (part === "scan") {
    field.value = "";
    field.focus();
  }
}

function wrong(name, text) {
  const place = one(`error="${name}"`);
  place.textContent = text;
  place.hidden = !text;
}

async function tell() {
  terms = await kept.terms();
  const waiting = (await kept.rows()).filter((row) => !row.posted).length;
  const contact = await kept.get("state", "contact");
  one("says").textContent = said("since", { time: contact ? moment(contact.server) : "?" });
  one("cap").textContent = "";
  if (!terms) one("cap").textContent = said("noBook");
  else if (terms.old) one("cap").textContent = said("old", { time: moment(terms.asOf) });
  else one("cap").textContent = terms.left ? said("left", { left: money(terms.left), lent: money(terms.lent) }) : said("nothing");
  one("queue").textContent = waiting === 1 ? said("waitsOne") : waiting ? said("waits", { count: waiting }) : "";
  return Boolean(terms && !terms.old);
}

async function names() {
  person = null;
  const people = await kept.people();
  one("names").replaceChildren(...people.map((each) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "till-choice";
    const name = document.createElement("b");
    name.textContent = each.name;
    button.append(name);
    button.addEventListener("click", () => {
      person = each;
      show("scan");
    });
    item.append(button);
    return item;
  }));
  one("nobody-says").hidden = people.length > 0;
  one("nobody-says").textContent = said("nobody");
  show("names");
}

function refuse(why, ends = "") {
  one('part="bad"').querySelector("[data-ends]").textContent = ends ? `…${ends}` : "";
  one("why").textContent = why;
  show("bad");
}

const mayTake = () => Math.max(0, Math.min(terms.perCertificate - found.taken, terms.left));

async function lookUp(text) {
  if (!(await tell())) return show("names");
  found = await kept.find(text);
  if (!found) return refuse(said("unknown"));
  if (found.currency) return refuse(said("foreign", { amount: foreign(found.value + found.gratuity, found.currency) }), found.ends);
  if (found.day && found.day < (await today())) return refuse(said("past", { day: day(found.day) }), found.ends);
  if (!found.value && !found.gratuity) return refuse(said("empty"), found.ends);
  if (!mayTake()) return refuse(said("nothing"), found.ends);
  const part = one('part="good"');
  part.querySelector("[data-ends]").textContent = `…${found.ends}`;
  one("available").textContent = money(found.value);
  one("also").hidden = one("gratuity-too").hidden = !found.gratuity;
  one("also").textContent = said("gratuity", { amount: money(found.gratuity) });
  one("through-says").textContent = found.day ? said("through", { day: day(found.day) }) : said("forEver");
  const limited = found.value > mayTake();
  one("at-most-says").hidden = !limited;
  one("at-most-says").textContent = said("atMost", { amount: money(mayTake()) });
  total.value = reference.value = "";
  gratuityToo.checked = false;
  wrong("total", "");
  label();
  show("good");
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

const gratuity = () => (gratuityToo.checked ? Math.min(found.gratuity, mayTake()) : 0);
const whole = () => Math.min(found.value, mayTake() - gratuity());
function label() {
  const all = whole() === found.value;
  one("all").textContent = said(all ? "takeAll" : "takeSome", { amount: money(whole() + gratuity()) });
}

async function take(value) {
  if (value + gratuity() <= 0 || value > whole()) return wrong("total", said("amount", { amount: money(whole()) }));
  const parts = [[found.mac, found.ends, value, gratuity()]];
  await keep({ parts, came, reference: reference.value, who: person.id });
}

// The same act twice is one: the button sleeps until the row is written.
let keeping = false;
async function keep(wanted) {
  if (keeping) return;
  keeping = true;
  try {
    const row = await kept.take(wanted);
    const body = JSON.parse(row.body);
    one("taken").textContent = money(row.asked);
    one("slip-ends").textContent = row.parts.map((part) => `…${part[1]}`).join(", ");
    one("slip-when").textContent = moment(body.at);
    one("slip-who").textContent = person?.name ?? "";
    one("slip-reference").hidden = !body.reference;
    one("slip-reference").lastElementChild.textContent = body.reference;
    one("code").replaceChildren(globalThis.largesseCode(`${row.signature}.${row.body}`));
    await tell();
    show("done");
  } finally {
    keeping = false;
  }
}

// A redemption that was sent and not answered: it is kept under the same operation, so that it happens once.
async function goOn() {
  const begun = await kept.get("state", "begun");
  await kept.put({ begun: null });
  if (!begun) return false;
  const offered = begun.fields.without_line;
  if (!offered || Date.now() - begun.at > 60 * 1000) {
    refuse(said("doubtful"));
    return true;
  }
  person = (await kept.people())[0] ?? null;
  const { operation, parts } = JSON.parse(offered);
  const { take: how, gratuity: too, total: typed, reference: about } = begun.fields;
  let left = how === "all" ? Infinity : amountOf(typed ?? "");
  const taking = [];
  for (const [mac, ends, value, extra] of left ? parts : []) {
    const pays = Math.min(value, left);
    left -= pays;
    const tip = too === "yes" ? extra : 0;
    if (pays + tip) taking.push([mac, ends, pays, tip]);
  }
  const asked = taking.reduce((sum, part) => sum + part[2] + part[3], 0);
  const beyond = taking.some((part) => part[2] + part[3] > terms.perCertificate) || asked > terms.left;
  const short = how !== "all" && left > 0; // the page would have asked for the rest
  if (!person || !asked || beyond || short) {
    refuse(said("doubtful"));
    return true;
  }
  await keep({ parts: taking, reference: about, who: person.id, operation, sent: true });
  return true;
}

async function probe() {
  try {
    const went = await kept.sync();
    if (went === null) return;
    one("back-says").textContent = said("back");
    found = null;
    show("back");
    clearInterval(probing);
  } catch {
    // Still without a line.
  }
}

let times = [];
field.addEventListener("keydown", (event) => {
  if (event.key.length === 1) times.push(event.timeStamp);
});
page.querySelector('[data-part="scan"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  const said = event.target.elements.came; // the camera and a scanner say so themselves (scan.js)
  came = times.length >= 6 && times.at(-1) - times[0] < FAST_MS * times.length ? "scanned" : said.value;
  said.value = "typed";
  times = [];
  if (text && person) lookUp(text);
});
one("take").addEventListener("submit", (event) => event.preventDefault());
gratuityToo.addEventListener("change", label);
one("all").addEventListener("click", () => take(whole()));
one("some").addEventListener("click", () => take(amountOf(total.value) ?? -1));
one("print").addEventListener("click", () => print());
one("lock").addEventListener("click", names);
for (const next of page.querySelectorAll("[data-next]")) next.addEventListener("click", () => (person ? show("scan") : names()));
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { touchedAt = performance.now(); }, { capture: true });
setInterval(() => { if (person && performance.now() - touchedAt > LOCK_MS) names(); }, 1000);
const probing = setInterval(probe, PROBE_MS);
addEventListener("online", probe);

history.replaceState(null, "", `${page.dataset.home}/offline`);
const works = await tell();
if (!works) show("none");
else if (!(await goOn())) await names();
