/* Small comforts on pages that work without them: keys on the desk, words about saving, one sending, sizes of files. */
"use strict";
(() => {
  const page = document.documentElement;
  const live = () => document.getElementById("live");
  const say = (words) => { const place = live(); if (place) { place.textContent = ""; place.textContent = words; } };
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /* Trouble that no page shows: the network, or an answer that htmx does not place. */
  const trouble = (words) => {
    const box = document.getElementById("trouble");
    if (!box) return;
    box.textContent = words;
    box.hidden = !words;
  };

  /* Things that only work with JavaScript come hidden. */
  const reveal = (root) => {
    all("[data-print]", root).forEach((button) => { button.hidden = false; });
    all("[data-pick-all]", root).forEach((box) => { box.hidden = false; });
    if (navigator.clipboard) all("[data-copy]", root).forEach((button) => { button.hidden = false; });
  };

  const copy = async (button) => {
    const before = button.innerHTML;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "已复制";
      say("已复制 " + button.dataset.copy);
    } catch {
      button.textContent = "未能复制，请选中编号后复制";
    }
    setTimeout(() => { button.innerHTML = before; }, 2500);
  };

  /* Selection: the bar itself appears by CSS, here only the count and "all". */
  const count = (form) => {
    const chosen = all(".pick input:checked[name]", form).length;
    all("[data-bulk-count]", form).forEach((place) => { place.textContent = String(chosen); });
    if (chosen) say("已选 " + chosen + " 件");
  };
  const pick = (box) => {
    const table = box.closest("table");
    if (box.dataset.pickAll) all('.pick input[name="' + box.dataset.pickAll + '"]', table).forEach((one) => { one.checked = box.checked; });
    if (box.form) count(box.form);
  };

  /* Files: say what is wrong before the upload, in the field's own place for errors. */
  const wrongFile = (input) => {
    const kinds = input.accept.split(",").map((kind) => kind.trim().toLowerCase()).filter((kind) => kind.startsWith("."));
    const most = Number(input.dataset.maxMb || 0);
    for (const file of input.files) {
      const name = file.name.toLowerCase();
      if (kinds.length && !kinds.some((kind) => name.endsWith(kind))) {
        return "「" + file.name + "」不能上传，这里只收 " + kinds.map((kind) => kind.slice(1).toUpperCase()).join("、") + "。";
      }
      if (most && file.size > most * 1048576) {
        return "「" + file.name + "」有 " + Math.ceil(file.size / 1048576) + " MB，超过了 " + most + " MB。请压缩，或分成几个文件。";
      }
      if (file.size === 0) return "「" + file.name + "」是空文件，请重新选择。";
    }
    return "";
  };
  const checkFiles = (input) => {
    const words = wrongFile(input);
    const place = document.getElementById(input.id + "-error");
    if (words) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
    if (place) { place.textContent = words ? "■ " + words : ""; place.hidden = !words; }
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (words) ids.add(input.id + "-error"); else ids.delete(input.id + "-error");
    input.setAttribute("aria-describedby", Array.from(ids).join(" "));
    input.closest(".field")?.classList.toggle("field-wrong", Boolean(words));
    if (words) say(words);
    return !words;
  };

  /* Autosave: the same fields without files, a moment after the last change; the state is said in words. */
  const waiting = new WeakMap();
  const saved = (form, words) => all("[data-saved]", form).forEach((place) => { place.textContent = words; });
  const save = async (form) => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    saved(form, "正在保存…");
    const revision = form.dataset.changed;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: fields, headers: { "X-Autosave": "1" }, credentials: "same-origin", redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      if (form.dataset.changed === revision) { delete form.dataset.changed; saved(form, "已自动保存"); }
    } catch {
      saved(form, "未能自动保存，填的内容仍在本页，请稍后点按钮保存");
    }
  };
  const changed = (form) => {
    if (!form || !(form.dataset.autosave || "guard" in form.dataset)) return;
    form.dataset.changed = String(Number(form.dataset.changed || 0) + 1);
    if (!form.dataset.autosave) { saved(form, "有未保存的修改"); return; }
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => save(form), 1200));
  };

  /* A form is sent once: the second press does nothing, and the waiting is said. */
  const free = (form) => {
    delete form.dataset.sending;
    all('[type="submit"]', form).forEach((button) => {
      button.removeAttribute("aria-disabled");
      if (button.dataset.words) { button.innerHTML = button.dataset.words; delete button.dataset.words; }
    });
  };
  const sent = (form, button) => {
    form.dataset.sending = "1";
    delete form.dataset.changed;
    clearTimeout(waiting.get(form));
    say("正在提交，请稍候");
    all('[type="submit"]', form).forEach((one) => one.setAttribute("aria-disabled", "true"));
    if (button && button.tagName === "BUTTON") { button.dataset.words = button.innerHTML; button.textContent = "正在提交…"; }
    const heavy = all('input[type="file"]', form).some((input) => input.files.length);
    if (heavy) setTimeout(() => { if (form.dataset.sending) say("文件较大，仍在上传，请不要关闭本页"); }, 4000);
    else setTimeout(() => free(form), 15000);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    const bad = event.submitter?.formNoValidate ? [] : all('input[type="file"]', form).filter((input) => !checkFiles(input));
    if (bad.length) { event.preventDefault(); bad[0].focus(); return; }
    setTimeout(() => { if (!event.defaultPrevented || form.matches("[hx-post], [data-hx-post]")) sent(form, event.submitter); });
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sending]").forEach(free); });
  window.addEventListener("beforeunload", (event) => { if (document.querySelector("form[data-changed]")) event.preventDefault(); });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-print], [data-copy]");
    if (!button) return;
    if ("print" in button.dataset) window.print(); else copy(button);
  });
  document.addEventListener("input", (event) => changed(event.target.form));
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type === "file") checkFiles(input);
    if (input.closest(".pick")) pick(input);
    if ("keysOff" in input.dataset) localStorage.setItem("keys", input.checked ? "off" : "on");
  });

  /* Printing shows what is folded away. */
  let folded = [];
  window.addEventListener("beforeprint", () => { folded = all("details:not([open], .confirm)"); folded.forEach((one) => { one.open = true; }); });
  window.addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));

  /* Keys on the desk. Single keys can be switched off in the help (WCAG 2.1.4). */
  const keysOff = () => localStorage.getItem("keys") === "off";
  const typing = (place) => place.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]");
  const rows = () => all("table[data-keys] tbody tr").filter((row) => row.querySelector(".row-link"));
  const move = (by) => {
    const list = rows();
    const here = list.findIndex((row) => row.contains(document.activeElement));
    const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + by, 0), list.length - 1)];
    const link = next?.querySelector(".row-link");
    link?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const choose = () => {
    const box = document.activeElement.closest("tr")?.querySelector(".pick input");
    if (box) { box.checked = !box.checked; pick(box); }
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: choose,
    "/": () => { const search = document.querySelector("[data-slash]"); search?.focus(); search?.select(); },
    "?": () => document.getElementById("keys")?.togglePopover(),
  };
  document.addEventListener("keydown", (event) => {
    if (!page.classList.contains("desk") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const place = event.target;
    if (event.key === "Escape" && typing(place)) { place.blur(); return; }
    if (typing(place) || keysOff() || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  /* Questions that are swapped keep what was typed or ticked while the server was asked. */
  const asking = new WeakMap();
  const ticked = (one) => one.matches("[type=checkbox], [type=radio]");
  const typed = (root) => new Map(all("input[id]:not([type=file]), select[id], textarea[id]", root)
    .map((one) => [one.id, ticked(one) ? one.checked : one.value]));
  const putBack = (kept) => {
    const again = new Set();
    for (const [id, value] of kept) {
      const one = document.getElementById(id);
      if (!one) continue;
      if (ticked(one)) one.checked = value; else one.value = value;
      if (one.closest("[hx-post]")) again.add(one.closest("[hx-post]"));
    }
    const ask = () => again.forEach((question) => question.dispatchEvent(new Event("change")));
    if (again.size) document.addEventListener("htmx:afterSettle", ask, { once: true });
  };
  document.addEventListener("htmx:beforeRequest", ({ detail }) => asking.set(detail.xhr, typed(detail.target)));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const before = asking.get(detail.xhr);
    asking.set(detail.xhr, new Map(Array.from(typed(detail.target)).filter(([id, value]) => before?.has(id) && before.get(id) !== value)));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => { const kept = asking.get(detail.xhr); asking.delete(detail.xhr); putBack(kept || []); });

  document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
  document.addEventListener("htmx:beforeRequest", () => trouble(""));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest?.("form"); if (form) free(form); });
  document.addEventListener("htmx:sendError", () => trouble("没有连上服务器，刚才的一步没有完成。请检查网络后再试，填的内容仍在本页。"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    trouble(status === 409 ? "别人已经先作了改动，您的这一步没有生效。请刷新本页后再决定。"
      : status === 403 ? "登录已失效，或没有权限，这一步没有完成。请刷新本页。"
      : "这一步没有完成（" + status + "）。请刷新本页后再试。");
  });

  const start = () => {
    reveal(document);
    all("form").forEach((form) => { if (form.querySelector(".pick")) count(form); });
    all("[data-keys-off]").forEach((box) => { box.checked = keysOff(); });
    document.querySelector("[data-error-summary]")?.focus();
  };
  start();
})();
