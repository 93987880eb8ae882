// Where people write: Enter sends; @, #, : and / complete; a message can be edited in its place.

import { act, toast } from "./wire.js";

const RECENT = 120_000; // milliseconds in which an answer still belongs to "the message I just wrote"
const SHOWN = 8; // completions at a time
const drafts = new Map();
const written = new Map();
let names = null;
let emoji = null;

export const wrote = {
  forget: (ts) => written.delete(ts),
  recent: () => [...written].filter(([, at]) => Date.now() - at < RECENT).map(([ts]) => ts),
};
document.addEventListener("page:wrote", (event) => written.set(event.detail, Date.now()));

export function readyComposers() {
  for (const form of document.querySelectorAll("form.composer:not([data-ready])")) {
    form.dataset.ready = "";
    form.querySelector("textarea").value = drafts.get(form.id) ?? "";
  }
}

async function send(form) {
  const box = form.querySelector("textarea");
  const text = box.value.trim();
  if (!text) return;
  set(box, "");
  const broadcast = form.querySelector("[name=broadcast]");
  const values = { channel: form.dataset.channel, text, broadcast: broadcast?.checked ?? false };
  if (form.dataset.threadTs) values.thread_ts = form.dataset.threadTs;
  const log = form.closest(".foot").previousElementSibling;
  log.scrollTop = log.scrollHeight;
  const answer = await act("post", values);
  if (!answer.ok && !box.value) set(box, text);
  if (answer.ts && !values.thread_ts) document.dispatchEvent(new CustomEvent("page:wrote", { detail: answer.ts }));
  if (broadcast) broadcast.checked = false;
  if (answer.invite) offerInvitation(answer.invite);
}

const offerInvitation = ({ name, ...guest }) =>
  toast(`${name} is not in this channel and will not see your message.`, {
    label: `Add ${name}`,
    act: () => act("invite", guest),
  });

function set(box, text) {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function insert(box, text, from = box.selectionStart) {
  box.setRangeText(text, from, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

// --- completions ---

const popup = document.getElementById("completions");
let completing = null;

async function load() {
  names ??= await act("names");
  emoji ??= await (await fetch("/page/static/emoji.json")).json();
}

function candidates(kind, typed) {
  const begins = (each) => `${each.name} ${each.label ?? ""}`.toLowerCase().split(/\s+/).some((word) => word.startsWith(typed));
  const lists = {
    "@": () => names.people.filter(begins).map((each) => ({ put: `@${each.name} `, label: each.label, hint: each.app ? "App" : each.name })),
    "#": () => names.channels.filter(begins).map((each) => ({ put: `#${each.name} `, label: `# ${each.name}`, hint: each.label })),
    "/": () => names.commands.filter((each) => each.name.startsWith(`/${typed}`)).map((each) => ({ put: `${each.name} `, label: each.name, hint: each.label })),
    ":": () => (typed.length < 2 ? [] : Object.keys(emoji).filter((name) => name.includes(typed)).map((name) => ({ put: `:${name}: `, label: `${emoji[name]}  :${name}:` }))),
  };
  return lists[kind]().slice(0, SHOWN);
}

async function complete(box) {
  await load();
  const before = box.value.slice(0, box.selectionStart);
  const match = /(?:^|[\s(])([@#:])([\w.+-]*)$/.exec(before) ?? (box.closest("[data-thread-ts]") ? null : /^(\/)(\S*)$/.exec(before));
  const found = match ? candidates(match[1], match[2].toLowerCase()) : [];
  const whole = found.length === 1 && found[0].put.trim() === match[0].trim(); // nothing is left to complete
  if (!found.length || whole) return closeCompletions();
  completing = { box, found, at: 0, from: box.selectionStart - match[2].length - 1 };
  drawCompletions();
}

function drawCompletions() {
  const { box, found, at } = completing;
  popup.replaceChildren(
    ...found.map((each, index) => {
      const line = Object.assign(document.createElement("div"), { id: `completion-${index}`, className: index === at ? "active" : "" });
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(index === at));
      line.append(each.label, Object.assign(document.createElement("span"), { className: "hint", textContent: each.hint ?? "" }));
      return line;
    }),
  );
  popup.hidden = false;
  const form = (box.closest("form") ?? box).getBoundingClientRect();
  Object.assign(popup.style, { left: `${form.left}px`, bottom: `${innerHeight - form.top + 4}px`, width: `${Math.min(form.width, 420)}px` });
  box.setAttribute("aria-activedescendant", `completion-${at}`);
}

function closeCompletions() {
  completing?.box.removeAttribute("aria-activedescendant");
  completing = null;
  popup.hidden = true;
}

function accept(index) {
  const { box, found, from } = completing;
  closeCompletions();
  insert(box, found[index].put, from);
}

popup.addEventListener("mousedown", (event) => {
  event.preventDefault(); // the text box keeps the focus
  const line = event.target.closest("[role=option]");
  if (line) accept([...popup.children].indexOf(line));
});

function steered(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    completing.at = (completing.at + step + completing.found.length) % completing.found.length;
    drawCompletions();
  } else if (event.key === "Enter" || event.key === "Tab") accept(completing.at);
  else if (event.key === "Escape") closeCompletions();
  else return false;
  event.preventDefault();
  return true;
}

function hint(form, text) {
  const line = form.querySelector(".command-hint");
  const used = names?.commands.find((each) => text.startsWith(`${each.name} `) || text === each.name);
  line.hidden = !used;
  if (used) line.textContent = `${used.name} ${used.hint}`.trim() + (used.label ? ` — ${used.label}` : "");
}

document.addEventListener("input", async (event) => {
  const form = event.target.closest("form.composer, form.edit");
  if (!form || event.target.localName !== "textarea") return;
  if (form.matches(".composer")) drafts.set(form.id, event.target.value);
  await complete(event.target);
  if (form.matches(".composer")) hint(form, event.target.value);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form.composer, form.edit");
  if (!form || event.target.localName !== "textarea" || event.isComposing) return;
  if (completing && steered(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape" && form.matches(".edit")) {
    event.preventDefault();
    finishEdit();
  }
});

document.addEventListener("focusout", (event) => event.target === completing?.box && closeCompletions());

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("form.composer, form.edit")) return;
  event.preventDefault();
  if (event.target.matches(".composer")) return send(event.target);
  const { channel, ts } = event.target.closest("article").dataset;
  const answer = await act("edit", { channel, ts, text: event.target.querySelector("textarea").value });
  if (answer.ok) finishEdit();
});

// --- editing in place ---

async function startEdit(article) {
  finishEdit();
  const { channel, ts } = article.dataset;
  const answer = await act("source", { channel, ts });
  if (!answer.ok) return;
  const form = document.getElementById("edit-form").content.firstElementChild.cloneNode(true);
  article.querySelector(".content").append(form);
  article.dataset.keep = "";
  article.classList.add("editing");
  const box = form.querySelector("textarea");
  box.value = answer.text;
  box.focus();
}

function finishEdit() {
  const article = document.querySelector("article.editing");
  if (!article) return;
  article.querySelector("form.edit").remove();
  article.classList.remove("editing");
  delete article.dataset.keep;
  document.dispatchEvent(new CustomEvent("page:refresh")); // what happened to the message meanwhile
}

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-insert]");
  if (tool) insert(tool.closest("form").querySelector("textarea"), tool.dataset.insert);
  const edited = event.target.closest("[data-edit]");
  if (edited) {
    edited.closest("[popover]").hidePopover();
    startEdit(document.getElementById(edited.dataset.edit));
  }
  if (event.target.closest("[data-cancel-edit]")) finishEdit();
  const wanted = event.target.closest("[data-emoji-for]");
  if (wanted) openPicker(wanted);
});

// --- emoji ---

const picker = document.getElementById("emoji-picker");
let emojiFor = null;

async function openPicker(button) {
  await load();
  emojiFor = document.getElementById(button.dataset.emojiFor);
  drawPicker("");
  picker.querySelector("input").value = "";
  picker.showPopover({ source: button });
  picker.querySelector("input").focus();
}

function drawPicker(typed) {
  const found = Object.entries(emoji).filter(([name]) => name.includes(typed));
  picker.querySelector(".emoji-grid").replaceChildren(
    ...found.map(([name, characters]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: characters, title: `:${name}:` });
      button.setAttribute("aria-label", name);
      button.dataset.emoji = name;
      return button;
    }),
  );
}

picker.addEventListener("input", (event) => drawPicker(event.target.value.toLowerCase()));
picker.addEventListener("click", (event) => {
  const name = event.target.closest("[data-emoji]")?.dataset.emoji;
  if (!name) return;
  picker.hidePopover();
  const { channel, ts } = emojiFor.dataset;
  if (ts) act("react", { channel, ts, name });
  else insert(emojiFor.querySelector("textarea"), `:${name}: `);
});
