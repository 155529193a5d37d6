// The counter's helper: a scanner reaches the scan field wherever the focus is, nothing is pressed by what it types, and the camera reads
// codes. Without it the field, the photograph and every button work all the same.

const FAST_MS = 50; // a hand is slower from key to key
const STALL_MS = 400; // within a scanner's burst, nobody else presses a key for so long
const BURST = 6; // so many fast keys are a scanner
const QUIET_MS = 300; // after a burst, Enter presses nothing for so long
const SCANNER_SEEN = "counter-scanner";

const field = document.getElementById("field-number");
const form = field?.form;

function said(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // the browser keeps nothing here
  }
}

function remember(name) {
  try {
    localStorage.setItem(name, "yes");
  } catch {
    // Then it is found out anew each time.
  }
}

function send(text, came) {
  if (!form) return;
  field.value = text;
  form.elements.came.value = came;
  form.requestSubmit();
}

// A scanner types faster than any hand. What it typed elsewhere is taken out again and led to the scan field. A busy browser or a bad
// radio may stall it between two keys: what came before the stall belongs to the same number.
const NONE = { lead: "", text: "", at: -Infinity, count: 0, target: null, before: "" };
// Keys that came before this script did stand in the field already.
let run = field && !field.defaultValue ? { ...NONE, text: field.value, at: performance.now(), target: field } : { ...NONE };
let burstEndedAt = -Infinity;

function isText(node) {
  return node instanceof HTMLInputElement ? /^(text|search|tel|email|number|password)$/.test(node.type) : node instanceof HTMLTextAreaElement;
}

function begin(event) {
  const target = event.target;
  const stalled = event.timeStamp - run.at < STALL_MS && target === run.target && (run.count > 1 || target === field);
  const lead = stalled ? run.lead + run.text : "";
  const before = stalled ? run.before : isText(target) ? target.value : "";
  run = { lead, text: "", at: -Infinity, count: 0, target, before };
}

addEventListener("keydown", (event) => {
  if (!field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const now = event.timeStamp;
  const fast = now - run.at < FAST_MS;
  const inBurst = run.count >= BURST && now - run.at < STALL_MS;
  if (event.key === "Enter" || event.key === "Tab") {
    if (inBurst) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const text = run.lead + run.text;
      burstEndedAt = now;
      run = { ...NONE };
      send(text, "scanned");
    } else if (now - burstEndedAt < QUIET_MS && event.key === "Enter") {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    return;
  }
  if (event.key === " " && (fast || now - burstEndedAt < QUIET_MS) && event.target instanceof HTMLButtonElement) event.preventDefault();
  if (event.key.length !== 1) return;
  if (!fast && !inBurst) begin(event);
  run.at = now;
  run.text += event.key;
  run.count += 1;
  if (run.count === BURST) {
    if (run.target !== field && isText(run.target)) run.target.value = run.before;
    remember(SCANNER_SEEN);
  }
  if (run.count >= BURST) {
    event.preventDefault();
    field.focus();
    field.value = run.lead + run.text;
    burstEndedAt = now;
  }
}, { capture: true });

// A click by a key that a scanner sent presses nothing.
addEventListener("click", (event) => {
  if (event.isTrusted && event.detail === 0 && event.timeStamp - burstEndedAt < QUIET_MS && event.target.closest?.("button")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });

// Where a scanner was used, the keyboard on the screen stays away until it is asked for.
if (field && said(SCANNER_SEEN) && matchMedia("(pointer: coarse)").matches) {
  const key = document.querySelector("[data-screen-keys]");
  if (key) {
    field.inputMode = "none";
    key.hidden = false;
    key.addEventListener("click", () => {
      field.inputMode = "text";
      field.blur();
      field.focus();
    });
  }
}
// After a page was come back to, the field is ready again.
addEventListener("pageshow", () => field?.focus());

// The camera. The browser reads the code where it can; elsewhere one grey frame at a time goes to the server, four a second at most.
const camera = document.querySelector("[data-camera]");
const FRAME_BYTES = 60 * 1024;
const BETWEEN_MS = 250;

async function ownReader() {
  if (!globalThis.BarcodeDetector) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: formats.includes("code_128") ? ["qr_code", "code_128"] : ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
}

function serverReader(address) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const frame = async (video, width, quality) => {
    canvas.width = width;
    canvas.height = Math.round((width * video.videoHeight) / video.videoWidth);
    context.filter = "grayscale(1)";
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  };
  return async (video) => {
    let blob = null;
    for (const [width, quality] of [[960, 0.6], [720, 0.5], [480, 0.4]]) {
      blob = await frame(video, Math.min(width, video.videoWidth), quality);
      if (blob && blob.size <= FRAME_BYTES) break;
    }
    if (!blob || blob.size > FRAME_BYTES) return "";
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const body = new URLSearchParams(new FormData(form));
    body.delete("number");
    body.set("frame", btoa(binary).replaceAll("+", "-").replaceAll("/", "_"));
    const answer = await fetch(address, { method: "POST", body });
    return answer.ok ? (await answer.json()).text : "";
  };
}

// Without a line nobody else reads a frame: then the camera is offered only where the browser reads codes itself.
const own = camera && form && navigator.mediaDevices?.getUserMedia ? await ownReader() : null;
if (own || (camera?.dataset.camera && form && navigator.mediaDevices?.getUserMedia)) {
  const open = camera.querySelector("[data-camera-open]");
  const view = camera.querySelector(".camera-view");
  const video = camera.querySelector("video");
  const hint = camera.querySelector("[data-camera-hint]");
  let stream = null;

  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    view.hidden = true;
    open.hidden = false;
    field.focus();
  };

  const look = async () => {
    const read = own ?? serverReader(camera.dataset.camera);
    let seen = 0;
    while (stream) {
      const from = performance.now();
      let text = "";
      try {
        if (video.videoWidth) text = await read(video);
      } catch {
        text = ""; // a frame that was lost; the next one follows
      }
      if (text && stream) {
        close();
        send(text, "camera");
        return;
      }
      seen += 1;
      if (seen % 16 === 0) hint.textContent = hint.dataset.none;
      await new Promise((done) => setTimeout(done, Math.max(0, BETWEEN_MS - (performance.now() - from))));
    }
  };

  camera.hidden = false;
  camera.querySelector("[data-camera-close]").addEventListener("click", close);
  open.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch {
      hint.textContent = hint.dataset.denied;
      view.hidden = false;
      return;
    }
    hint.textContent = hint.dataset.wait;
    open.hidden = true;
    view.hidden = false;
    video.srcObject = stream;
    await video.play();
    look();
  });
  addEventListener("pagehide", close);
}
