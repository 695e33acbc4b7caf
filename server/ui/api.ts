import type { components } from '../http/api.js';

type Schemas = components['schemas'];
export type Collection = Schemas['Collection'];
export type Item = Schemas['Item'];
export type Hit = Schemas['Hit'];
export type SearchRequest = Schemas['SearchRequest'];
export type SearchAnswer = Schemas['SearchAnswer'];

const KEY = 'maskvlm-api-key';

/** An answer that is a problem; its message is made for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The key stays in this tab only. */
export function setApiKey(key: string): void {
  sessionStorage.setItem(KEY, key);
}

function headers(): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, headers: { ...headers(), ...init.headers } }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached.');
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Partial<Schemas['Problem']>;
  throw new ApiError(response.status, problem.detail ?? `The server answered ${response.status}.`);
}

const collectionPath = (collection: string): string => `/v1/collections/${encodeURIComponent(collection)}`;

export async function listCollections(): Promise<Collection[]> {
  const { collections } = await (await send('/v1/collections')).json();
  return collections;
}

export async function listItems(collection: string, limit: number, signal?: AbortSignal): Promise<Item[]> {
  const { items } = await (await send(`${collectionPath(collection)}/items?limit=${limit}`, { signal })).json();
  return items;
}

export async function getItem(collection: string, id: string, signal?: AbortSignal): Promise<Item> {
  return (await send(`${collectionPath(collection)}/items/${encodeURIComponent(id)}`, { signal })).json();
}

/** Searches; a `file` goes as a form, everything else as JSON. */
export async function search(
  collection: string,
  { file, ...request }: Omit<SearchRequest, 'image'> & { file?: Blob },
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const path = `${collectionPath(collection)}/search`;
  if (!file) {
    const headers = { 'Content-Type': 'application/json' };
    return (await send(path, { method: 'POST', headers, body: JSON.stringify(request), signal })).json();
  }
  const form = new FormData();
  form.set('image', file, 'picture');
  for (const [name, value] of Object.entries(request)) form.set(name, String(value));
  return (await send(path, { method: 'POST', body: form, signal })).json();
}

/** Shows a picture of the server in an <img>. With a key it is fetched, since an <img> cannot send one. */
export function showPicture(image: HTMLImageElement, url: string, size: number): void {
  const address = `${url}?size=${size}`;
  if (!sessionStorage.getItem(KEY)) {
    image.src = address;
    return;
  }
  const shown = send(address).then(async (response) => {
    image.src = URL.createObjectURL(await response.blob());
    image.addEventListener('load', () => URL.revokeObjectURL(image.src), { once: true });
  });
  shown.catch(() => image.dispatchEvent(new Event('error')));
}
