// The window: follows links without reloading, and keeps the screen as the server draws it.

import { readyComposers, wrote } from "./composer.js";
import { readyDialogs } from "./elements.js";
import { fill, fillList } from "./morph.js";
import { act, me } from "./wire.js";

const BOTTOM = 60; // pixels from the end within which a log counts as being read at its end
const wide = matchMedia("(min-width: 721px)");
let line = null;

function open({ visit = true } = {}) {
  line?.close();
  line = new EventSource(`/page/stream?at=${encodeURIComponent(location.pathname)}`);
  line.onmessage = (event) => show(JSON.parse(event.data));
  line.onerror = () => line.readyState === EventSource.CLOSED && location.assign("/"); // the workspace is a new one
  document.body.dataset.pane = pane();
  if (visit) act("visit", { at: location.pathname });
}

function pane() {
  const [, , , channel, thread] = location.pathname.split("/");
  return thread ? "thread" : channel ? "main" : "sidebar";
}

export function go(path, { replace = false } = {}) {
  if (path === location.pathname) return;
  const leaving = location.pathname;
  history[replace ? "replaceState" : "pushState"]({}, "", path);
  open({ visit: !path.startsWith(leaving) && !leaving.startsWith(path) });
}

function show(patch) {
  if (patch.gone) return location.assign("/");
  const logs = () => [...document.querySelectorAll("[data-list]")];
  const before = new Map(logs().map((log) => [log.id, atEnd(log)]));
  if (patch.title) document.title = patch.title;
  for (const [id, html] of Object.entries(patch.regions ?? {})) fill(document.getElementById(id), html);
  for (const [id, list] of Object.entries(patch.lists ?? {})) fillList(document.getElementById(id), list);
  const fresh = logs().filter((log) => !before.has(log.id));
  for (const log of logs()) if (before.get(log.id) ?? true) log.scrollTop = log.scrollHeight;
  readyDialogs();
  readyComposers();
  if (wide.matches && !document.querySelector("dialog[open]")) fresh.at(-1)?.parentElement.querySelector("textarea")?.focus();
  openAnsweredThread();
}

const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < BOTTOM;

// When the app answers in the thread of a message written just now, the thread opens by itself.
function openAnsweredThread() {
  if (pane() === "thread") return;
  for (const ts of wrote.recent()) {
    const answered = document.querySelector(`[data-ts="${ts}"][data-app-replied]`);
    if (answered) {
      wrote.forget(ts);
      return go(answered.dataset.appReplied);
    }
  }
}

// A message's permalink leads to the message on this very page, as it does in Slack.
function pathOf(link) {
  if (!link || link.origin !== location.origin) return null;
  if (link.pathname.startsWith("/as/")) return link.pathname;
  const [, channel, digits] = link.pathname.match(/^\/archives\/(\w+)\/p(\d+)$/) ?? [];
  if (!channel) return null;
  const ts = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  return `/as/${me()}/${channel}/${new URLSearchParams(link.search).get("thread_ts") ?? ts}`;
}

document.addEventListener("click", (event) => {
  const path = pathOf(event.target.closest("a[href]"));
  if (!path || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(path);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const close = document.querySelector(".close-thread");
  if (close && !document.querySelector("dialog[open], :popover-open")) close.click();
});

document.addEventListener("page:wrote", openAnsweredThread); // the answer may have been quicker than our own reply
document.addEventListener("page:go", (event) => go(event.detail));
document.addEventListener("page:refresh", () => open({ visit: false }));
addEventListener("popstate", () => open());
open();
