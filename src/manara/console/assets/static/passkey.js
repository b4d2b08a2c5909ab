// Passkeys: adds one on the page of one's own account, and signs in with one as the second factor.
const send = async (path, csrf, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
};

const ways = {
  async add({ csrf, next }) {
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(await send("/passkeys/new", csrf, {}));
    const made = await navigator.credentials.create({ publicKey: options });
    const name = document.querySelector("[data-passkey-name]").value;
    return send("/passkeys", csrf, { name, next, credential: made.toJSON() });
  },
  async use({ csrf, next }) {
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(await send("/passkeys/ask", csrf, { next }));
    const signed = await navigator.credentials.get({ publicKey: options });
    return send("/passkeys/answer", csrf, { next, credential: signed.toJSON() });
  },
};

for (const button of document.querySelectorAll("button[data-passkey]")) {
  button.hidden = !window.PublicKeyCredential;
  button.addEventListener("click", async () => {
    try {
      location.href = (await ways[button.dataset.passkey](button.dataset)).next;
    } catch {
      document.querySelector("[data-passkey-failed]").hidden = false;
    }
  });
}
