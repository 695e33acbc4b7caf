import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AbortedError } from '../../../server/inference/errors.js';
import { readAllowedHosts } from '../../../server/pictures/allowed-hosts.js';
import { type FetchOptions, fetchPicture } from '../../../server/pictures/fetch-picture.js';
import { type PictureServer, redirecting, serving, startPictureServer } from '../../fixtures/picture-server.js';

const PICTURE = Buffer.from('any bytes: whether they are a picture is for the decoder to say');
const never = (): void => undefined;

let server: PictureServer;
beforeAll(async () => {
  server = await startPictureServer({
    '/picture.png': serving(PICTURE),
    '/stored': serving(PICTURE, 'application/octet-stream'),
    '/untyped': (_, response) => void response.writeHead(200).end(PICTURE),
    '/page': serving(PICTURE, 'text/html; charset=utf-8'),
    '/large': serving(Buffer.alloc(5000)),
    '/endless': (_, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const more = (): void => void response.write(Buffer.alloc(900), () => setImmediate(more));
      more();
    },
    '/zipped': serving(gzipSync(PICTURE), 'image/png', { 'content-encoding': 'gzip' }),
    '/partial': (_, response) => void response.writeHead(206, { 'content-type': 'image/png' }).end(PICTURE),
    '/cut': (_, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': 1000 }).write(PICTURE);
      setTimeout(() => response.destroy(), 20);
    },
    '/silent': never,
    '/slow': (_, response) => void response.writeHead(200, { 'content-type': 'image/png' }).write('a little'),
    '/moved': redirecting('picture.png', 301),
    '/twice': redirecting('/moved', 308),
    '/around': redirecting('/around'),
    '/nowhere': (_, response) => void response.writeHead(302).end(),
    '/elsewhere': redirecting('http://elsewhere.test/picture.png'),
    '/inside': redirecting('http://inside.test/picture.png'),
    '/metadata': redirecting('http://169.254.169.254/latest/meta-data'),
    '/file': redirecting('file:///etc/passwd'),
    '/password': redirecting('http://user:secret@pictures.test/picture.png'),
  });
});
afterAll(() => server.close());
beforeEach(() => void server.seen.splice(0));

/** Names of the tests' own: `pictures.test` is the server above, and may be private; `inside.test` says that it is public. */
const ADDRESSES: Record<string, string[]> = {
  'pictures.test': ['127.0.0.1'],
  'inside.test': ['10.0.0.1', '127.0.0.1', '::1', '::ffff:127.0.0.1'],
  '127.0.0.1': ['127.0.0.1'],
};

function options(more: Partial<FetchOptions> = {}): FetchOptions {
  const hosts = readAllowedHosts({
    ALLOW_IMAGE_URLS: `inside.test,inside.test:${server.port},127.0.0.1`,
    ALLOW_PRIVATE_IMAGE_URLS: `pictures.test,pictures.test:${server.port}`,
  });
  const lookup = async (hostname: string) =>
    (ADDRESSES[hostname] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return { hosts, timeoutMs: 10_000, mostBytes: 2000, lookup, ...more };
}

const at = (path: string): string => `http://pictures.test:${server.port}${path}`;
const fetched = (address: string, more?: Partial<FetchOptions>): Promise<Uint8Array> =>
  fetchPicture(address, 'image.url', options(more));

describe('fetchPicture', () => {
  test.each(['/picture.png', '/stored', '/untyped', '/moved', '/twice'])('fetches %s', async (path) => {
    expect(Buffer.from(await fetched(at(path)))).toEqual(PICTURE);
  });

  test('sends nothing that it was not asked for, not even after a redirect that sets a cookie', async () => {
    await fetched(at('/twice?size=2'));
    expect(server.seen.map(({ url }) => url)).toEqual(['/twice?size=2', '/moved', '/picture.png']);
    for (const { method, headers } of server.seen) {
      expect(method).toBe('GET');
      expect(headers).toEqual({
        accept: 'image/*',
        'accept-encoding': 'identity',
        connection: 'close',
        host: `pictures.test:${server.port}`,
        'user-agent': 'maskvlm',
      });
    }
  });

  test.each([
    ['a page', '/page', 'unsupported-type', /expected a picture, got text\/html/],
    ['one that says that it is too large', '/large', 'too-large', /at most 2000 bytes/],
    ['one that turns out to be too large', '/endless', 'too-large', /at most 2000 bytes/],
    ['a compressed body', '/zipped', 'unusable', /compressed/],
    ['a part', '/partial', 'unusable', /status 206/],
    ['what is not there', '/missing', 'unusable', /status 404/],
    ['one that breaks off', '/cut', 'unusable', /could not be fetched \(ECONNRESET\)/],
    ['redirects in a circle', '/around', 'unusable', /at most 3 redirects/],
    ['a redirect to nowhere', '/nowhere', 'unusable', /status 302/],
    ['a redirect to a host that is not allowed', '/elsewhere', 'unusable', /fetches no pictures from elsewhere\.test/],
    ['a redirect to a private address', '/inside', 'unusable', /inside\.test has no public address/],
    ['a redirect to an address of the cloud', '/metadata', 'unusable', /fetches no pictures from 169\.254\.169\.254/],
    ['a redirect to a file', '/file', 'unusable', /expected https: or http:, got file:/],
    ['a redirect with a password', '/password', 'unusable', /without a user name/],
  ])('refuses %s', async (_, path, kind, message) => {
    const error = await fetched(at(path)).catch((error) => error);
    expect(error).toMatchObject({ name: 'Problem', kind, errors: [{ path: 'image.url' }] });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^image\.url: /);
  });

  test.each([
    ['no address', 'picture.png', /expected an address such as/],
    ['a file', 'file:///etc/passwd', /expected https: or http:, got file:/],
    ['a data URL', 'data:image/png;base64,AA==', /expected https: or http:, got data:/],
    ['another host', 'https://example.org/a.png', /fetches no pictures from example\.org/],
    ['another port', 'https://pictures.test:22/', /fetches no pictures from pictures\.test:22/],
    ['a host whose addresses are all private', 'http://inside.test/a.png', /inside\.test has no public address/],
    ['a private address', 'http://127.0.0.1/a.png', /127\.0\.0\.1 has no public address/],
    ['a private address in disguise', 'http://2130706433/a.png', /127\.0\.0\.1 has no public address/],
    ['a user name', 'https://me@pictures.test/', /without a user name/],
    ['a password', 'https://me:secret@pictures.test/', /without a user name/],
  ])('refuses %s before it connects', async (_, address, message) => {
    await expect(fetched(address)).rejects.toMatchObject({ kind: 'unusable', message: expect.stringMatching(message) });
    expect(server.seen).toEqual([]);
  });

  test('refuses everything where no host is allowed', async () => {
    await expect(fetched(at('/picture.png'), { hosts: [] })).rejects.toThrow(/are off on this server/);
    expect(server.seen).toEqual([]);
  });

  test('looks a name up once, and connects to what was found then', async () => {
    const asked: string[] = [];
    const lookup = async (hostname: string) => {
      asked.push(hostname);
      // Whoever asked again would be sent to an address that nobody checked.
      return [{ address: asked.length === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    };
    expect(Buffer.from(await fetched(at('/picture.png'), { lookup }))).toEqual(PICTURE);
    expect(asked).toEqual(['pictures.test']);
  });

  test('connects to none of the addresses of a public name that are private', async () => {
    const address = `http://inside.test:${server.port}/picture.png`;
    const lookup = async () => [
      { address: '127.0.0.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ];
    await expect(fetched(address, { lookup })).rejects.toThrow(/inside\.test has no public address/);
    expect(server.seen).toEqual([]);
  });

  test.each(['/silent', '/slow'])('gives up on %s when its time is over', async (path) => {
    await expect(fetched(at(path), { timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'unusable',
      message: 'image.url: not there within 50 ms',
    });
  });

  test('gives up on a name that is not found in time', async () => {
    const lookup = () => new Promise<never>(never);
    await expect(fetched(at('/picture.png'), { timeoutMs: 50, lookup })).rejects.toThrow('not there within 50 ms');
  });

  test('says what kept it from a host that cannot be reached', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const lookup = () => Promise.reject(unknown);
    await expect(fetched(at('/picture.png'), { lookup })).rejects.toThrow('could not be fetched (ENOTFOUND)');
    await expect(fetched(`https://pictures.test:${server.port}/`)).rejects.toThrow(/could not be fetched \(\w+\)/);
  });

  test('stops when the client leaves', async () => {
    const client = new AbortController();
    const fetching = fetched(at('/silent'), { signal: client.signal });
    setTimeout(() => client.abort(), 20);
    await expect(fetching).rejects.toBeInstanceOf(AbortedError);
    await expect(fetched(at('/picture.png'), { signal: client.signal })).rejects.toBeInstanceOf(AbortedError);
  });
});
