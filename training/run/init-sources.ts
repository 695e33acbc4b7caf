import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { sha256File } from '../../model/files/sha256-file.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import { type FlatLayout, viewOf } from '../step/flat-parameters.js';
import type { Floats } from '../weights/floats.js';
import { type PublishedLayout, type PublishedWeights, translateWeights } from '../weights/published-weights.js';
import { readWeights } from '../weights/read-weights.js';
import { ROBERTA } from '../weights/roberta.js';
import { TIMM_VIT } from '../weights/timm-vit.js';
import { spellTokens, TOKEN_TABLES, transferRows } from '../weights/transfer-tokens.js';
import { type InitReport, loadParameters, readParameters } from './initialize.js';
import { listNames } from './list-names.js';
import type { RunFolder } from './run-folder.js';

/** Where parameters are taken from, in this order: a later one replaces what an earlier one gave. */
export interface InitSources {
  /** A run or a bundle. */
  init?: string;
  /** A file of ViT weights, for the image encoder. */
  initImage?: string;
  /** A file of RoBERTa weights, for the text encoder. */
  initText?: string;
}

/** What is initialised: the fresh parameters [P] of a run. */
interface Target {
  parameters: Float32Array;
  layout: FlatLayout;
  run: RunFolder;
  /** Tells people what was found. */
  say(text: string): void;
}

/**
 * Takes over what the sources have for the model, and says what was loaded, missing and unexpected. Throws an ExpectationError when
 * nothing of a run or bundle fits, or a shape of published weights does not.
 */
export async function initializeFrom(target: Target, { init, initImage, initText }: InitSources): Promise<void> {
  if (init) await fromModel(target, init);
  if (initImage) await fromPublished(target, '--init-image', initImage, TIMM_VIT);
  if (initText) {
    await fromPublished(target, '--init-text', initText, ROBERTA);
    warnOfTokenizer(target);
  }
}

function tell({ say }: Target, flag: string, report: InitReport): void {
  const count = (what: string, names: string[]) =>
    `${names.length} ${what}${names.length > 0 ? ` (${listNames(names)})` : ''}`;
  const { loaded, missing, unexpected, fitted, misfits } = report;
  say(`${flag}: ${loaded.length} parameters loaded, ${count('missing', missing)}, ${count('unexpected', unexpected)}`);
  for (const { name, note } of fitted) say(`${flag}: ${name}: ${note}`);
  if (misfits.length > 0) {
    const shown = misfits.slice(0, 5).map(({ name, wanted, got }) => `${name} (there [${got}], here [${wanted}])`);
    const more = misfits.length > shown.length ? ` and ${misfits.length - shown.length} more` : '';
    say(`${flag}: ${misfits.length} of the missing have another shape: ${shown.join(', ')}${more}`);
  }
}

async function fromModel(target: Target, source: string): Promise<void> {
  const { parameters, layout, run } = target;
  const found = await withTokens(target, source, withAnswerBlocks(await readParameters(source), run));
  const report = loadParameters(parameters, layout, found, run.recipe.init.positions);
  if (report.loaded.length === 0)
    throw new ExpectationError(`--init ${source}`, 'parameters of this model', 'none that fits');
  tell(target, '--init', report);
}

/** The tables of tokens for the run's own tokenizer, where that of `source` is another one. */
async function withTokens(
  { parameters, layout, run, say }: Target,
  source: string,
  found: ReadonlyMap<string, Floats>,
): Promise<ReadonlyMap<string, Floats>> {
  if (!TOKEN_TABLES.some((name) => found.has(name))) return found;
  const file = join(source, 'tokenizer.json');
  if ((await sha256File(file)) === (await sha256File(run.tokenizerFile))) return found;
  const spellings = spellTokens(loadTokenizer(file), run.tokenizer);
  const all = new Map(found);
  for (const name of TOKEN_TABLES) {
    const table = found.get(name);
    const own = layout.parameters.find((parameter) => parameter.name === name);
    if (table && own) all.set(name, transferRows(table, spellings, viewOf(parameters, own)));
  }
  const count = (holds: (rows: number[]) => boolean) => spellings.filter(holds).length;
  say(
    `--init: ${source} has another tokenizer: of ${spellings.length} tokens here it has ${count(({ length }) => length === 1)}, ` +
      `${count(({ length }) => length > 1)} begin as the mean of those that spell them, ${count(({ length }) => length === 0)} afresh`,
  );
  return all;
}

/**
 * What a VQA model begins with where `source` has no VQA head (appendix A.1): the fusion encoder is the last block of the text cross-modality
 * encoder, the answer decoder all of its blocks.
 */
function withAnswerBlocks(
  source: ReadonlyMap<string, Floats>,
  { config, recipe }: RunFolder,
): ReadonlyMap<string, Floats> {
  if (recipe.task !== 'vqa' || [...source.keys()].some((name) => name.startsWith('answer_decoder.'))) return source;
  const all = new Map(source);
  const last = `text_cross_encoder.blocks.${config.crossDepth - 1}.`;
  for (const [name, tensor] of source) {
    if (name.startsWith('text_cross_encoder.')) all.set(name.replace('text_cross_encoder.', 'answer_decoder.'), tensor);
    if (name.startsWith(last)) all.set(name.replace(last, 'fusion_encoder.blocks.0.'), tensor);
  }
  return all;
}

async function fromPublished(target: Target, flag: string, file: string, published: PublishedLayout): Promise<void> {
  const { parameters, layout, run } = target;
  const weights = translateWeights(`${flag} ${file}`, published, await readWeights(file));
  const own = layout.parameters.filter(({ name }) => name.startsWith(`${published.encoder}.`));
  const found = loadParameters(parameters, { parameters: own }, weights.parameters, run.recipe.init.positions);
  refuseMisfits(`${flag} ${file}`, found, weights, published);
  const named = found.unexpected.flatMap((name) => weights.parameters.get(name)!.from);
  tell(target, flag, { ...found, unexpected: [...named, ...weights.unexpected] });
}

/** A part of published weights is worth nothing: what does not fit is a mistake in the recipe. */
function refuseMisfits(
  what: string,
  { misfits }: InitReport,
  weights: PublishedWeights,
  published: PublishedLayout,
): void {
  const [misfit] = misfits;
  if (!misfit) return;
  const { name, wanted, got } = misfit;
  const advice = published.advice[name] ? `; ${published.advice[name]}` : '';
  const from = weights.parameters.get(name)!.from.join(', ');
  throw new ExpectationError(`${what}: ${from}`, `[${wanted}] for ${name}`, `[${got}]${advice}`);
}

/** RoBERTa's vocabulary, like those of its kin, begins with four special tokens and ends with <mask>. */
function warnOfTokenizer({ run: { tokenizer }, say }: Target): void {
  const { start, pad, end, unknown, mask } = tokenizer.special;
  if (`${[start, pad, end, unknown, mask]}` !== `${[0, 1, 2, 3, tokenizer.vocabularySize - 1]}`)
    say("--init-text: the tokenizer is not RoBERTa's: the token embeddings stand for other tokens here");
}
