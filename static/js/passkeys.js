// Passkeys: a form with data-passkey asks the browser for one when it is sent, and carries the answer.
// data-passkey is "create", "get" (their options are in #passkey-options) or "sign-in" (its options are asked for,
// so that a page that nobody signs in on makes no challenge). webauthnJSON comes from django-allauth.
const REASONS = {
  NotAllowedError: "It was cancelled, took too long, or there is no passkey for this here. Try again.",
  InvalidStateError: "This device holds a passkey of yours for this already.",
  SecurityError: "Passkeys need https and a host name. On your own machine, open localhost instead of an IP address.",
};

async function optionsFor(form) {
  if (form.dataset.passkey !== "sign-in") return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("The server could not be asked. Try again in a minute.");
  return answer.json();
}

async function credentialFor(form) {
  const options = await optionsFor(form);
  if (form.dataset.passkey !== "create") return webauthnJSON.get(options.request_options);
  const { publicKey } = options.creation_options;
  const isAlone = form.elements.passwordless.checked;
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: isAlone ? "required" : "discouraged",
    requireResidentKey: isAlone,
    ...(isAlone && { userVerification: "required" }),
  };
  return webauthnJSON.create({ publicKey });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const error = form.querySelector("[data-passkey-error]");
  error.hidden = true;
  try {
    if (!webauthnJSON.supported()) throw new DOMException("", "SecurityError");
    form.elements.credential.value = JSON.stringify(await credentialFor(form));
    form.submit();
  } catch (reason) {
    error.textContent = REASONS[reason.name] ?? reason.message;
    error.hidden = false;
  }
});
