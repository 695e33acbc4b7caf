import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { gaussianMixture } from '../../../server/bench/gaussian-mixture.js';
import { maskvlm, start, waitFor } from '../../fixtures/command-line.js';
import { tempDir } from '../../fixtures/temp-dir.js';

const latency = { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) };
const round = {
  recall: expect.closeTo(1, 2),
  searchMs: latency,
  exactScanMs: latency,
  ratio: expect.any(Number),
  notFound: 0,
  stranded: expect.any(Number),
};

describe('bench index', () => {
  test('prints recall, what is not found and times, once built and through three rounds of changes', async () => {
    const size = ['--vectors', '5500', '--dimension', '16', '--centres', '55', '--queries', '50', '--seed', '3'];
    const { status, stdout, stderr } = await maskvlm(['bench', 'index', ...size]);
    expect(stderr).toContain('round 3 of 3: deleting 1650, updating 1650, adding 1650');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\{.+\}\n$/);
    const changed = {
      deleted: 1650,
      updated: 1650,
      added: 1650,
      meanwhile: { recall: expect.closeTo(1, 2), searchMs: latency, rebuilding: expect.any(Boolean) },
      probed: 550,
      ...round,
    };
    expect(JSON.parse(stdout)).toMatchObject({
      bench: 'index',
      vectors: 5500,
      dimension: 16,
      centres: 55,
      queries: 50,
      k: 10,
      seed: 3,
      settings: { M: 16, efConstruction: 200, efSearch: 128 },
      build: { seconds: expect.any(Number), vectorsPerSecond: expect.any(Number) },
      built: { probed: 550, ...round },
      filter: { keeps: 6, exact: true, ms: latency, firstMs: expect.any(Number) },
      churn: [changed, changed, changed],
      peakMiB: expect.any(Number),
    });
  }, 300_000);

  test('leaves nothing behind when it is interrupted', async () => {
    const TMPDIR = await tempDir();
    const bench = start(['bench', 'index', '--vectors', '5500', '--dimension', '16'], { env: { TMPDIR } });
    await waitFor(bench, () => bench.output.stderr.includes('building the graph'));
    expect(await readdir(TMPDIR)).toEqual([expect.stringMatching(/^maskvlm-bench-/)]);
    bench.process.kill('SIGINT');
    expect(await bench.ended).toMatchObject({ signal: 'SIGINT', stdout: '' });
    expect(await readdir(TMPDIR)).toEqual([]);
  });

  test.each([
    { flag: '--vectors', value: '10', expected: /at least 1000/ },
    { flag: '--spread', value: '0', expected: /above 0/ },
    { flag: '--k', value: 'ten', expected: /at least 1/ },
  ])('takes no $flag $value', async ({ flag, value, expected }) => {
    const { status, stdout, stderr } = await maskvlm(['bench', 'index', flag, value]);
    expect(stderr).toMatch(expected);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('a mixture of Gaussians', () => {
  const drawn = (seed: number, spread: number) => {
    const draw = gaussianMixture(seed, 64, 4, spread);
    return Array.from({ length: 60 }, draw);
  };
  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);

  test('is the same for the same seed only', () => {
    expect(drawn(1, 0.05)).toEqual(drawn(1, 0.05));
    expect(drawn(1, 0.05)).not.toEqual(drawn(2, 0.05));
  });

  test('has as many groups as centres, as wide as the spread says', () => {
    const vectors = drawn(1, 0.01);
    const heads: Float32Array[] = [];
    for (const vector of vectors) if (!heads.some((head) => cosine(head, vector) > 0.9)) heads.push(vector);
    expect(heads).toHaveLength(4);
    const inside = vectors.filter((vector) => cosine(vector, vectors[0]!) > 0.9).map((v) => cosine(v, vectors[0]!));
    // Two draws around a unit centre: 1 / (1 + 64 * 0.01^2).
    expect(inside.slice(1).reduce((sum, x) => sum + x, 0) / (inside.length - 1)).toBeCloseTo(0.9936, 2);
  });
});
