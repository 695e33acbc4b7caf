// Everything that the page asks the server.
import type { components, paths } from '../http/api.js';
import { ApiError, hasKey, json, send } from './send.js';

type Schemas = components['schemas'];
export type Collection = Schemas['Collection'];
export type Item = Schemas['Item'];
export type Hit = Schemas['Hit'];
export type Filter = Schemas['Filter'];
export type Image = Schemas['Image'];
export type ItemResult = Schemas['ItemResult'];
export type Model = Schemas['Model'];
export type SearchRequest = Schemas['SearchRequest'];
export type SearchAnswer = Schemas['SearchAnswer'];

type TaskPath = '/v1/vqa' | '/v1/nlvr2' | '/v1/visual-entailment' | '/v1/classify' | '/v1/reconstruct' | '/v1/explain';
type TaskRequest<Path extends TaskPath> = paths[Path]['post']['requestBody']['content']['application/json'];
export type TaskAnswer<Path extends TaskPath> = paths[Path]['post']['responses'][200]['content']['application/json'];

const TOO_MANY = [429, 503];
const MOST_TRIES = 5;

const collectionPath = (collection: string): string => `/v1/collections/${encodeURIComponent(collection)}`;

export async function listModels(): Promise<Model[]> {
  return (await (await send('/v1/models')).json()).models;
}

export async function listCollections(): Promise<Collection[]> {
  return (await (await send('/v1/collections')).json()).collections;
}

/** Makes the collection, unless it is there already. */
export async function putCollection(name: string, model?: string): Promise<Collection> {
  return (await send(collectionPath(name), json('PUT', model ? { model } : {}))).json();
}

export async function listItems(collection: string, limit: number, signal?: AbortSignal): Promise<Item[]> {
  const path = `${collectionPath(collection)}/items?limit=${limit}`;
  return (await (await send(path, signal ? { signal } : {})).json()).items;
}

export async function getItem(collection: string, id: string, signal?: AbortSignal): Promise<Item> {
  const path = `${collectionPath(collection)}/items/${encodeURIComponent(id)}`;
  return (await send(path, signal ? { signal } : {})).json();
}

/** Adds items from a form; waits and tries again while the server has too much to do. */
export async function addItems(collection: string, form: FormData, signal: AbortSignal): Promise<ItemResult[]> {
  const path = `${collectionPath(collection)}/items`;
  for (let attempt = 1; ; attempt++) {
    try {
      return (await (await send(path, { method: 'POST', body: form, signal })).json()).results;
    } catch (error) {
      const later = error instanceof ApiError && TOO_MANY.includes(error.status) && attempt < MOST_TRIES;
      if (!later) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? attempt)));
      signal.throwIfAborted();
    }
  }
}

/** Searches; a `file` goes as a form, everything else as JSON. */
export async function search(
  collection: string,
  { file, ...request }: Omit<SearchRequest, 'image'> & { file?: Blob },
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const path = `${collectionPath(collection)}/search`;
  if (!file) return (await send(path, json('POST', request, signal))).json();
  const form = new FormData();
  form.set('image', file, 'picture');
  for (const [name, value] of Object.entries(request)) {
    form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return (await send(path, { method: 'POST', body: form, signal })).json();
}

/** Asks one of the tasks on a picture. */
export async function ask<Path extends TaskPath>(
  path: Path,
  request: TaskRequest<Path>,
  signal: AbortSignal,
): Promise<TaskAnswer<Path>> {
  return (await send(path, json('POST', request, signal))).json();
}

/** Shows a picture of the server in an <img>. With a key it is fetched, since an <img> cannot send one. */
export function showStored(image: HTMLImageElement, url: string, size: number): void {
  const address = `${url}?size=${size}`;
  if (!hasKey()) {
    image.src = address;
    return;
  }
  const shown = send(address).then(async (response) => showBlob(image, await response.blob()));
  shown.catch(() => image.dispatchEvent(new Event('error')));
}

export function showBlob(image: HTMLImageElement, blob: Blob): void {
  image.src = URL.createObjectURL(blob);
  for (const event of ['load', 'error']) {
    image.addEventListener(event, () => URL.revokeObjectURL(image.src), { once: true });
  }
}
