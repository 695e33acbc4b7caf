import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config.js';
import { RunningServer } from '../../server/serve.js';
import { tinyBundle } from '../fixtures/tiny-bundle.js';
import { plainPicture } from './pictures.js';
import { type ServerProcess, startProcess } from './server-process.js';

let dataDir: string;
const running: ServerProcess[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-serve-'));
});
afterEach(async () => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env?: Record<string, string>): Promise<ServerProcess> {
  const server = await startProcess(dataDir, env);
  running.push(server);
  return server;
}

/** The tiny bundle with two example pictures. */
async function bundleWithExamples(): Promise<string> {
  const bundle = join(dataDir, 'bundle');
  await cp(await tinyBundle(), bundle, { recursive: true });
  await mkdir(join(bundle, 'examples'));
  await writeFile(join(bundle, 'examples', 'a.png'), await plainPicture('#aa2020'));
  await writeFile(
    join(bundle, 'examples', 'examples.jsonl'),
    ['{"id":"a","file":"a.png","caption":"a red ball","metadata":{"n":1}}', '{"id":"b","file":"a.png"}'].join('\n'),
  );
  return bundle;
}

async function send(server: ServerProcess, method: string, path: string, body?: object) {
  const init = body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
  const response = await fetch(server.address + path, { method, ...init });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  return { status: response.status, body: (await response.json()) as any };
}

test.each([
  ['lost', 'index-lost'],
  ['recovering', 'recovering'],
])('a server whose index is %s is not ready', async (indexState, state) => {
  const config = readConfig({ DATA_DIR: dataDir, BUNDLES: await tinyBundle(), LOG_LEVEL: 'silent' });
  const server = new RunningServer(config, pino({ level: 'silent' }));
  await server.load();
  expect(server.state()).toBe('ready');
  Object.defineProperty(server.core()!.collections, 'indexState', { value: indexState });
  expect(server.state()).toBe(state);
  await server.close();
});

describe('the server process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with status 0, after the running requests', async (signal) => {
    const server = await start();
    await send(server, 'PUT', '/v1/collections/c');
    const items = Array.from({ length: 200 }, (_, n) => ({ id: `n${n}`, caption: `a ball ${n}` }));
    const importing = send(server, 'POST', '/v1/collections/c/items', { items });
    let running = true;
    void importing.finally(() => {
      running = false;
    });
    const hasBegun = async () =>
      /^maskvlm_imports_running 1$/m.test(await (await fetch(`${server.address}/metrics`)).text());
    while (running && !(await hasBegun())) await pause(1);
    const ended = server.stop(signal);
    const { status, body } = await importing;
    expect(status).toBe(200);
    expect(body.results.filter((result: { status: string }) => result.status === 'created')).toHaveLength(200);
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  test('a new data directory gets the example pictures of the bundle, once', async () => {
    const env = { BUNDLES: await bundleWithExamples(), DATA_DIR: join(dataDir, 'data') };
    const first = await start(env);
    const { body } = await send(first, 'POST', '/v1/collections/examples/search', { text: 'a red ball' });
    expect(body.hits.map(({ id }: { id: string }) => id).sort()).toEqual(['a', 'b']);
    await fetch(`${first.address}/v1/collections/examples`, { method: 'DELETE' });
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    const second = await start(env);
    expect((await send(second, 'GET', '/v1/collections')).body.collections).toEqual([]);
  });

  test.each([
    ['of a name that no bundle has', async (bundle: string) => `${bundle}-typo`],
    [
      'whose examples cannot be read',
      async (bundle: string) => {
        const broken = `${bundle}-broken`;
        await cp(bundle, broken, { recursive: true });
        await writeFile(join(broken, 'examples', 'examples.jsonl'), '{"id":"a","file":"a.png"}\n{broken');
        return broken;
      },
    ],
  ])('gets them also after a first start with a bundle %s', async (_name, spoil) => {
    const bundle = await bundleWithExamples();
    const env = { DATA_DIR: join(dataDir, 'data') };
    await expect(start({ ...env, BUNDLES: await spoil(bundle) })).rejects.toThrow('exit 1: error: ');
    const server = await start({ ...env, BUNDLES: bundle });
    const { body } = await send(server, 'GET', '/v1/collections/examples');
    expect(body).toMatchObject({ items: 2, images: 2, texts: 1 });
  });

  test('a second process is told who holds the data directory', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow(new RegExp(`exit 1: error: .*${server.child.pid}`));
    expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  });

  test.each([
    [{ BUNDLES: '/no/such/bundle' }, /exit 1: error: bundle \/no\/such\/bundle: expected a readable manifest\.json/],
    [{ PORT: 'http' }, /exit 1: error: PORT: expected a whole number/],
  ])('%j is refused in one line', async (env, message) => {
    await expect(start(env as unknown as Record<string, string>)).rejects.toThrow(message);
  });

  test('a port that is taken is named', async () => {
    const { address } = await start();
    const port = new URL(address).port;
    const other = await mkdtemp(join(tmpdir(), 'maskvlm-serve-'));
    await expect(startProcess(other, { PORT: port })).rejects.toThrow(
      `error: PORT ${port} on 127.0.0.1: expected a free port`,
    );
    await rm(other, { recursive: true, force: true });
  });
});
