import type { ImageSource } from '../data/image-source.js';
import type { HypothesisRecord, QuestionRecord, StatementRecord } from '../data/records.js';
import { measureEntailment, measureNlvr2, measureVqa } from '../evaluation/measure.js';
import type { MeasuredModel, MeasureOptions } from '../evaluation/measured-model.js';
import { html } from './html.js';
import { SAMPLES, type Section } from './page.js';
import { thumbnail } from './thumbnail.js';

/** What was asked about one or two pictures, what the model says, and what is right. */
interface AnswerSample {
  images: readonly ImageSource[];
  asked: string;
  given: string;
  /** The right answer first; none where it is held back. */
  right: readonly string[];
}

const SHOWN = 12;

/** Some of the records, evenly spread. */
const spread = <R>(records: readonly R[]): R[] =>
  Array.from(
    { length: Math.min(SHOWN, records.length) },
    (_, i) => records[Math.floor((i * records.length) / Math.min(SHOWN, records.length))]!,
  );

/** Answers to some of the questions. */
export async function vqaSamples(
  model: MeasuredModel,
  all: readonly QuestionRecord[],
  maxLength: number,
  options: MeasureOptions,
): Promise<Section[]> {
  const records = spread(all);
  const { predictions } = await measureVqa(model, records, { kind: 'generate', beams: 1, maxLength }, options);
  return cards(
    records.map(({ image, question, questionId, answers }) => ({
      images: [image],
      asked: question,
      given: predictions.get(questionId)!,
      right: [...new Set(answers)],
    })),
  );
}

/** What is said to be true of some pairs of pictures. */
export async function nlvr2Samples(
  model: MeasuredModel,
  all: readonly StatementRecord[],
  options: MeasureOptions,
): Promise<Section[]> {
  const records = spread(all);
  const { predictions } = await measureNlvr2(model, records, options);
  return cards(
    records.map(({ left, right, sentence, identifier, label }) => ({
      images: [left, right],
      asked: sentence,
      given: String(predictions.get(identifier)),
      right: label === undefined ? [] : [String(label)],
    })),
  );
}

/** The classes of some hypotheses. */
export async function entailmentSamples(
  model: MeasuredModel,
  all: readonly HypothesisRecord[],
  options: MeasureOptions,
): Promise<Section[]> {
  const records = spread(all);
  const { predictions } = await measureEntailment(model, records, options);
  return cards(
    records.map(({ image, hypothesis, id, label }) => ({
      images: [image],
      asked: hypothesis,
      given: predictions.get(id)!,
      right: label === undefined ? [] : [label],
    })),
  );
}

async function cards(samples: readonly AnswerSample[]): Promise<Section[]> {
  const made = samples.map(async ({ images, asked, given, right }) => {
    const pictures = await Promise.all(images.map(thumbnail));
    const isRight = right.includes(given);
    const verdict = isRight
      ? html`<b class="right">${given}</b> <span class="tick" title="right">&#10003;</span>`
      : html`<b>${given}</b>${right.length > 0 ? html` <span class="missed">right: ${right.join(', ')}</span>` : null}`;
    return html`<article><div class="pictures">${pictures.map(
      (url) => html`<img src="${url}" alt="">`,
    )}</div><h4>${asked}</h4><p>${verdict}</p></article>`;
  });
  const body = html`<p>What the model says of ${samples.length} validation examples.</p><div class="cards">${await Promise.all(made)}</div>`;
  return [{ title: SAMPLES, body }];
}
