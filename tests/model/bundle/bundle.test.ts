import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleId, type Manifest } from '../../../model/bundle/manifest.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { type BundleParts, writeBundle } from '../../../model/bundle/write-bundle.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-'));
});
afterAll(() => rm(root, { recursive: true }));

const PARTS: BundleParts = {
  family: 'maskvlm',
  config: { image: { width: 96, patch: 8 }, vocabularySize: 4000 },
  tasks: ['retrieval', 'classify'],
  graphs: { text_encoder: Buffer.from('text graph'), image_encoder: Buffer.from('image graph') },
  tokenizerFile: Buffer.from('{"model":{}}'),
  image: { size: 96, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], resize: 'squash' },
  text: { maxLength: 30 },
  rerank: { candidates: 64 },
  metrics: { retrieval: { images: 2000, textToImage: { r1: 81.25 }, itcOnly: { meanRecall: 70.5 } } },
  provenance: {
    recipe: {
      schedule: { steps: 500 },
      init: '/home/someone/runs/one',
      data: ['$' + '{DATA}/ucm', 'C:\\data\\scenes'],
    },
    data: [{ name: 'scenes | "train"', sha256: 'a'.repeat(64) }],
    steps: 500,
    seed: 7,
    version: '0.1.0',
  },
};

describe('writeBundle', () => {
  test('writes a bundle that readBundle opens', async () => {
    const dir = join(root, 'made', 'tiny-one');
    const manifest = await writeBundle(dir, PARTS);
    expect((await readdir(dir)).sort()).toEqual([
      'README.md',
      'image_encoder.onnx',
      'manifest.json',
      'text_encoder.onnx',
      'tokenizer.json',
    ]);
    expect(await readdir(join(root, 'made'))).toEqual(['tiny-one']);
    const bundle = await readBundle(dir);
    expect(bundle.manifest).toEqual(manifest);
    expect(manifest).toMatchObject({ schema: 'maskvlm-bundle/1', name: 'tiny-one', tasks: ['retrieval', 'classify'] });
    expect(bundle.graphFile('text_encoder')).toBe(join(dir, 'text_encoder.onnx'));
    expect(bundle.tokenizerFile).toBe(join(dir, 'tokenizer.json'));
    expect(() => bundle.graphFile('matcher')).toThrow(
      'bundle tiny-one: expected a graph matcher, got only image_encoder, text_encoder',
    );
  });

  test('copies files, and further files into folders', async () => {
    const source = join(root, 'weights.bin');
    await writeFile(source, 'weights');
    const dir = join(root, 'copied');
    await writeBundle(dir, { ...PARTS, graphs: { matcher: source }, extraFiles: { 'data/matcher.bin': source } });
    expect(await readFile(join(dir, 'matcher.onnx'), 'utf8')).toBe('weights');
    expect((await readBundle(dir)).manifest.extraFiles).toMatchObject([{ file: 'data/matcher.bin' }]);
  });

  test('keeps no path of the machine', async () => {
    const dir = join(root, 'pathless');
    const { provenance } = await writeBundle(dir, PARTS);
    expect(provenance.recipe).toMatchObject({ init: 'one', data: ['$' + '{DATA}/ucm', 'scenes'] });
    expect(await readFile(join(dir, 'README.md'), 'utf8')).not.toContain('/home');
  });

  test('gives an id that depends on what decides the outputs and on nothing else', async () => {
    const idOf = async (name: string, parts: Partial<BundleParts>) =>
      (await writeBundle(join(root, name), { ...PARTS, ...parts })).id;
    const id = await idOf('plain', {});
    expect(await idOf('other-name', { metrics: {}, rerank: { candidates: 9 } })).toBe(id);
    const { text_encoder, image_encoder } = PARTS.graphs as Record<string, Uint8Array>;
    expect(await idOf('order', { graphs: { image_encoder: image_encoder!, text_encoder: text_encoder! } })).toBe(id);
    const others: Partial<BundleParts>[] = [
      { graphs: { text_encoder: image_encoder!, image_encoder: text_encoder! } },
      { tokenizerFile: Buffer.from('{}') },
      { image: { ...PARTS.image, size: 64 } },
      { text: { maxLength: 31 } },
      { extraFiles: { 'w.bin': Buffer.from('w') } },
    ];
    const ids = [id];
    for (const [i, parts] of others.entries()) ids.push(await idOf(`other-${i}`, parts));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ['vqa', 'VQA'],
    ['nlvr2', 'NLVR2'],
    ['ve', 'visual entailment'],
  ])('calls the results of %s by the name of the task, %s', async (task, title) => {
    const dir = join(root, `results-of-${task}`);
    await writeBundle(dir, { ...PARTS, metrics: { [task]: { accuracy: 50 } } });
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toContain(`| ${title} | accuracy | 50.00 |`);
  });

  test('writes a model card with results, recipe, data and limits', async () => {
    const dir = join(root, 'carded');
    const { id } = await writeBundle(dir, PARTS);
    const card = await readFile(join(dir, 'README.md'), 'utf8');
    expect(card).toMatch(/^# carded\n/);
    expect(card).toContain('| retrieval | text to image, R@1 | 81.25 |');
    expect(card).toContain('| retrieval | images | 2,000 |');
    expect(card).toContain('| retrieval | ITC only, mean recall | 70.50 |');
    expect(card).toContain('| scenes \\| "train" | `aaaaaaaaaaaaaaaa…` |');
    expect(card).toContain('schedule:\n  steps: 500');
    expect(card).toContain('96 x 96 pixels');
    expect(card).toContain(id);
  });

  test('says in the card what a precision costs', async () => {
    const dir = join(root, 'reduced');
    const rates = (r1: number) => ({ textToImageR1: r1, meanRecall: r1 + 10 });
    const loss = { precision: 'int8', task: 'retrieval', examples: 1250 };
    const precision = { ...loss, baseline: rates(70), reduced: rates(69.5), difference: rates(-0.5) };
    const provenance = { ...PARTS.provenance, precision: 'int8' as const };
    await writeBundle(dir, { ...PARTS, metrics: { precision, retrieval: { images: 7 } }, provenance });
    const card = await readFile(join(dir, 'README.md'), 'utf8');
    expect(card).toContain('Weights are kept as 8-bit integers');
    expect(card).toContain('Measured on 1,250 examples of the validation data; percentages.');
    expect(card).toContain('| measure | fp32 | int8 | difference |');
    expect(card).toMatch(/70\.00 \| 69\.50 \| -0\.50 \|/);
    expect(card).toContain('| mean recall | 80.00 | 79.50 | 9.50 |');
    expect(card).toContain('| retrieval | images | 7 |');
    expect(card).not.toContain('| precision |');
  });

  test('lists a result called precision that is none of ours like any other', async () => {
    const dir = join(root, 'other-precision');
    await writeBundle(dir, { ...PARTS, metrics: { precision: { at5: 12 } } });
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toContain('| precision | at5 | 12.00 |');
  });

  test('replaces an older bundle', async () => {
    const parent = await mkdtemp(join(root, 'replace-'));
    await writeBundle(join(parent, 'b'), { ...PARTS, graphs: { gone: Buffer.from('x') } });
    const { id } = await writeBundle(join(parent, 'b'), PARTS);
    expect((await readBundle(join(parent, 'b'))).manifest.id).toBe(id);
    expect(await readdir(parent)).toEqual(['b']);
    expect(await readdir(join(parent, 'b'))).not.toContain('gone.onnx');
  });

  test('never replaces a folder that is no bundle', async () => {
    const dir = await mkdtemp(join(root, 'precious-'));
    await writeFile(join(dir, 'thesis.txt'), 'all of it');
    await expect(writeBundle(dir, PARTS)).rejects.toThrow(/expected a new folder or an older bundle/);
    expect(await readdir(dir)).toEqual(['thesis.txt']);
  });

  test.each<[string, Partial<BundleParts>, RegExp]>([
    [
      'a graph file that is not there',
      { graphs: { matcher: '/nowhere.onnx' } },
      /bundle file matcher\.onnx: expected to copy .*ENOENT/,
    ],
    ['no task', { tasks: [] }, /bundle b: tasks/],
    ['metrics that are no JSON', { metrics: { loss: Number.NaN } }, /bundle b: metrics\.loss/],
    ['a standard deviation of 0', { image: { ...PARTS.image, std: [0, 1, 1] } }, /bundle b: image\.std\.0/],
    ['a further file outside', { extraFiles: { '../out.bin': Buffer.from('') } }, /bundle file \.\.\/out\.bin/],
    [
      'a further file in the place of the manifest',
      { extraFiles: { 'manifest.json': Buffer.from('{}') } },
      /manifest\.json: expected a name of its own/,
    ],
  ])('leaves neither a half bundle nor harm to an older one after %s', async (_, parts, message) => {
    const parent = await mkdtemp(join(root, 'half-'));
    await expect(writeBundle(join(parent, 'b'), { ...PARTS, ...parts })).rejects.toThrow(message);
    expect(await readdir(parent)).toEqual([]);
    const { id } = await writeBundle(join(parent, 'b'), PARTS);
    await expect(writeBundle(join(parent, 'b'), { ...PARTS, ...parts })).rejects.toThrow(message);
    expect(await readdir(parent)).toEqual(['b']);
    expect((await readBundle(join(parent, 'b'))).manifest.id).toBe(id);
  });
});

describe('readBundle', () => {
  let dir: string;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(root, 'read-')), 'b');
    await writeBundle(dir, PARTS);
  });

  async function edit(change: (manifest: Manifest) => unknown): Promise<void> {
    const file = join(dir, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify(change(manifest) ?? manifest));
  }

  test('opens a copy under another name', async () => {
    const copy = join(dirname(dir), 'copy');
    await cp(dir, copy, { recursive: true });
    expect(basename((await readBundle(copy)).dir)).toBe('copy');
  });

  test('opens bundles with and without a precision', async () => {
    expect((await readBundle(dir)).manifest.provenance.precision).toBeUndefined();
    await edit((manifest) => Object.assign(manifest.provenance, { precision: 'fp16' }) && manifest);
    expect((await readBundle(dir)).manifest.provenance.precision).toBe('fp16');
  });

  test.each(['text_encoder.onnx', 'tokenizer.json'])('refuses a changed %s by name', async (file) => {
    await appendFile(join(dir, file), ' ');
    await expect(readBundle(dir)).rejects.toThrow(`bundle b: ${file}: expected SHA-256 `);
  });

  test('refuses a missing file by name', async () => {
    await rm(join(dir, 'image_encoder.onnx'));
    await expect(readBundle(dir)).rejects.toThrow('bundle b: image_encoder.onnx: expected a readable file, got ENOENT');
  });

  test('refuses a file that two roles claim with different hashes', async () => {
    await edit((manifest) => {
      manifest.graphs.matcher = { file: 'text_encoder.onnx', sha256: '0'.repeat(64) };
      manifest.id = bundleId(manifest);
    });
    await expect(readBundle(dir)).rejects.toThrow('bundle b: text_encoder.onnx: expected SHA-256 000');
  });

  test.each(['../secret', '/etc/passwd', 'a/../../secret', '..\\secret', 'C:secret', './x', ''])(
    'refuses a file outside: %s',
    async (path) => {
      await writeFile(join(dirname(dir), 'secret'), 'x');
      await edit((manifest) => {
        manifest.tokenizer.file = path;
      });
      await expect(readBundle(dir)).rejects.toThrow(/tokenizer\.file: expected the path of a file inside the bundle/);
    },
  );

  test.each<[string, (manifest: Manifest) => unknown, RegExp]>([
    [
      'another version',
      (m) => Object.assign(m, { schema: 'maskvlm-bundle/2' }),
      /schema: expected maskvlm-bundle\/1, .*got "maskvlm-bundle\/2"/,
    ],
    ['something else', () => [1], /schema: expected maskvlm-bundle\/1/],
    ['null', () => 'null', /schema/],
    [
      'picture settings that the id does not cover',
      (m) => Object.assign(m.image, { size: 97 }) && m,
      /bundle b: id: expected/,
    ],
    ['an unknown field', (m) => ({ ...m, extra: 1 }), /expected no field extra/],
    [
      'an unknown task',
      (m) => ({ ...m, tasks: ['retrieval', 'dance'] }),
      /tasks\.1: expected one of retrieval, vqa.*got "dance"/,
    ],
    ['a missing field', ({ image: _, ...m }) => m, /manifest\.json: image: expected object, got nothing/],
    [
      'a hash that is none',
      (m) => Object.assign(m.tokenizer, { sha256: 'ABC' }) && m,
      /tokenizer\.sha256: expected 64 hex digits, got "ABC"/,
    ],
    [
      'an unknown precision',
      (m) => Object.assign(m.provenance, { precision: 'int4' }) && m,
      /provenance\.precision: expected one of fp32, fp16, int8, got "int4"/,
    ],
    ['a role that is no name', (m) => ({ ...m, graphs: { 'Text Encoder': m.tokenizer } }), /graphs\.Text Encoder/],
  ])('refuses a manifest with %s', async (_, change, message) => {
    await edit(change);
    await expect(readBundle(dir)).rejects.toThrow(message);
  });

  test('refuses a broken manifest, and a folder without one', async () => {
    await writeFile(join(dir, 'manifest.json'), '{');
    await expect(readBundle(dir)).rejects.toThrow(/manifest\.json: expected JSON/);
    const empty = join(root, 'empty');
    await mkdir(empty);
    await expect(readBundle(empty)).rejects.toThrow(`bundle ${empty}: expected a readable manifest.json, got ENOENT`);
  });
});
