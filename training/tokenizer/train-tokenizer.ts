// maskvlm tokenizer train --corpus captions.json more.txt --vocab-size 4000 --out tokenizer.json
import { Tokenizer } from '@huggingface/tokenizers';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { byteLevelJson, captionNormalizer } from '../../model/tokenizer/byte-level-json.js';
import { type Normalizer, type TextCleaning, withCleaning } from '../../model/tokenizer/text-cleaning.js';
import { readCorpus } from './read-corpus.js';
import { trainBpe } from './train-bpe.js';

export interface TokenizerOptions {
  /** Most tokens the vocabulary may have, at least 261; it has fewer when no pair of tokens occurs twice any more. */
  vocabSize: number;
  /** The tokenizer.json to write. */
  out: string;
  /** Make no difference between "Red" and "red"; default true. */
  lowercase?: boolean;
  /** Clean texts before anything else; default `none`. */
  cleaning?: TextCleaning;
}

export interface TrainTokenizerOptions extends TokenizerOptions {
  /** Files of texts, see {@link readCorpus}. */
  corpus: string[];
}

/** How often each word occurs, split and written in byte symbols as the finished tokenizer will do it. */
export async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
  normalizer: Normalizer,
): Promise<Map<string, number>> {
  const empty = byteLevelJson({ vocabulary: {}, merges: [], addPrefixSpace: true, normalizer });
  const splitter = new Tokenizer({ ...empty, added_tokens: [] }, {});
  const counts = new Map<string, number>();
  for await (const text of texts) {
    const normal = splitter.normalizer!.normalize(text);
    if (normal === '') continue;
    for (const word of splitter.pre_tokenizer!.pre_tokenize(normal)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

async function* readAll(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* readCorpus(file);
}

/**
 * Trains a byte-level BPE tokenizer with RoBERTa's special tokens on texts and writes it as a Hugging Face tokenizer.json; the same
 * texts give the same bytes. Returns the size V of the vocabulary. Throws an ExpectationError that names the option.
 */
export async function trainTokenizerOn(
  texts: Iterable<string> | AsyncIterable<string>,
  { vocabSize, out, lowercase = true, cleaning = 'none' }: TokenizerOptions,
): Promise<{ vocabularySize: number }> {
  const normalizer = withCleaning(captionNormalizer(lowercase), cleaning)!;
  const counts = await countWords(texts, normalizer);
  const { vocabulary, merges } = trainBpe(counts, vocabSize);
  const json = byteLevelJson({ vocabulary, merges, addPrefixSpace: true, normalizer });
  await writeAtomically(out, `${JSON.stringify(json, null, 1)}\n`);
  return { vocabularySize: Object.keys(vocabulary).length };
}

/** As {@link trainTokenizerOn}, on the texts of files. Throws an ExpectationError that names the file or the option. */
export const trainTokenizer = ({ corpus, ...options }: TrainTokenizerOptions): Promise<{ vocabularySize: number }> =>
  trainTokenizerOn(readAll(corpus), options);
