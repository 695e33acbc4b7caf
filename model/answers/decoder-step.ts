import { causalMask } from '../maskvlm/answer-decoder.js';
import type { HostTensor } from '../onnx/session.js';

/** Keys and values of the tokens so far, [blocks,R,H,P,Dh] each; see the answer decoder's graph. */
export interface AnswerCache {
  keys: HostTensor;
  values: HostTensor;
  /** P. */
  length: number;
}

/** The next T tokens of R answers. */
export interface StepTokens {
  /** R rows of T ids. */
  ids: readonly (readonly number[])[];
  /** The question of each answer. */
  questions: readonly number[];
  /** What came before, and which of its rows each answer goes on from; absent at the start. */
  past?: { cache: AnswerCache; rows: readonly number[] };
}

export interface StepResult {
  /** Log probabilities of the token after each of these, [R,T,V]. */
  logProbabilities: Float32Array;
  cache: AnswerCache;
}

/** Runs the answer decoder over tokens of answers to a fixed set of questions. */
export type DecoderStep = (tokens: StepTokens) => Promise<StepResult>;

type Run = (feeds: Record<string, HostTensor>) => Promise<Record<string, HostTensor>>;
const rowsOf = (list: readonly number[], shape = [list.length]): HostTensor => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(list, BigInt),
});

/** The decoder over questions as the graph question_encoder gave them (context_keys, context_values, context_mask); `run` runs answer_decoder. */
export function createDecoderStep(run: Run, context: Record<string, HostTensor>): DecoderStep {
  const { context_keys, context_values, context_mask } = context as Record<
    'context_keys' | 'context_values' | 'context_mask',
    HostTensor
  >;
  const [blocks, questions, heads, , perHead] = context_keys.shape as [number, number, number, number, number];
  const none = { dtype: 'float32' as const, shape: [blocks, questions, heads, 0, perHead], data: new Float32Array(0) };
  return async ({ ids, questions: contextRows, past }) => {
    const [R, T] = [ids.length, ids[0]!.length];
    const P = past?.cache.length ?? 0;
    const out = await run({
      context_keys,
      context_values,
      context_mask,
      context_rows: rowsOf(contextRows),
      past_keys: past?.cache.keys ?? none,
      past_values: past?.cache.values ?? none,
      past_rows: rowsOf(past?.rows ?? contextRows),
      input_ids: rowsOf(ids.flat(), [R, T]),
      positions: rowsOf(Array.from({ length: T }, (_, i) => P + i)),
      self_mask: { dtype: 'float32', shape: [T, P + T], data: causalMask(T, P) },
    });
    return {
      logProbabilities: out.log_probabilities!.data as Float32Array,
      cache: { keys: out.present_keys!, values: out.present_values!, length: P + T },
    };
  };
}
