import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { maskvlm } from '../../fixtures/command-line.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
let address: string;
let close: () => void;
beforeAll(async () => {
  harness = await startHarness({ env: { API_KEY: 'secret', MAX_JSON_BYTES: '60000', MAX_PICTURE_BYTES: '30000' } });
  const server = harness.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  close = () => void server.close();
});
afterAll(async () => {
  close();
  await harness.close();
});

/** A picture that cannot be compressed: about 3 * size * size bytes. */
function noise(size: number): Promise<Buffer> {
  const { int } = createRng(size);
  const pixels = Uint8Array.from({ length: 3 * size * size }, () => int(256));
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toBuffer();
}

const index = (collection: string, images: string, env: Record<string, string> = { API_KEY: 'secret' }) =>
  maskvlm(['index', '--collection', collection, '--images', images, '--server', address], { env });

const idsOf = async (collection: string): Promise<string[]> => {
  const list = harness.request.get(`/v1/collections/${collection}/items`).set('Authorization', 'Bearer secret');
  return (await list).body.items.map(({ id }: { id: string }) => id);
};

test('a folder that is larger than any request is indexed, and what cannot be used is named with its reason', async () => {
  const folder = await tempDir();
  await mkdir(join(folder, 'sub'));
  const picture = await noise(80);
  for (const name of ['a.png', 'b.png', 'sub/c.png']) await writeFile(join(folder, name), picture);
  await writeFile(join(folder, 'broken.jpg'), 'no picture at all');
  await writeFile(join(folder, 'huge.png'), await noise(110));
  const { status, stdout, stderr } = await index('photos', folder);
  expect(stderr).toMatch(/^skipped broken\.jpg: image: expected .+$/m);
  expect(stderr).toMatch(/^skipped huge\.png: image\.base64: a picture may have at most 30000 bytes$/m);
  expect([status, JSON.parse(stdout)]).toEqual([0, { collection: 'photos', created: 3, updated: 0, error: 2 }]);
  expect(await idsOf('photos')).toEqual(['a.png', 'b.png', 'sub/c.png']);
  const again = JSON.parse((await index('photos', folder)).stdout);
  expect(again).toEqual({ collection: 'photos', created: 0, updated: 3, error: 2 });
});

test('where no picture can be used each is named with its own reason', async () => {
  const folder = await tempDir();
  await writeFile(join(folder, 'broken.jpg'), 'no picture at all');
  await writeFile(join(folder, 'cut.png'), (await noise(80)).subarray(0, 500));
  await writeFile(join(folder, 'huge.png'), await noise(110));
  const { status, stdout, stderr } = await index('nothing', folder);
  expect(stderr).toMatch(/^skipped broken\.jpg: image: expected .+$/m);
  expect(stderr).toMatch(/^skipped cut\.png: image: .+$/m);
  expect(stderr).toMatch(/^skipped huge\.png: image\.base64: a picture may have at most 30000 bytes$/m);
  expect(stderr).toMatch(/^error: index: expected at least one usable picture, got broken\.jpg: /m);
  expect([status, stdout]).toEqual([1, '']);
});

test.each([
  ['a wrong key', 'photos', { API_KEY: 'other' }, /^error: collection photos: expected to be opened, got 401 /],
  ['no name of a collection', '.photos', undefined, /^error: collection \.photos: expected to be opened, got 400 /],
])('%s is one line that says so', async (_name, collection, env, message) => {
  const { status, stderr } = await index(collection, await tempDir(), env);
  expect(stderr).toMatch(message);
  expect([status, stderr.trimEnd().split('\n')]).toEqual([1, [expect.any(String)]]);
});

test('a server that is not there is named', async () => {
  const { status, stderr } = await maskvlm([
    'index',
    ...['--collection', 'photos', '--images', await tempDir(), '--server', 'http://127.0.0.1:1'],
  ]);
  expect(stderr).toMatch(/^error: server http:\/\/127\.0\.0\.1:1: expected an answer, got .+\n$/);
  expect(status).toBe(1);
});
