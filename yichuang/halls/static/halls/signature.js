/* A name written with the finger or the mouse: the picture goes into the hidden field of its form. Without this script the signed sheet is scanned. */
"use strict";
(() => {
  const LINE = 3;
  const start = (box) => {
    const canvas = box.querySelector("canvas");
    const field = box.querySelector("input[type=hidden]");
    const wipe = box.querySelector("button");
    const pen = canvas.getContext("2d");
    let drawing = false;
    let moved = false;
    box.hidden = false;
    canvas.style.touchAction = "none";
    const clear = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      field.value = "";
    };
    const place = (event) => {
      const edge = canvas.getBoundingClientRect();
      return [(event.clientX - edge.left) * canvas.width / edge.width, (event.clientY - edge.top) * canvas.height / edge.height];
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      moved = false;
      pen.strokeStyle = "#000";
      pen.lineWidth = LINE;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.beginPath();
      pen.moveTo(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      moved = true;
      pen.lineTo(...place(event));
      pen.stroke();
    });
    const stop = () => {
      if (!drawing) return;
      drawing = false;
      /* A mere touch is no signature. */
      if (moved) field.value = canvas.toDataURL("image/png");
    };
    canvas.addEventListener("pointerup", stop);
    canvas.addEventListener("pointercancel", stop);
    wipe.addEventListener("click", clear);
    clear();
  };
  document.querySelectorAll("[data-signature]").forEach(start);
})();
