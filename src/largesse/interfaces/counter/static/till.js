// What a device does: make its key, sign with it when it is unlocked, take a PIN by touch, and lock when nobody touches it.
const STORE = "keys";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const able = Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// One key pair for each merchant's counter; the private half cannot be taken out of the browser.
async function keys(counter, pair) {
  const opening = indexedDB.open("largesse-till", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const store = database.transaction(STORE, pair ? "readwrite" : "readonly").objectStore(STORE);
    return await done(pair ? store.put(pair, counter) : store.get(counter));
  } finally {
    database.close();
  }
}

const written = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// A form that needs something of the device is sent once that is there; without it as it is, and the server says why not.
function prepare(form, fill) {
  let ready = false;
  form.addEventListener("submit", async (event) => {
    if (ready) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    try {
      await fill();
    } catch (problem) {
      console.info("This device has no key to show.", problem);
    }
    ready = true;
    form.submit();
  }, { capture: true });
}

const enrol = document.querySelector("form[data-enrol]");
if (enrol) {
  if (location.hash.length > 1) {
    enrol.elements.code.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
  if (able) {
    prepare(enrol, async () => {
      const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
      await keys(enrol.dataset.enrol, pair);
      enrol.elements.public_key.value = written(await crypto.subtle.exportKey("raw", pair.publicKey));
    });
  }
}

const unlock = document.querySelector("form[data-unlock]");
if (unlock && able) {
  prepare(unlock, async () => {
    const pair = await keys(unlock.dataset.unlock);
    const { challenge } = await (await fetch(unlock.dataset.challenge)).json();
    const signature = await crypto.subtle.sign(SIGNING, pair.privateKey, new TextEncoder().encode(challenge));
    unlock.elements.challenge.value = challenge;
    unlock.elements.signature.value = written(signature);
  });
}

const keypad = document.querySelector("[data-keypad]");
if (keypad) {
  const field = document.getElementById(keypad.dataset.keypad);
  keypad.hidden = false;
  document.body.classList.add("has-keypad");
  keypad.addEventListener("click", (event) => {
    const digit = event.target.closest("[data-digit]")?.dataset.digit;
    if (!digit) return;
    if (digit === "back") field.value = field.value.slice(0, -1);
    else if (field.value.length < field.maxLength) field.value += digit;
  });
}

const lock = document.querySelector("form[data-lock-after]");
if (lock) {
  const idle = Number(lock.dataset.lockAfter) * 1000;
  let touched = Date.now();
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    addEventListener(kind, () => { touched = Date.now(); }, { passive: true, capture: true });
  }
  // What is typed goes along, sealed by the server for its person on this device; passwords and PINs stay here.
  const keep = () => {
    const forms = [...document.querySelectorAll("main form[method=post]")];
    const form = document.activeElement?.closest?.("main form[method=post]")
      ?? forms.find((one) => [...one.elements].some((field) => field.type !== "hidden" && field.value && field.value !== field.defaultValue));
    if (!form) return;
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && form.elements[name]?.type !== "password") typed.append(name, value);
    }
    lock.elements.begun_to.value = new URL(form.action, location.href).pathname;
    lock.elements.begun_fields.value = typed.toString();
  };
  lock.addEventListener("submit", keep);
  setInterval(() => { if (Date.now() - touched >= idle) { keep(); lock.submit(); } }, 1000);
}
