import { expect } from '../../model/errors.js';
import { hashData } from '../data/hash-data.js';
import { type DataSource, readData } from '../data/read-data.js';
import type { RecordKind, Records } from '../data/records.js';
import type { DataEntry, Recipe } from '../recipe/recipe.js';
import type { RecordRules, RunData, RunSource } from './task.js';
import { guessFromText } from './text-only.js';

/** Reads what a recipe trains and validates on, by the rules of its task's records. */
export async function readRunData<K extends RecordKind>(recipe: Recipe, rules: RecordRules<K>): Promise<RunData> {
  const { records: kind, corpus, items, textOnly } = rules;
  const { data, text, evaluate } = recipe;
  const settings = { cleaning: text.cleaning, check: data.check, maxSkippedShare: data.maxSkippedShare };
  const itemsOf = items(recipe);
  const source = (
    entry: DataEntry,
    { records, skipped, leftOut, weight }: DataSource<Records[K]>,
    learned: readonly Records[K][] = records,
  ): RunSource => ({
    items: itemsOf(learned),
    corpus: () => records.flatMap((record) => [...corpus(record)]),
    hash: () => hashData(kind, entry, records),
    skipped,
    leftOut,
    weight,
  });
  const read = await readData(kind, data.train, settings);
  const learned = read.flatMap(({ records }) => records);
  const learn = rules.learned?.(recipe);
  const train = read.map((one, i) => source(data.train[i]!, one, learn?.(one.records)));
  refuseEmpty('data.train', train, 'to learn from');
  const held = await readData(kind, data.val, { ...settings, heldOut: true });
  const val = held.map((one, i) => source(data.val[i]!, one));
  refuseEmpty('data.val', val, 'to measure by');
  const measured = held.flatMap(({ records }) => records).slice(0, evaluate.limit ?? undefined);
  return {
    train,
    val,
    ...(measured.length > 0 && {
      held: {
        examples: measured.length,
        validate: (model, options) => rules.validate(model, measured, recipe, options),
        samples: (model, options) => rules.samples(model, measured, recipe, options),
        ...(textOnly && { textOnly: () => guessFromText(textOnly, learned, measured, recipe.seed) }),
      },
    }),
  };
}

/** A test split may hold its answers back: there is nothing in it for a run. */
function refuseEmpty(key: string, sources: readonly RunSource[], purpose: string): void {
  for (const [i, { items }] of sources.entries())
    expect(items.length > 0, `recipe ${key}.${i}`, `examples with an answer or label ${purpose}`, 'none');
}
