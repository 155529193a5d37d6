// A QR code (ISO/IEC 18004) of a text, in bytes, with the lowest correction: a receipt's code is read once, from paper in good light. The server
// draws all others; this one is drawn where there is no server. One mask for all: any mask may be read, and signed text is random enough.
const PER_BLOCK = [0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
const BLOCKS = [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];
const MASK = 0;
const FORMAT_LOW = 1;
const QUIET = 4;

function times(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) product = ((product << 1) ^ ((product >>> 7) * 0x11d)) ^ (((other >>> bit) & 1) * one);
  return product;
}
function divisor(degree) {
  const found = new Uint8Array(degree);
  found[degree - 1] = 1;
  for (let place = 0, root = 1; place < degree; place += 1, root = times(root, 2)) {
    for (let at = 0; at < degree; at += 1) found[at] = times(found[at], root) ^ (found[at + 1] ?? 0);
  }
  return found;
}
function remainder(data, by) {
  const left = new Uint8Array(by.length);
  for (const byte of data) {
    const factor = byte ^ left[0];
    left.copyWithin(0, 1);
    left[left.length - 1] = 0;
    by.forEach((each, at) => { left[at] ^= times(each, factor); });
  }
  return left;
}
function modulesOf(version) {
  const aligned = version < 2 ? 0 : Math.floor(version / 7) + 2;
  return (16 * version + 128) * version + 64 - (aligned ? (25 * aligned - 10) * aligned - 55 : 0) - (version >= 7 ? 36 : 0);
}
const bytesIn = (version) => Math.floor(modulesOf(version) / 8) - PER_BLOCK[version] * BLOCKS[version];

function codewords(bytes, version) {
  const bits = [0, 1, 0, 0];
  const push = (value, length) => { for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1); };
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  const room = bytesIn(version) * 8;
  push(0, Math.min(4, room - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  const data = new Uint8Array(bits.length / 8);
  bits.forEach((bit, at) => { data[at >>> 3] |= bit << (7 - (at & 7)); });
  const [count, extra, by] = [BLOCKS[version], PER_BLOCK[version], divisor(PER_BLOCK[version])];
  const raw = Math.floor(modulesOf(version) / 8);
  const shorter = count - (raw % count);
  const short = Math.floor(raw / count) - extra;
  const blocks = [];
  for (let block = 0, at = 0; block < count; block += 1) {
    const some = data.subarray(at, at + short + (block < shorter ? 0 : 1));
    at += some.length;
    blocks.push({ some, fix: remainder(some, by) });
  }
  const all = [];
  for (let at = 0; at <= short; at += 1) for (const { some } of blocks) if (at < some.length) all.push(some[at]);
  for (let at = 0; at < extra; at += 1) for (const { fix } of blocks) all.push(fix[at]);
  return all;
}

function drawn(all, version) {
  const size = version * 4 + 17;
  const dark = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (x, y, is) => { if (x >= 0 && y >= 0 && x < size && y < size) dark[y][x] = Boolean(is); };
  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  const square = (cx, cy, radius, light) => {
    for (let dy = -radius; dy <= radius; dy += 1) for (let dx = -radius; dx <= radius; dx += 1) set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4]);
  if (version > 1) {
    const count = Math.floor(version / 7) + 2;
    const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
    const places = [6];
    for (let at = size - 7; places.length < count; at -= step) places.splice(1, 0, at);
    places.forEach((x, i) => places.forEach((y, j) => {
      if (!((i === 0 && (j === 0 || j === count - 1)) || (i === count - 1 && j === 0))) square(x, y, 2, [1]);
    }));
  }
  let rest = (FORMAT_LOW << 3) | MASK;
  for (let turn = 0; turn < 10; turn += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const format = ((((FORMAT_LOW << 3) | MASK) << 10) | rest) ^ 0x5412;
  const bit = (value, at) => (value >>> at) & 1;
  for (let at = 0; at < 6; at += 1) set(8, at, bit(format, at));
  set(8, 7, bit(format, 6));
  set(8, 8, bit(format, 7));
  set(7, 8, bit(format, 8));
  for (let at = 9; at < 15; at += 1) set(14 - at, 8, bit(format, at));
  for (let at = 0; at < 8; at += 1) set(size - 1 - at, 8, bit(format, at));
  for (let at = 8; at < 15; at += 1) set(8, size - 15 + at, bit(format, at));
  set(8, size - 8, 1);
  if (version >= 7) {
    let left = version;
    for (let turn = 0; turn < 12; turn += 1) left = (left << 1) ^ ((left >>> 11) * 0x1f25);
    const name = (version << 12) | left;
    for (let at = 0; at < 18; at += 1) {
      set(size - 11 + (at % 3), Math.floor(at / 3), bit(name, at));
      set(Math.floor(at / 3), size - 11 + (at % 3), bit(name, at));
    }
  }
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (dark[y][x] !== null) continue;
        const on = at < all.length * 8 ? bit(all[at >>> 3], 7 - (at & 7)) : 0;
        dark[y][x] = Boolean(on) !== ((x + y) % 2 === 0);
        at += 1;
      }
    }
  }
  return dark;
}

// An SVG with the code of a text; null where it is too long for one.
globalThis.largesseCode = (text) => {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (version <= 40 && bytes.length + (version < 10 ? 2 : 3) > bytesIn(version)) version += 1;
  if (version > 40) return document.createTextNode("");
  const dark = drawn(codewords(bytes, version), version);
  const size = dark.length + 2 * QUIET;
  const path = dark.flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  for (const [name, fill, d] of [["rect", "#fff", ""], ["path", "#000", path]]) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
    shape.setAttribute("fill", fill);
    if (d) shape.setAttribute("d", d);
    else for (const side of ["width", "height"]) shape.setAttribute(side, String(size));
    svg.append(shape);
  }
  return svg;
};
