// Brings what is on the screen up to date without disturbing it: elements are recognised by their ids,
// so that focus, scroll positions, open menus and half-typed text survive.

const KEPT = { DIALOG: ["open"], DETAILS: ["open"], INPUT: ["value", "checked"] };

export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Makes `region` contain exactly this HTML.
export function fill(region, html) {
  children(region, parsed(html));
}

// Makes `list` contain the elements named in `order`; `items` holds the HTML of those that are new or changed.
export function fillList(list, { order, items }) {
  const wanted = new Set(order);
  for (const child of [...list.children]) if (!wanted.has(child.id)) child.remove();
  let here = list.firstElementChild;
  for (const id of order) {
    let element = document.getElementById(id);
    if (id in items) {
      const fresh = parsed(items[id]).firstElementChild;
      if (element) morph(element, fresh);
      else element = fresh;
    }
    if (element === here) here = here.nextElementSibling;
    else list.insertBefore(element, here);
  }
}

function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || (old.id ?? "") !== (fresh.id ?? "")) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (!old.hasAttribute("data-keep") && !old.isEqualNode(fresh)) {
    attributes(old, fresh);
    if (!old.hasAttribute("data-list") && old.nodeName !== "TEXTAREA") children(old, fresh);
  }
}

function attributes(old, fresh) {
  const kept = KEPT[old.nodeName] ?? [];
  for (const { name, value } of [...fresh.attributes])
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
}

function children(old, fresh) {
  const known = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  let here = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = next.id ? known.get(next.id) : here && !here.id && here.nodeName === next.nodeName ? here : null;
    if (match === null || match === undefined) {
      old.insertBefore(next, here);
      continue;
    }
    if (match === here) here = here.nextSibling;
    else old.insertBefore(match, here);
    morph(match, next);
  }
  while (here) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}
