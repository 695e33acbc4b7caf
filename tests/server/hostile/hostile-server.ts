import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { expect } from 'vitest';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { plainPicture } from '../pictures.js';
import { startProcess } from '../server-process.js';

/** A server process that hostile requests are sent to, and that a good client looks at in between. */
export interface HostileServer {
  client: ReturnType<typeof supertest>;
  port: number;
  /** By when it has to have done with a client. */
  patienceMs: number;
  /** Fails unless it runs, is ready, does what a good client asks, and has all that it acknowledged. */
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

/** Busy machines are slow to look at the clock. */
const PATIENCE_MS = 120_000;

/** Starts a server with limits that hostile requests reach soon, and with these settings. */
export async function startHostileServer(env: Record<string, string> = {}): Promise<HostileServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-hostile-'));
  const server = await startProcess(dataDir, {
    BUNDLES: await lookingBundle(),
    MAX_PICTURE_PIXELS: '4000000',
    MAX_PICTURE_SECONDS: '30',
    ...env,
  });
  const client = supertest(server.address);
  const image = { base64: (await plainPicture('#306090')).toString('base64') };
  let kept = 0;
  for (const name of ['kept', 'wire']) await client.put(`/v1/collections/${name}`);
  return {
    client,
    port: Number(new URL(server.address).port),
    patienceMs: PATIENCE_MS,
    async expectSound() {
      expect(server.child.exitCode ?? server.child.signalCode, 'the server runs').toBeNull();
      expect((await client.get('/readyz')).body).toEqual({ status: 'ready' });
      const items = [{ id: `kept ${++kept}`, caption: 'a good ball', image }];
      expect((await client.post('/v1/collections/kept/items').send({ items })).status).toBe(200);
      const found = await client.post('/v1/collections/kept/search').send({ text: 'a good ball', k: 1000 });
      expect(found.body.hits).toHaveLength(kept);
      const { queues, imports } = await busy(client);
      expect([queues, imports], 'nothing is left waiting').toEqual([0, 0]);
    },
    async close() {
      expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What waits for a model, and imports that run, once what bad clients left behind has come to its end. */
async function busy(client: HostileServer['client']): Promise<{ queues: number; imports: number }> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { text } = await client.get('/metrics');
    const sum = (name: RegExp): number => [...text.matchAll(name)].reduce((all, [, value]) => all + Number(value), 0);
    const now = { queues: sum(/^maskvlm_queue_depth\{.*\} (\d+)/gm), imports: sum(/^maskvlm_imports_running (\d+)/gm) };
    if (now.queues + now.imports === 0 || Date.now() > until) return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
