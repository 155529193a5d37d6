// `<form data-crop>`: a frame is drawn over the picture with a finger or a mouse; the four fields of per cent say the same, and can be typed.
for (const form of document.querySelectorAll("form[data-crop]")) {
  const stage = form.querySelector(".crop-stage");
  const frame = stage.querySelector(".crop-frame");
  const [shade, edge] = [frame.querySelector(".crop-shade"), frame.querySelector(".crop-edge")];
  const sides = ["left", "top", "right", "bottom"].map((name) => form.elements[name]);
  let from;
  const show = () => {
    const [left, top, right, bottom] = sides.map((field, at) => Math.min(100, Math.max(0, Number(field.value || (at > 1 ? 100 : 0)))));
    const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
    for (const [name, value] of Object.entries({ x: left, y: top, width, height })) edge.setAttribute(name, value);
    shade.setAttribute("d", `M0 0H100V100H0ZM${left} ${top}h${width}v${height}h${-width}Z`);
  };
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [[event.clientX - box.left, box.width], [event.clientY - box.top, box.height]].map(([at, all]) => Math.round(Math.min(1, Math.max(0, at / all)) * 100));
  };
  const draw = (event) => {
    const to = place(event);
    [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])].forEach((value, at) => { sides[at].value = value; });
    show();
  };
  stage.addEventListener("pointerdown", (event) => { from = place(event); stage.setPointerCapture(event.pointerId); event.preventDefault(); });
  stage.addEventListener("pointermove", (event) => { if (from) draw(event); });
  stage.addEventListener("pointerup", () => { from = undefined; });
  form.addEventListener("input", show);
  frame.removeAttribute("hidden");
  show();
}
