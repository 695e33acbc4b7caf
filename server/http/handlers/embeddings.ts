import { noTimes } from '../../inference/stage-times.js';
import { embed } from '../../tasks/embed.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { fieldProblem } from '../problems.js';
import { readEmbeddingInputs } from '../read-embedding-inputs.js';

/** Little-endian float32 numbers: what OpenAI's clients ask for unless they are told otherwise, and decode. */
function toBase64(embedding: Float32Array): string {
  const bytes = Buffer.alloc(4 * embedding.length);
  embedding.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return bytes.toString('base64');
}

/** As OpenAI's endpoint of this name, so that its clients work here; pictures may stand where they send texts. */
export const embeddings: Handler<'embeddings'> = async ({ body, signal }, core) => {
  const model = core.inference.model(body.model, 'retrieval');
  const { name } = model.manifest;
  const { input, dimensions = model.embeddingSize, encoding_format: format } = body;
  if (dimensions !== model.embeddingSize) {
    const expected = `expected ${model.embeddingSize}, the size of ${name}'s embeddings, got ${dimensions}`;
    throw fieldProblem('unusable', 'dimensions', expected);
  }
  const times = noTimes();
  const embedded = await embed(readEmbeddingInputs(input, core, signal), model, { signal, times });
  const tokens = embedded.reduce((sum, one) => sum + one.tokens, 0);
  const data = embedded.map(({ embedding }, index) => {
    const numbers = format === 'base64' ? toBase64(embedding) : Array.from(embedding);
    return { object: 'embedding' as const, index, embedding: numbers };
  });
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const truncated = embedded.some((one) => one.truncated);
  const json = { object: 'list' as const, data, model: name, usage, truncated };
  return { status: 200, json, headers: measured(core, 'embeddings', times) };
};
