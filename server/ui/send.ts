// Requests, the key that they carry, and what is said when one fails.
import type { components } from '../http/api.js';

type Problem = components['schemas']['Problem'];

const KEY = 'maskvlm-api-key';

/** An answer that is a problem; its message is made for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
    /** The fields that it is about. */
    readonly fields: { path: string; message: string }[] = [],
    /** After how many seconds it makes sense to try again. */
    readonly retryAfter?: number,
  ) {
    super(detail);
  }
}

/** Asks for a key; `refused` where the one that was given is not right. */
type AskKey = (refused: boolean) => Promise<string>;

let askKey: AskKey | undefined;
let asking: Promise<void> | undefined;

/** Says how people are asked for the key of a server that wants one; what was refused is then sent again. */
export function askForKeyWith(ask: AskKey): void {
  askKey = ask;
}

/** The key stays in this tab only. Requests that are refused together ask once. */
async function getKey(ask: AskKey): Promise<void> {
  asking ??= ask(hasKey()).then((key) => sessionStorage.setItem(KEY, key));
  await asking.finally(() => {
    asking = undefined;
  });
}

/** Whether requests carry a key. */
export function hasKey(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

function headers(): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** The answer; one that is a problem is thrown as an ApiError. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const used = sessionStorage.getItem(KEY);
  const response = await fetch(path, { ...init, headers: { ...headers(), ...init.headers } }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached.');
  });
  if (response.ok) return response;
  if (response.status === 401 && askKey) {
    // Another request may have been given a key while this one was under way.
    if (sessionStorage.getItem(KEY) === used) await getKey(askKey);
    return send(path, init);
  }
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const wait = Number(response.headers.get('Retry-After')) || undefined;
  const detail = problem.detail ?? `The server answered ${response.status}.`;
  throw new ApiError(response.status, detail, problem.errors, wait);
}

/** A request with a JSON body. */
export const json = (method: string, body: unknown, signal?: AbortSignal): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
  ...(signal && { signal }),
});
