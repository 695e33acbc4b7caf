import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type Harness, startHarness } from '../server-harness.js';

const E = 16;
const TEXTS = ['a red ball', 'a blue cube', 'trees'];
let harness: Harness;
let picture: Buffer;

beforeAll(async () => {
  harness = await startHarness({ bundles: [await tinyBundle()], env: { MAX_ITEMS: '80' } });
  picture = await plainPicture('#d02020');
});
afterAll(() => harness.close());

const embed = async (body: object) => {
  const answer = await harness.request.post('/v1/embeddings').send(body);
  expectContract(answer);
  return answer;
};
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** As openai-node sends: it asks for base64 whenever its user says nothing. */
const sendLikeOpenai = async (params: { model: string; input: unknown }) => {
  const answer = await harness.request
    .post('/v1/embeddings')
    .set({
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'User-Agent': 'OpenAI/JS 6.0.0',
      Authorization: 'Bearer unused',
      'X-Stainless-Lang': 'js',
      'X-Stainless-Retry-Count': '0',
      'X-Stainless-Timeout': '600',
    })
    .send(JSON.stringify({ ...params, encoding_format: 'base64' }));
  expectContract(answer);
  return answer;
};

/** As openai-node decodes (toFloat32Array of its base64 module). */
function decodeLikeOpenaiNode(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / Float32Array.BYTES_PER_ELEMENT));
}

/** As openai-python decodes: numpy.frombuffer(base64.b64decode(data), dtype="float32"), which is little-endian on its machines. */
function decodeLikeOpenaiPython(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

describe('an OpenAI client', () => {
  test("gets what it decodes to the model's numbers", async () => {
    const { body } = await sendLikeOpenai({ model: 'tiny', input: TEXTS });
    const plain = (await embed({ input: TEXTS })).body;
    expect(body).toMatchObject({ object: 'list', model: 'tiny' });
    for (const [i, { object, index, embedding }] of body.data.entries()) {
      expect([object, index]).toEqual(['embedding', i]);
      const decoded = decodeLikeOpenaiNode(embedding);
      expect(decoded).toEqual(decodeLikeOpenaiPython(embedding));
      expect(decoded).toHaveLength(E);
      decoded.forEach((value, at) => {
        expect(value).toBeCloseTo(plain.data[i].embedding[at], 6);
      });
      expect(dot(decoded, decoded)).toBeCloseTo(1, 5);
    }
    expect(body.usage).toEqual(plain.usage);
  });

  test('may send a single text, the size of the embeddings and who its user is', async () => {
    const { body } = await embed({ input: TEXTS[0], model: 'tiny', dimensions: E, user: 'somebody' });
    expect(body.data).toHaveLength(1);
    expect(body.usage.prompt_tokens).toBe(body.usage.total_tokens);
    expect(body.usage.prompt_tokens).toBeGreaterThan(2);
  });

  test('is told that token ids are not taken, and what to do', async () => {
    for (const [input, path] of [
      [[1212, 318], 'input[0]'],
      [[[1212, 318], [257]], 'input[0]'],
    ] as const) {
      const { status, body } = await sendLikeOpenai({ model: 'tiny', input });
      expect([status, body.errors[0].path]).toEqual([400, path]);
      expect(body.detail).toContain('token ids are not taken: send the text itself');
    }
  });
});

describe('embeddings', () => {
  test('come in the order sent, texts and pictures mixed, and compare as match does', async () => {
    const image = { dataUrl: dataUrl(picture) };
    const input = [TEXTS[0], image, TEXTS[1], { base64: picture.toString('base64') }, TEXTS[2]];
    const vectors: number[][] = (await embed({ input })).body.data.map(
      ({ embedding }: { embedding: number[] }) => embedding,
    );
    const { body } = await harness.request.post('/v1/match').send({ image, texts: TEXTS });
    [0, 2, 4].forEach((at, i) => {
      expect(dot(vectors[1]!, vectors[at]!)).toBeCloseTo(body.scores[i].itc, 4);
    });
    expect(dot(vectors[1]!, vectors[3]!)).toBeCloseTo(1, 5);
  });

  test('of more inputs than fit into one batch are each the right one', async () => {
    const input = Array.from({ length: 80 }, (_, i) => (i % 2 ? `ball ${i}` : { base64: picture.toString('base64') }));
    const { body } = await embed({ input });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual(input.map((_, i) => i));
    for (const i of [1, 33, 79]) {
      const alone: number[] = (await embed({ input: input[i] })).body.data[0].embedding;
      expect(dot(alone, body.data[i].embedding)).toBeCloseTo(1, 4);
    }
  });

  test('count what the encoders read, and say when a text was cut', async () => {
    const usage = async (input: unknown) => (await embed({ input })).body.usage.prompt_tokens;
    const [one, two] = [await usage(TEXTS[0]), await usage(TEXTS[1])];
    expect(await usage([TEXTS[0], TEXTS[1]])).toBe(one + two);
    expect(await usage({ base64: picture.toString('base64') })).toBe(17);
    expect((await embed({ input: TEXTS })).body.truncated).toBe(false);
    const cut = (await embed({ input: ['ball '.repeat(50)] })).body;
    expect([cut.truncated, cut.usage.prompt_tokens]).toEqual([true, 16]);
  });

  test('of files come by a form', async () => {
    const answer = await harness.request
      .post('/v1/embeddings')
      .attach('input', picture, 'a.png')
      .attach('input', await plainPicture('#2020d0'), 'b.png')
      .field({ encoding_format: 'base64', dimensions: String(E), model: 'tiny' });
    expectContract(answer);
    const [first, second] = answer.body.data.map(({ embedding }: { embedding: string }) =>
      decodeLikeOpenaiNode(embedding),
    );
    const [{ embedding }] = (await embed({ input: { base64: picture.toString('base64') } })).body.data;
    expect(dot(first, embedding)).toBeCloseTo(1, 5);
    expect(second).toHaveLength(E);
  });

  test.each<[string, object, number, string]>([
    ['no input', {}, 400, 'input'],
    ['an empty list', { input: [] }, 400, 'input'],
    ['a number', { input: 5 }, 400, 'input'],
    ['an object that is no picture', { input: ['x', { text: 'x' }] }, 400, 'input[1]'],
    ['an empty text', { input: '' }, 422, 'input'],
    ['an empty text among others', { input: ['x', 'y', ' '] }, 422, 'input[2]'],
    ['a text of 10,001 characters', { input: ['x', 'y'.repeat(10_001)] }, 422, 'input[1]'],
    ['more inputs than a request may have', { input: Array.from({ length: 81 }, () => 'x') }, 413, 'input'],
    ['a picture that is none', { input: ['x', { base64: 'aGVsbG8=' }] }, 415, 'input[1]'],
    ['broken base64', { input: ['x', { base64: 'a*b' }] }, 422, 'input[1].base64'],
    [
      'a picture of an unknown collection',
      { input: ['x', { itemId: 'x', collection: 'c' }] },
      404,
      'input[1].collection',
    ],
    ['a picture at an address', { input: [{ url: 'http://169.254.169.254/' }] }, 422, 'input[0].url'],
    ['another size', { input: 'x', dimensions: 8 }, 422, 'dimensions'],
    ['another encoding', { input: 'x', encoding_format: 'int8' }, 400, 'encoding_format'],
    ['an unknown model', { input: 'x', model: 'text-embedding-3-small' }, 404, 'model'],
  ])('of %s are refused', async (_name, body, status, path) => {
    const answer = await embed(body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([status, path]);
  });

  test('of texts in a form are refused: files and fields have no common order', async () => {
    const answer = await harness.request.post('/v1/embeddings').field('input', 'a red ball');
    expectContract(answer);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'input']);
  });
});
