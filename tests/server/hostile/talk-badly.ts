// Clients that break HTTP, stop in the middle, or take for ever: each is answered with a status, or its connection is closed in time.
import { expect } from 'vitest';
import { createRng, type Rng } from '../../../model/random.js';
import { type Step, slowly, type Talk, talk } from '../../fixtures/raw-connection.js';

interface BadTalk {
  steps: readonly Step[];
  /** Goes on with its steps until the connection is closed. */
  forever?: boolean;
  /** Statuses that may come first; none where a connection may be closed without a word. */
  statuses: number[];
}

const ITEMS = '/v1/collections/wire/items';
const SEARCH = '/v1/collections/wire/search';
const head = (start: string, ...lines: string[]): string => [start, 'Host: x', ...lines, '', ''].join('\r\n');
const post = (path: string, type: string, ...lines: string[]): string =>
  head(`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, ...lines);
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const JSON_TYPE = 'application/json';
const LINES = 'application/x-ndjson';
const FORM = 'multipart/form-data; boundary=b';
const CHUNKED = 'Transfer-Encoding: chunked';
const LINE = '{"id":"of a bad client","caption":"a ball"}\n';
const PART = '--b\r\nContent-Disposition: form-data; name="image"; filename="x"\r\nContent-Type: image/png\r\n\r\nabc';
const JOB = `--b\r\nContent-Disposition: form-data; name="type"\r\n\r\ntask\r\n${PART.replace('image"', 'file"')}`;
const TOO_SLOW_MS = 40;
/** Connections of bad clients at the same time: some are kept open for the next request. */
const AT_A_TIME = 10;

/** Those that wait: what ends them is a time limit of the server. */
const SLOW: Record<string, BadTalk> = {
  'says nothing': { steps: [], statuses: [408] },
  'stops in the first line': { steps: ['GET /heal'], statuses: [408] },
  'stops in its headers': { steps: ['GET /healthz HTTP/1.1\r\nHost: x\r\n'], statuses: [408] },
  'sends headers letter by letter': {
    steps: slowly('X-Slow: 1\r\n', TOO_SLOW_MS),
    forever: true,
    statuses: [400, 408],
  },
  'stops before its body': { steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 10')], statuses: [408] },
  'says that its body is longer': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 99'), '{"text":"x"}'],
    statuses: [408],
  },
  'waits for 100 and sends nothing': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 10', 'Expect: 100-continue')],
    statuses: [100],
  },
  'sends JSON byte by byte': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 900000'), ...slowly('{'.padEnd(500, ' '), TOO_SLOW_MS)],
    statuses: [408],
  },
  'sends a chunk without an end': { steps: [post(SEARCH, JSON_TYPE, CHUNKED), 'ffff\r\n{"text":'], statuses: [408] },
  'sends chunks without an end': {
    steps: [post(SEARCH, JSON_TYPE, CHUNKED), ...Array.from({ length: 500 }, () => [chunk(' '), TOO_SLOW_MS]).flat()],
    statuses: [408],
  },
  'stops in a form': { steps: [post(ITEMS, FORM, 'Content-Length: 9999'), PART], statuses: [408] },
  'sends a form byte by byte': {
    steps: [post(ITEMS, FORM, 'Content-Length: 9999'), ...slowly(PART.padEnd(500, 'x'), TOO_SLOW_MS)],
    statuses: [408],
  },
  'stops before its lines': { steps: [post(ITEMS, LINES, 'Content-Length: 9999')], statuses: [408] },
  'stops in a line': { steps: [post(ITEMS, LINES, CHUNKED), chunk(LINE), chunk('{"caption":')], statuses: [200, 408] },
  'sends a line byte by byte': {
    steps: [post(ITEMS, LINES, 'Content-Length: 9999'), ...slowly('{'.padEnd(500, ' '), TOO_SLOW_MS)],
    statuses: [408],
  },
  'stops in the file of a job': { steps: [post('/v1/jobs', FORM, 'Content-Length: 9999'), JOB], statuses: [408] },
  'sends the file of a job byte by byte': {
    steps: [post('/v1/jobs', FORM, 'Content-Length: 9999'), JOB, ...slowly('x'.repeat(500), TOO_SLOW_MS)],
    statuses: [408],
  },
  'has a length beyond the limit': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 99999999999'), 'x'],
    statuses: [408, 413],
  },
  'has a form beyond the limit': {
    steps: [post(ITEMS, FORM, 'Content-Length: 99999999999'), PART],
    statuses: [408, 413],
  },
};

const whole = (path: string, type: string, body: string): string =>
  post(path, type, `Content-Length: ${Buffer.byteLength(body)}`) + body;

/** Those that are answered at once. */
const WRONG: Record<string, BadTalk> = {
  'speaks no HTTP': { steps: ['hello, is anybody there?\r\n\r\n'], statuses: [400] },
  'speaks TLS': { steps: [Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(200, 7), 'END'], statuses: [400] },
  'speaks HTTP/2': { steps: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], statuses: [400, 505] },
  'speaks HTTP/0.9': { steps: ['GET /healthz\r\n', 'END'], statuses: [400] },
  'sends zeros': { steps: [Buffer.alloc(4096), 'END'], statuses: [400] },
  'wants a tunnel': { steps: [head('CONNECT 169.254.169.254:80 HTTP/1.1')], statuses: [] },
  'wants another protocol': {
    steps: [head('GET /healthz HTTP/1.1', 'Connection: Upgrade, close', 'Upgrade: websocket')],
    statuses: [200],
  },
  'asks a proxy': {
    steps: [head('GET http://169.254.169.254/healthz HTTP/1.1', 'Connection: close')],
    statuses: [200, 404],
  },
  'asks for a star': { steps: [head('OPTIONS * HTTP/1.1', 'Connection: close')], statuses: [404] },
  'asks for two slashes': {
    steps: [head('GET //evil.example/healthz HTTP/1.1', 'Connection: close')],
    statuses: [404],
  },
  'asks for a path out of the folder': {
    steps: [head('GET /ui/../../package.json HTTP/1.1', 'Connection: close')],
    statuses: [403, 404],
  },
  'asks for a path out of the folder in percents': {
    steps: [head('GET /ui/%2e%2e%2f%2e%2e%2fpackage.json HTTP/1.1', 'Connection: close')],
    statuses: [400, 403, 404],
  },
  'asks for a path with NUL': { steps: [head('GET /ui/%00.js HTTP/1.1', 'Connection: close')], statuses: [400, 404] },
  'asks for a path that is no UTF-8': {
    steps: [head('GET /v1/collections/%c0%af HTTP/1.1', 'Connection: close')],
    statuses: [400],
  },
  'asks for a very long path': { steps: [head(`GET /${'a'.repeat(20_000)} HTTP/1.1`)], statuses: [431] },
  'sends very long headers': {
    steps: [head('GET /healthz HTTP/1.1', `X-Long: ${'a'.repeat(20_000)}`)],
    statuses: [431],
  },
  'sends 5,000 headers': {
    steps: [head('GET /healthz HTTP/1.1', ...Array.from({ length: 5000 }, (_, n) => `X-${n}: 1`))],
    statuses: [431],
  },
  'sends 2,000 parameters': {
    steps: [head(`GET ${ITEMS}?${'__proto__[a]=1&'.repeat(1000)} HTTP/1.1`, 'Connection: close')],
    statuses: [400],
  },
  'names no host': { steps: ['GET /healthz HTTP/1.1\r\n\r\n'], statuses: [400] },
  'has NUL in a header': { steps: [head('GET /healthz HTTP/1.1', 'X-A: a\0b')], statuses: [400] },
  'has two lengths': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 5', 'Content-Length: 6'), '{"a":1'],
    statuses: [400],
  },
  'has a length and chunks': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 5', CHUNKED), '0\r\n\r\n'],
    statuses: [400],
  },
  'has chunks in disguise': {
    steps: [post(SEARCH, JSON_TYPE, 'Transfer-Encoding: chunked, identity'), '0\r\n\r\n'],
    statuses: [400],
  },
  'has a negative length': { steps: [post(SEARCH, JSON_TYPE, 'Content-Length: -1')], statuses: [400] },
  'has a length beyond numbers': {
    steps: [post(SEARCH, JSON_TYPE, `Content-Length: ${'9'.repeat(40)}`)],
    statuses: [400],
  },
  'says that its body is shorter': {
    steps: [post(SEARCH, JSON_TYPE, 'Content-Length: 5'), '{"text":"x"}\r\n\r\n'],
    statuses: [400],
  },
  'sends chunks of nonsense': { steps: [post(SEARCH, JSON_TYPE, CHUNKED), 'zz\r\n{}\r\n'], statuses: [400] },
  'sends a chunk that is longer than it says': {
    steps: [post(SEARCH, JSON_TYPE, CHUNKED), '2\r\n{"text":"x"}\r\n0\r\n\r\n'],
    statuses: [400],
  },
  'sends a chunk of 2^64 bytes': {
    steps: [post(SEARCH, JSON_TYPE, CHUNKED), 'ffffffffffffffffff\r\n'],
    statuses: [400],
  },
  'sends a long chunk extension': {
    steps: [post(SEARCH, JSON_TYPE, CHUNKED), `2;${'a'.repeat(50_000)}\r\n`],
    statuses: [400, 413],
  },
  'sends a form without its end': { steps: [whole(ITEMS, FORM, PART)], statuses: [400] },
  'sends a form without a boundary': { steps: [whole(ITEMS, 'multipart/form-data', PART)], statuses: [400] },
  'sends a form of another boundary': {
    steps: [whole(ITEMS, 'multipart/form-data; boundary=c', PART)],
    statuses: [400],
  },
  'sends a form of 5,000 parts': { steps: [whole(ITEMS, FORM, `${PART}\r\n`.repeat(5000))], statuses: [400, 413] },
  'sends a part with long headers': {
    steps: [whole(ITEMS, FORM, `--b\r\nX-A: ${'a'.repeat(200_000)}\r\n\r\n`)],
    statuses: [400],
  },
  'sends a job without its end': { steps: [whole('/v1/jobs', FORM, JOB)], statuses: [400] },
  'sends bytes that are no UTF-8': {
    steps: [whole(SEARCH, JSON_TYPE, '{"text":"'), Buffer.from([0xff, 0xc0, 0x80])],
    statuses: [400],
  },
  'sends 300 requests at once and leaves': {
    steps: [head('GET /healthz HTTP/1.1').repeat(300), 'HANG UP'],
    statuses: [],
  },
};

/** Those that leave in the middle, at a place that is drawn. */
const REQUESTS: Record<string, string> = {
  'a search': whole(SEARCH, JSON_TYPE, '{"text":"a ball","k":5}'),
  lines: whole(ITEMS, LINES, LINE.repeat(40)),
  'a form': whole(ITEMS, FORM, `${PART}\r\n--b--\r\n`),
  'a job': whole('/v1/jobs', FORM, `${JOB}\r\n--b--\r\n`),
};

function leaving(rng: Rng): [string, BadTalk] {
  const [what, text] = rng.pick(Object.entries(REQUESTS));
  const at = rng.int(text.length + 1);
  const how = rng.pick(['END', 'HANG UP'] as const);
  return [
    `leaves (${how}) after ${at} bytes of ${what}`,
    { steps: [text.slice(0, at), rng.int(20), how], statuses: [] },
  ];
}

/** Requests with some bytes changed. */
function garbled(rng: Rng): [string, BadTalk] {
  const [what, text] = rng.pick(Object.entries(REQUESTS));
  const bytes = Buffer.from(text, 'latin1');
  const places = Array.from({ length: 1 + rng.int(8) }, () => rng.int(bytes.length));
  for (const place of places) bytes[place] = rng.int(256);
  return [`garbles ${what} at ${places}`, { steps: [bytes, 'END'], statuses: [] }];
}

function expectEnded(what: string, { statuses: may }: BadTalk, { answer, statuses, closed }: Talk): void {
  expect(closed, `a client that ${what} is still connected: ${answer.slice(0, 200)}`).toBe(true);
  const told = `a client that ${what}: ${answer.slice(0, 500)}`;
  expect(statuses, told).not.toContain(500);
  if (may.length > 0 && statuses.length > 0) expect(may, told).toContain(statuses[0]);
}

/** Has a client talk, and fails unless its connection is closed within `ms` with an answer that it may have. */
async function say(port: number, [what, client]: [string, BadTalk], ms: number): Promise<void> {
  expectEnded(what, client, await talk(port, client.steps, { ms, forever: client.forever ?? false }));
}

/**
 * Talks badly to the server on this port, `count` times: at first as each of the known bad clients, then as clients that leave or garble
 * what they say. Each is done within `ms`.
 */
export async function talkBadly(port: number, count: number, ms: number, seed = 1): Promise<void> {
  const rng = createRng('bad clients', seed);
  const known = Object.entries(WRONG);
  const clients = Array.from({ length: count }, (_, n) => known[n] ?? (rng.next() < 0.5 ? leaving(rng) : garbled(rng)));
  for (let at = 0; at < count; at += AT_A_TIME) {
    await Promise.all(clients.slice(at, at + AT_A_TIME).map((client) => say(port, client, ms)));
  }
}

/** Talks to the server on this port as clients that never come to an end, all together; each is cut off within `ms`. */
export async function talkForEver(port: number, ms: number): Promise<void> {
  const ended = await Promise.allSettled(Object.entries(SLOW).map((client) => say(port, client, ms)));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** How many clients {@link talkBadly} knows before it draws others. */
export const KNOWN_BAD_CLIENTS = Object.keys(WRONG).length;
