// Bundles whose graphs keep their weights beside them, as those beyond 2 GB do, or in other precisions.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Manifest, Precision } from '../../../model/bundle/manifest.js';
import { writeBundle } from '../../../model/bundle/write-bundle.js';
import { constantParameters, GRAPH_ROLES, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { type OnnxFile, writeOnnx } from '../../../model/onnx/write-onnx.js';
import { initialParameters, readParameters } from '../../../training/run/initialize.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { layoutOf } from '../../fixtures/small-pretraining.js';
import { TINY, tinyBundle } from '../../fixtures/tiny-bundle.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-external-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A bundle of the weights of tinyBundle(1), outside its graphs; `change` may alter an ONNX file first. */
async function externalBundle(name: string, change: (file: OnnxFile) => OnnxFile = (file) => file): Promise<string> {
  const layout = layoutOf(TINY);
  const source = constantParameters(parameterMap(initialParameters(layout, 1, 0.02), layout));
  const files = GRAPH_ROLES.pretrain.map((role) => {
    const file = writeOnnx(inferenceGraph(role, TINY, source), { externalThreshold: 1000 });
    return [role, change(file)] as const;
  });
  const inline = await tinyBundle(1);
  const manifest = JSON.parse(await readFile(join(inline, 'manifest.json'), 'utf8')) as Manifest;
  await writeBundle(join(folder, name), {
    ...manifest,
    graphs: Object.fromEntries(files.map(([role, { model }]) => [role, Buffer.concat(model)])),
    extraFiles: Object.fromEntries(
      files.map(([, { externalData }]) => [externalData!.location, Buffer.concat(externalData!.chunks)]),
    ),
    tokenizerFile: join(inline, 'tokenizer.json'),
  });
  return join(folder, name);
}

/** The text `from` as `to`, of equal length, everywhere in the graph: names of files and numbers are texts in ONNX. */
const replaced = (from: string, to: string) => (file: OnnxFile) => {
  const bytes = Buffer.concat(file.model);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  return { ...file, model: [bytes] };
};

describe('external data', () => {
  test('gives what the same weights inside the graphs give', async () => {
    const bundle = await externalBundle('whole');
    expect(await readParameters(bundle)).toEqual(await readParameters(await tinyBundle(1)));
  });

  test('in a file that the manifest does not list is not read', async () => {
    const bundle = await externalBundle('unlisted', replaced('image_encoder.onnx.data', '../../../../etc/passwdd'));
    await expect(readParameters(bundle)).rejects.toThrow(
      /^bundle unlisted: image_encoder: image_encoder\.\S+: expected weights in one of the extraFiles of the manifest, got \.\.\/.*passwdd$/,
    );
  });

  test('that ends early is an error, even where the manifest vouches for the file', async () => {
    const bundle = await externalBundle('short', (file) => ({
      ...file,
      externalData: { ...file.externalData!, chunks: file.externalData!.chunks.slice(0, 1) },
    }));
    await expect(readParameters(bundle)).rejects.toThrow(
      /image_encoder\.onnx\.data: expected \d+ bytes from byte \d+, got 0 bytes/,
    );
  });

  test('that was changed is refused by its hash', async () => {
    const bundle = await externalBundle('changed');
    await writeFile(join(bundle, 'matcher.onnx.data'), 'other');
    await expect(readParameters(bundle)).rejects.toThrow(/bundle changed: matcher\.onnx\.data: expected SHA-256/);
  });
});

describe('weights in another precision', () => {
  test.each<[Precision, number]>([
    ['fp16', 2 ** -11],
    ['int8', 1 / 126],
  ])('%s come back as float32, off by at most %d of the largest of their row', async (precision, step) => {
    const exact = await readParameters(await tinyBundle(1));
    const got = await readParameters(await tinyBundle(1, 'tiny', precision));
    expect([...got.keys()].sort()).toEqual([...exact.keys()].sort());
    let differences = 0;
    for (const [name, { shape, data }] of exact) {
      const kept = got.get(name)!;
      expect([name, kept.shape]).toEqual([name, shape]);
      const width = data.length / (shape[0] ?? 1);
      for (let row = 0; row * width < data.length; row++) {
        const [from, to] = [row * width, (row + 1) * width];
        const most = Math.max(...data.subarray(from, to).map(Math.abs));
        const off = Math.max(...data.subarray(from, to).map((x, i) => Math.abs(x - kept.data[from + i]!)));
        expect(off, `${name} row ${row}`).toBeLessThanOrEqual(1.0001 * step * most);
        if (off > 0) differences++;
      }
    }
    expect(differences).toBeGreaterThan(100);
  });

  test('int8 without its scales is refused by name', async () => {
    const bundle = await tinyBundle(1, 'tiny', 'int8');
    const manifest = JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8')) as Manifest;
    const text = await readFile(join(bundle, 'text_encoder.onnx'));
    for (let at = text.indexOf('/scale'); at >= 0; at = text.indexOf('/scale', at + 1)) text.write('/scald', at);
    await writeBundle(join(folder, 'scaleless'), {
      ...manifest,
      graphs: { text_encoder: text },
      extraFiles: {},
      tokenizerFile: join(bundle, 'tokenizer.json'),
    });
    await expect(readParameters(join(folder, 'scaleless'))).rejects.toThrow(
      /^bundle scaleless: text_encoder: text_encoder\.word_embeddings\.weight: expected 320 scales in float32, one a row, got none$/,
    );
  });
});

test('a graph whose tensor has fewer bytes than its shape says is refused', async () => {
  const bundle = await externalBundle('odd', replaced('length\x12\x044096', 'length\x12\x044092'));
  await expect(readParameters(bundle)).rejects.toThrow(
    /^bundle odd: \w+: \S+: expected 4096 bytes for F32 \[[\d,]+\], got 4092$/,
  );
});
