// Block Kit's elements, the buttons of messages, and modals: from a click to an act.

import { parsed } from "./morph.js";
import { act, confirmed, toast } from "./wire.js";

const SEARCH_PAUSE = 250; // milliseconds of rest before the app is asked for an external select's options

// Where an element stands: its message or view, its block and action, and what is typed around it.
function spot(element) {
  const view = element.closest("[data-view]");
  const message = element.closest("article[data-ts]");
  const slot = element.closest("[data-action]");
  return {
    ...(view ? { view: view.dataset.view, typed: typed(view) } : { channel: message?.dataset.channel, ts: message?.dataset.ts }),
    ...(slot && { block: slot.dataset.block, action: slot.dataset.action, element: slot.dataset.element }),
  };
}

const TYPED = /^(plain_text|email_text|url_text|number|rich_text)_input$/;
const typed = (view) =>
  [...view.querySelectorAll(".field[data-action]")]
    .filter((field) => TYPED.test(field.dataset.element))
    .map((field) => ({ block: field.dataset.block, action: field.dataset.action, text: field.value }));

async function busy(element, work) {
  if (element.getAttribute("aria-busy") === "true") return null;
  element.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

async function agreed(slot) {
  const dialog = slot.dataset.confirm && document.getElementById(slot.dataset.confirm);
  return !dialog || confirmed(dialog);
}

async function choose(slot, values) {
  if (!(await agreed(slot))) return document.dispatchEvent(new CustomEvent("page:refresh"));
  return act("choose", { ...spot(slot), values });
}

async function press(button) {
  button.closest("[popover]")?.hidePopover();
  if (!(await agreed(button))) return;
  const value = button.dataset.value;
  const name = value === undefined ? "press" : "choose";
  await busy(button, () => act(name, { ...spot(button), ...(value !== undefined && { values: [value] }) }));
}

async function command(button) {
  button.closest("[popover]")?.hidePopover();
  const { act: name, thread, ...rest } = button.dataset;
  if (name === "delete" && !(await confirmed(document.getElementById("delete-confirm")))) return;
  const message = button.closest("article[data-ts]");
  const where = message ? { channel: message.dataset.channel, ts: message.dataset.ts } : {};
  const answer = await busy(button, () => act(name, { ...where, ...rest, ...(thread && { thread_ts: thread }) }));
  if (answer?.go) document.dispatchEvent(new CustomEvent("page:go", { detail: answer.go }));
  if (name === "post" && answer?.ts && !thread) document.dispatchEvent(new CustomEvent("page:wrote", { detail: answer.ts }));
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const option = target.closest(".select-list [role=option]");
  if (option) return pick(option);
  const pressed = target.closest("[data-press]");
  if (pressed) return press(pressed);
  const commanded = target.closest("[data-act]");
  if (commanded) return command(commanded);
  const closer = target.closest("[data-close]");
  if (closer) return act("close", { ...spot(closer), all: closer.dataset.close === "all" });
});

document.addEventListener("change", (event) => {
  const slot = event.target.closest("[data-action]");
  if (!slot || slot.matches(".select") || TYPED.test(slot.dataset.element)) return;
  if (slot.matches(".choices")) return choose(slot, [...slot.querySelectorAll(":checked")].map((box) => box.value));
  const value = slot.type === "datetime-local" && slot.value ? String(Date.parse(slot.value) / 1000) : slot.value;
  if (value) choose(slot, [value]);
});

document.addEventListener("keydown", (event) => {
  const slot = event.target.closest?.("input.field[data-action]");
  if (slot && event.key === "Enter" && TYPED.test(slot.dataset.element) && slot.hasAttribute("data-dispatch")) {
    event.preventDefault();
    if (!slot.hasAttribute("data-on-character")) choose(slot, [slot.value]);
  }
  if (event.target.matches?.(".select-search")) steer(event);
  if (event.target.matches?.("[role=menuitem]")) walk(event, "[role=menuitem]");
});

const pauses = new WeakMap();
function rested(element, work) {
  clearTimeout(pauses.get(element));
  pauses.set(element, setTimeout(work, SEARCH_PAUSE));
}

document.addEventListener("input", (event) => {
  const slot = event.target.closest("[data-action]");
  if (event.target.matches(".select-search")) search(slot, event.target.value);
  else if (slot?.hasAttribute("data-on-character")) rested(slot, () => choose(slot, [slot.value]));
});

// --- selects ---

const options = (slot) => [...slot.querySelectorAll("[role=option]:not([hidden])")];

function pick(option) {
  const slot = option.closest(".select");
  const several = slot.hasAttribute("data-several");
  const chosen = several ? options(slot).filter((each) => each.ariaSelected === "true").map((each) => each.dataset.value) : [];
  const value = option.dataset.value;
  const values = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
  if (several && values.length > Number(slot.dataset.most || Infinity)) return toast("No more can be chosen here.");
  for (const each of options(slot)) each.ariaSelected = String(values.includes(each.dataset.value));
  if (!several) slot.querySelector("[popover]").hidePopover();
  choose(slot, values);
}

function search(slot, text) {
  if (slot.hasAttribute("data-external")) {
    if (text.length >= Number(slot.dataset.least)) rested(slot, () => suggest(slot, text));
    return;
  }
  const wanted = text.toLowerCase();
  for (const each of slot.querySelectorAll("[role=option]")) each.hidden = !each.textContent.toLowerCase().includes(wanted);
  mark(options(slot), options(slot)[0]);
}

async function suggest(slot, text) {
  const answer = await act("suggest", { ...spot(slot), text });
  if (answer.ok) slot.querySelector("[role=listbox]").replaceChildren(parsed(answer.html));
}

function mark(all, active) {
  for (const each of all) each.classList.toggle("active", each === active);
  active?.scrollIntoView({ block: "nearest" });
}

function steer(event) {
  const all = options(event.target.closest(".select"));
  const at = all.findIndex((each) => each.classList.contains("active"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) mark(all, all[(at + step + all.length) % all.length]);
  else if (event.key === "Enter" && all[at]) pick(all[at]);
  else return;
  event.preventDefault();
}

function walk(event, selector) {
  const all = [...event.target.closest("[role=menu]").querySelectorAll(selector)];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  all[(all.indexOf(event.target) + step + all.length) % all.length].focus();
}

document.addEventListener(
  "toggle",
  (event) => {
    if (event.newState !== "open" || !event.target.matches("[popover]")) return;
    const slot = event.target.closest(".select");
    (event.target.querySelector(".select-search") ?? event.target.querySelector("[role=menuitem]"))?.focus();
    if (slot?.hasAttribute("data-external") && slot.dataset.least === "0") suggest(slot, "");
  },
  true,
);

// --- modals ---

export function readyDialogs() {
  for (const dialog of document.querySelectorAll("dialog.modal:not([open])")) {
    dialog.showModal();
    if (!dialog.querySelector("[autofocus]")) dialog.querySelector(".modal-body :is(input, textarea, button)")?.focus();
    dialog.addEventListener("cancel", (event) => {
      if (event.target !== dialog) return;
      event.preventDefault();
      act("close", spot(dialog));
    });
  }
}

document.addEventListener("submit", async (event) => {
  if (!event.target.matches(".modal-form")) return;
  event.preventDefault();
  const button = event.target.querySelector("[type=submit]");
  if (button) await busy(button, () => act("submit", spot(event.target)));
  document.querySelector("dialog.modal [aria-invalid]")?.focus();
});
