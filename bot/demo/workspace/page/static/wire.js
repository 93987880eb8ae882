// The line to the server: what a person does goes out as JSON; refusals come back as a toast.

export const me = () => location.pathname.split("/")[2];

export async function act(name, values = {}) {
  let answer;
  try {
    const response = await fetch(`/page/act/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: me(), ...values }),
    });
    answer = response.ok ? await response.json() : { ok: false, error: await response.text() };
  } catch {
    answer = { ok: false, error: "The workspace cannot be reached." };
  }
  if (!answer.ok) toast(sentence(answer.error));
  else if (answer.problem) toast(answer.problem);
  return answer;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

// Shows a sentence for a while; `offer` is a label and what to do when it is pressed.
export function toast(text, offer) {
  const shown = document.createElement("div");
  shown.className = "toast";
  shown.setAttribute("role", "alert");
  shown.append(text);
  if (offer) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: offer.label });
    button.addEventListener("click", () => (shown.remove(), offer.act()));
    shown.append(button);
  }
  // Modals are drawn above everything else, so a toast that concerns one has to stand inside it.
  (document.querySelector("dialog.modal[open]") ?? document.getElementById("toasts")).append(shown);
  setTimeout(() => shown.remove(), offer ? 15000 : 6000);
}

// Asks before something that cannot be undone; resolves to whether the answer was yes.
export function confirmed(dialog) {
  return new Promise((resolve) => {
    dialog.showModal();
    const answer = (event) => {
      const button = event.target.closest("button[value]");
      if (event.type === "click" && !button) return;
      dialog.removeEventListener("click", answer);
      dialog.removeEventListener("close", answer);
      dialog.close();
      resolve(button?.value === "confirm");
    };
    dialog.addEventListener("click", answer);
    dialog.addEventListener("close", answer);
  });
}
