// On every page of a device: keeps what it needs to work without a line, while there is one, and says whether it can.
const line = document.querySelector("[data-line]");
const EVERY_MS = 2 * 60 * 1000;

function say(name, values = {}) {
  let text = line.dataset[name] ?? "";
  for (const [key, value] of Object.entries(values)) text = text.replace(`{${key}}`, value);
  line.textContent = text;
  line.hidden = !text;
  line.dataset.state = name;
}

// On an iPad or iPhone only what stands on the home screen keeps what it is given.
const onlyInBrowser = () => "standalone" in navigator && !navigator.standalone;
const able = () =>
  Boolean(isSecureContext && navigator.serviceWorker && navigator.locks && globalThis.crypto?.subtle && globalThis.indexedDB && navigator.storage?.persist);

// The one address that this policy lets through is that of the worker (web/headers.py).
async function registered(address) {
  const policy = globalThis.trustedTypes?.createPolicy("largesse-worker", {
    createScriptURL: (text) => {
      if (text !== address) throw new TypeError("That is not the counter's worker.");
      return text;
    },
  });
  return navigator.serviceWorker.register(policy ? policy.createScriptURL(address) : address, { scope: line.dataset.line, updateViaCache: "none" });
}

async function begin() {
  if (!able()) return say("unable");
  if (onlyInBrowser()) return say("homeScreen");
  if (!(await navigator.storage.persisted()) && !(await navigator.storage.persist())) return say("notKept");
  const kept = new globalThis.LargesseLine(line.dataset.line);
  if (line.dataset.who) await kept.remember({ id: line.dataset.who, name: line.dataset.name, at: Number(line.dataset.since) });
  await registered(`${line.dataset.line}/worker.js`);
  const ready = await navigator.serviceWorker.ready;
  ready.active?.postMessage("keep the shell");
  const refresh = async () => {
    try {
      const came = await kept.sync();
      if (came === null) return; // another page of this counter is asking
      if (!came.allowed) return say("notAllowed");
    } catch (problem) {
      console.info("Nothing was heard from the server.", problem);
    }
    const terms = await kept.terms();
    if (!terms) return;
    const until = new Intl.DateTimeFormat(document.documentElement.lang, {
      timeStyle: "short",
      dateStyle: "short",
      timeZone: terms.placeZone,
    });
    say("ready", { time: until.format(terms.asOf + terms.hours * 3600 * 1000) });
  };
  await refresh();
  setInterval(refresh, EVERY_MS);
}

if (line) begin().catch((problem) => console.info("This device cannot work without a line.", problem));
