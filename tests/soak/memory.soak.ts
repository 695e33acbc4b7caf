// Twenty thousand mixed requests: the server's memory may not grow with them.
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createRng } from '../../model/random.js';
import { growth } from '../fixtures/growth.js';
import { tempDir } from '../fixtures/temp-dir.js';
import { tinyBundle, tinyTaskBundle } from '../fixtures/tiny-bundle.js';
import { startProcess } from '../server/server-process.js';
import { largePictures, mixedRequest } from './mixed-requests.js';
import { LONG_MS, share } from './soak-size.js';

const ENOUGH = 20_000;
const REQUESTS = share(ENOUGH);
const CLIENTS = 8;
const SAMPLES = 80;
/** What comes before counts as warm-up. */
const WARM = 0.25;
const MOST_GROWTH = 0.05;

/** Resident memory in MiB as /metrics tells it, and how much of it is not of files, where the system says. */
async function memoryOf(address: string, pid: number): Promise<{ resident: number; anonymous: number }> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const resident = Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return { resident, anonymous: Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024 };
}

const rounded = (values: number[]): string => values.map((value) => value.toFixed(0)).join(' ');

test(
  `${REQUESTS} mixed requests show no growth of memory after a quarter of them`,
  async () => {
    const rng = createRng('memory');
    const pictures = await largePictures(rng, 40);
    const bundles = [await tinyBundle(), await tinyTaskBundle('vqa')].join(',');
    const server = await startProcess(await tempDir(), { BUNDLES: bundles });
    onTestFinished(() => void server.child.kill('SIGKILL'));
    await fetch(`${server.address}/v1/collections/c`, { method: 'PUT' });
    const samples: { resident: number; anonymous: number }[] = [];
    let sent = 0;
    const client = async (): Promise<void> => {
      while (sent < REQUESTS) {
        if (sent++ % Math.ceil(REQUESTS / SAMPLES) === 0)
          samples.push(await memoryOf(server.address, server.child.pid!));
        const { method, path, body, type, expected } = mixedRequest(rng, pictures);
        // A connection of its own for each: on a busy machine the server may just have closed one that is kept.
        const headers = { Connection: 'close', ...(type ? { 'Content-Type': type } : {}) };
        const init = { method, headers, ...(body ? { body } : {}) };
        const answer = await fetch(server.address + path, init);
        const text = Buffer.from(await answer.arrayBuffer()).toString('latin1', 0, 300);
        expect(expected, `${method} ${path}: ${answer.status} ${text}`).toContain(answer.status);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    const resident = samples.map((sample) => sample.resident);
    const warm = resident.slice(Math.ceil(WARM * resident.length));
    const grown = growth(warm);
    process.stdout.write(
      `${sent} requests; resident MiB: ${rounded(resident)}\nwithout files: ${rounded(samples.map(({ anonymous }) => anonymous))}\n` +
        `growth after warm-up: ${(100 * grown).toFixed(2)} %\n`,
    );
    // Fewer requests are all warm-up: garbage is collected once in a while.
    if (REQUESTS >= ENOUGH) expect(grown).toBeLessThan(MOST_GROWTH);
  },
  LONG_MS,
);
