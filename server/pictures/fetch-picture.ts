import { promises as dns, type LookupAddress } from 'node:dns';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { fieldProblem, Problem } from '../http/problems.js';
import { droppedBy } from '../inference/errors.js';
import { type AllowedHost, allowingHost } from './allowed-hosts.js';
import { pictureTooLarge } from './picture-too-large.js';
import { isPublicAddress } from './public-address.js';

export interface FetchOptions {
  /** Empty: nothing is fetched. */
  hosts: readonly AllowedHost[];
  /** For everything together: names, redirects, the picture itself. */
  timeoutMs: number;
  mostBytes: number;
  /** Aborted when the client leaves. */
  signal?: AbortSignal | undefined;
  /** The addresses of a name; the system's by default. */
  lookup?: (hostname: string) => Promise<LookupAddress[]>;
}

/** One fetch on its way. */
interface Fetch extends FetchOptions {
  /** Field of the request that has the address. */
  path: string;
  signal: AbortSignal;
}

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Nothing here says who asked for the picture. Compressed bodies would be of unknown size, and pictures are compressed already. */
const HEADERS = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'maskvlm' };
/** Object stores serve what was uploaded without a type as one of the last two. */
const PICTURE_TYPE = /^(?:image\/|(?:application|binary)\/octet-stream\b)/i;

const unusable = ({ path }: Fetch, message: string): Problem => fieldProblem('unusable', path, message);

const systemLookup = (hostname: string): Promise<LookupAddress[]> => dns.lookup(hostname, { all: true });

function checkAddress(address: string, base: URL | undefined, fetch: Fetch): { url: URL; host: AllowedHost } {
  if (!URL.canParse(address, base?.href)) throw unusable(fetch, 'expected an address such as https://host/picture.jpg');
  const url = new URL(address, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw unusable(fetch, `expected https: or http:, got ${url.protocol}`);
  }
  if (url.username || url.password) throw unusable(fetch, 'expected an address without a user name or password');
  const host = allowingHost(url, fetch.hosts);
  if (!host) throw unusable(fetch, `this server fetches no pictures from ${url.host}`);
  return { url, host };
}

/** Rejects with the signal's reason when that comes first: a lookup cannot be stopped. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** The addresses that may be connected to. The name is looked up here and never again, so its answer cannot change in between. */
async function resolveHost({ hostname }: URL, host: AllowedHost, fetch: Fetch): Promise<LookupAddress[]> {
  const { lookup = systemLookup, signal } = fetch;
  const found = await unlessAborted(lookup(hostname.replace(/^\[|\]$/g, '')), signal);
  const usable = host.private ? found : found.filter(isPublicAddress);
  if (usable.length === 0) throw unusable(fetch, `${hostname} has no public address`);
  return usable;
}

function getPinned(url: URL, addresses: LookupAddress[], signal: AbortSignal): Promise<IncomingMessage> {
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    const { address, family } = addresses[0]!;
    if (all) callback(null, addresses);
    else callback(null, address, family);
  };
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    // A connection of its own: one that is kept could have been made for another request.
    get(url, { agent: false, headers: HEADERS, lookup, signal }, resolve).on('error', reject);
  });
}

function checkResponse({ statusCode, headers }: IncomingMessage, fetch: Fetch): void {
  const { path, mostBytes } = fetch;
  const {
    'content-type': type = '',
    'content-encoding': encoding = 'identity',
    'content-length': length = '',
  } = headers;
  if (statusCode !== 200) throw unusable(fetch, `expected a picture, got status ${statusCode}`);
  if (type !== '' && !PICTURE_TYPE.test(type)) {
    throw fieldProblem('unsupported-type', path, `expected a picture, got ${type.slice(0, 100)}`);
  }
  if (encoding.toLowerCase() !== 'identity') throw unusable(fetch, 'expected the picture as it is, got it compressed');
  if (Number(length) > mostBytes) throw pictureTooLarge(path, mostBytes);
}

async function readBody(response: IncomingMessage, fetch: Fetch): Promise<Uint8Array> {
  checkResponse(response, fetch);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > fetch.mostBytes) throw pictureTooLarge(fetch.path, fetch.mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function follow(address: string, fetch: Fetch): Promise<Uint8Array> {
  let target = checkAddress(address, undefined, fetch);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const addresses = await resolveHost(target.url, target.host, fetch);
    const response = await getPinned(target.url, addresses, fetch.signal);
    try {
      const { location } = response.headers;
      if (!location || !REDIRECTS.has(response.statusCode!)) return await readBody(response, fetch);
      target = checkAddress(location, target.url, fetch);
    } finally {
      response.destroy();
    }
  }
  throw unusable(fetch, `expected at most ${MOST_REDIRECTS} redirects, got more`);
}

/** What the system or the other server did wrong, by its code; anything else is our own fault. */
function fetchError(error: unknown, fetch: Fetch): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof Problem || typeof code !== 'string'
    ? error
    : unusable(fetch, `could not be fetched (${code})`);
}

/**
 * Fetches the bytes of a picture from a host that is allowed; whether they are a picture is the decoder's to say. Every redirect is
 * checked like the address itself, and connections are made only to the addresses that were checked.
 * @throws Problem that names the field `path`; AbortedError or DeadlineError when the signal is aborted
 */
export async function fetchPicture(address: string, path: string, options: FetchOptions): Promise<Uint8Array> {
  const stop = new AbortController();
  const fetch: Fetch = { ...options, path, signal: stop.signal };
  const { hosts, timeoutMs, signal: left } = options;
  if (hosts.length === 0)
    throw unusable(fetch, 'pictures from addresses are off on this server; send the bytes instead');
  const leave = (): void => stop.abort(droppedBy(left!));
  if (left?.aborted) leave();
  left?.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(() => stop.abort(unusable(fetch, `not there within ${timeoutMs} ms`)), timeoutMs);
  try {
    stop.signal.throwIfAborted();
    return await follow(address, fetch);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : fetchError(error, fetch);
  } finally {
    clearTimeout(timer);
    left?.removeEventListener('abort', leave);
  }
}
