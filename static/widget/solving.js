// The work itself, where altcha would start workers.
//
// A worker from another origin cannot be started, and one from a blob would need `worker-src blob:` in the policy
// of every page. It would gain nothing: WebCrypto computes on a thread of its own either way, so the page stays
// responsive, and in Chromium one page's calls share that thread however many workers make them.
const LANES = 4; // calls on their way at once, so that the thread that computes never waits for this one
const open = new WeakMap(); // by a challenge's parameters: when it came, and when its solution may be handed over

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const until = (moment) => new Promise((done) => setTimeout(done, Math.max(0, moment - performance.now())));

/** The key that one counter leads to, as altcha's algorithms PBKDF2/SHA-… and SHA-… define it. */
async function derive({ algorithm, cost, keyLength = 32 }, salt, password) {
  const [kind, hash] = algorithm.includes("/") ? algorithm.split("/") : ["", algorithm];
  if (kind) {
    const key = await crypto.subtle.importKey("raw", password, kind, false, ["deriveBits"]);
    return crypto.subtle.deriveBits({ name: kind, hash, salt, iterations: cost }, key, keyLength * 8);
  }
  let derived = new Uint8Array([...salt, ...password]);
  for (let round = 0; round < Math.max(1, cost); round++) {
    derived = new Uint8Array(await crypto.subtle.digest(hash, derived)).slice(0, keyLength);
  }
  return derived;
}

/** What altcha takes for a worker: tries every so-manieth counter until one of the lanes has found the right one. */
class Lane {
  #listeners = {};
  #isStopped = false;

  addEventListener(name, listener) {
    this.#listeners[name] = listener;
  }

  terminate() {
    this.#isStopped = true;
  }

  async postMessage({ type, challenge, counterStart, counterStep }) {
    if (type === "abort") {
      this.terminate();
      return queueMicrotask(() => this.#listeners.message({ data: null })); // whoever waits for this lane may go on
    }
    try {
      const data = await this.#search(challenge.parameters, counterStart, counterStep);
      if (data && !this.#isStopped) this.#listeners.message({ data });
    } catch (error) {
      this.#listeners.error(error);
    }
  }

  async #search(parameters, counter, step) {
    const issued = open.get(parameters);
    const salt = bytes(parameters.salt);
    const password = new Uint8Array([...bytes(parameters.nonce), 0, 0, 0, 0]);
    const counterBytes = new DataView(password.buffer);
    for (; !this.#isStopped && !issued.isSolved; counter += step) {
      counterBytes.setUint32(password.length - 4, counter);
      const derivedKey = hex(await derive(parameters, salt, password));
      if (derivedKey.startsWith(parameters.keyPrefix)) {
        issued.isSolved = true;
        const time = Math.round(performance.now() - issued.receivedAt);
        await until(issued.readyAt);
        return { counter, derivedKey, time };
      }
    }
    return null;
  }
}
