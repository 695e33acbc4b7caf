// The whole line in small, every part as its own process: pictures and captions, pre-training, bundle, measurement, server, search.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maskvlm } from '../fixtures/command-line.js';
import { temporaryFolder, tinyRecipe, tinyScenes } from '../fixtures/tiny-training.js';
import { type ServerProcess, startProcess } from '../server/server-process.js';

interface Hit {
  id: string;
  score: number;
  itc: number;
  itm: number | null;
  imageUrl?: string;
}

let folder = '';
let scenes = '';
let server: ServerProcess | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  scenes = await tinyScenes();
});
afterAll(() => server?.stop('SIGKILL'));

/** Runs a command that must succeed, and returns the one JSON object that it prints. */
async function run(...args: string[]) {
  const { status, stdout, stderr } = await maskvlm(args, { cwd: folder });
  expect(status, stderr).toBe(0);
  return stdout === '' ? null : JSON.parse(stdout);
}

async function search(body: object): Promise<{ hits: Hit[]; reranked: number; model: string }> {
  const response = await fetch(`${server!.address}/v1/collections/scenes/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response.json() as Promise<{ hits: Hit[]; reranked: number; model: string }>;
}

test('from pictures and captions to a re-ranked answer over HTTP', async () => {
  const recipe = await tinyRecipe(folder, { 'schedule.steps': 6, 'evaluate.every': 6 });
  await run('pretrain', '--recipe', recipe, '--out', 'run', '--threads', '1');
  const exported = await run('export', '--run', 'run', '--out', 'tiny');
  expect(exported).toMatchObject({ name: 'tiny', steps: 6 });

  const data = [
    '--format',
    'karpathy',
    '--annotations',
    join(scenes, 'captions.json'),
    '--images',
    join(scenes, 'images'),
  ];
  const measured = await run(
    'evaluate',
    '--task',
    'retrieval',
    '--bundle',
    'tiny',
    ...data,
    '--split',
    'val',
    '--threads',
    '1',
  );
  expect(measured).toMatchObject({ images: 8, texts: 40 });

  server = await startProcess(join(folder, 'data'), { BUNDLES: join(folder, 'tiny') });
  const pictures = join(scenes, 'images');
  const indexed = await run('index', '--collection', 'scenes', '--images', pictures, '--server', server.address);
  expect(indexed).toMatchObject({ collection: 'scenes', created: 32, error: 0 });

  const text = JSON.parse(await readFile(join(scenes, 'captions.json'), 'utf8')).images[0].sentences[0].raw as string;
  const { hits, reranked, model } = await search({ text, k: 5, candidates: 16 });
  expect([hits.length, reranked, model]).toEqual([5, 16, 'tiny']);
  for (const { score, itc, itm } of hits) {
    expect(score).toBe(itm);
    expect(itm).toBeGreaterThanOrEqual(0);
    expect(itm).toBeLessThanOrEqual(1);
    expect(Math.abs(itc)).toBeLessThanOrEqual(1.000001);
  }
  expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
  const picture = await fetch(new URL(hits[0]!.imageUrl!, server.address));
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);

  // A picture finds itself: the same encoder made the query and the index.
  const found = await search({ itemId: hits[0]!.id, k: 1 });
  expect(found.hits[0]).toMatchObject({ id: hits[0]!.id, itm: null });
  expect(found.hits[0]!.itc).toBeCloseTo(1, 3);

  expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});
