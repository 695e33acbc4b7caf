import type { Normalizer } from './text-cleaning.js';

/** RoBERTa's special tokens; a vocabulary of ours gives them the ids 0 to 4. */
export const SPECIAL_TOKENS = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as const;

export interface ByteLevelBpe {
  /** Token to id; tokens are written in the 256 byte symbols. */
  vocabulary: Record<string, number>;
  /** Pairs "left right" in the order in which they were learned. */
  merges: string[];
  /** Put a space before the first word, so that it is the same token as inside a text. */
  addPrefixSpace: boolean;
  /** Hugging Face normalizer, null to leave texts as they are. */
  normalizer: Normalizer | null;
}

/** Composed characters, one space for any run of white space, none around the text, and lower case if asked for. */
export function captionNormalizer(lowercase: boolean): Normalizer {
  return {
    type: 'Sequence',
    normalizers: [
      { type: 'NFC' },
      { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
      ...(lowercase ? [{ type: 'Lowercase' }] : []),
      { type: 'Strip', strip_left: true, strip_right: true },
    ],
  };
}

/**
 * A Hugging Face tokenizer.json, as an object, for byte-level BPE in RoBERTa's layout: `<s> text </s>`.
 * The vocabulary must have the special tokens.
 */
export function byteLevelJson({ vocabulary, merges, addPrefixSpace, normalizer }: ByteLevelBpe): object {
  const addedTokens = SPECIAL_TOKENS.map((content) => ({
    id: vocabulary[content],
    content,
    single_word: false,
    // RoBERTa's mask token takes the space before it along.
    lstrip: content === '<mask>',
    rstrip: false,
    normalized: false,
    special: true,
  })).sort((a, b) => a.id! - b.id!);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    normalizer,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: true },
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', vocabulary['</s>']],
      cls: ['<s>', vocabulary['<s>']],
      trim_offsets: true,
      add_prefix_space: addPrefixSpace,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges,
    },
  };
}
