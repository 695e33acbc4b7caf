import { div, expand, gatherElements, logSoftmax, mul, neg, reduceSum, reshape } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { asRows } from '../../model/layers/linear.js';
import type { Scope } from '../../model/layers/scope.js';
import { answerContext, answerDecoder, causalMask, fusionEncoder } from '../../model/maskvlm/answer-decoder.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { crossInputs } from './cross-inputs.js';
import { encodeInputs, type StepSize } from './encode-inputs.js';
import type { Forward } from './forward.js';
import { wholeNumbers } from './whole-numbers.js';

export interface AnswerSize extends StepSize {
  /** Answers of a question. */
  answers: number;
  /** T: tokens of an answer, [START] or [END] and padding included. */
  answerLength: number;
}

/**
 * VQA (section 4.1, appendix A.1): B questions, every k of them about one picture, with up to A answers each. answer_ids [B*A,T] begin with [START], answer_targets [B*A,T] end
 * with [END]; answer_weights [B*A,T] is the weight of the answer on its tokens, 0 on padding. The loss is the weighted sum over the
 * tokens of all answers, by the number of questions (ALBEF, model_vqa.py).
 */
export function questionAnswering(root: Scope, config: ModelConfig, size: AnswerSize): Forward {
  const { batch, answers, answerLength } = size;
  const { graph } = root;
  const { image, text } = encodeInputs(root, config, size);
  const { fromImage, fromText } = crossInputs(root, { image, text }, { ...size, read: 'all' }, config);
  const fused = fusionEncoder(root, { ...text, tokens: fromText }, { tokens: fromImage, mask: null }, config);
  const shape = [batch * answers, answerLength];
  const { logits } = answerDecoder(
    root,
    {
      ids: graph.input('answer_ids', 'int64', shape),
      positions: wholeNumbers(graph, 'answer_positions', answerLength, (i) => i),
      selfMask: graph.constant('causal_mask', 'float32', [answerLength, answerLength], causalMask(answerLength)),
      context: answerContext(root, fused.tokens, config).map(({ keys, values }) => ({
        keys: repeatRows(keys, answers),
        values: repeatRows(values, answers),
      })),
      contextMask: fused.mask && repeatRows(fused.mask, answers),
    },
    config,
  );
  const targets = graph.input('answer_targets', 'int64', shape);
  const weights = graph.input('answer_weights', 'float32', shape);
  return { losses: { vqa: answerLoss(logits, targets, weights, batch) }, stopped: [], outputs: { logits } };
}

/** sum of w (-log p(target)) / questions. logits [n,T,V], targets and weights [n,T] -> scalar. */
function answerLoss(logits: Value, targets: Value, weights: Value, questions: number): Value {
  const rows = asRows(logits);
  const count = Number(rows.shape[0]);
  const picked = gatherElements(logSoftmax(rows), reshape(targets, [count, 1]), 1);
  return div(neg(reduceSum(mul(reshape(picked, [count]), reshape(weights, [count])), [0])), questions);
}

/** Each of B rows `times` times in a row: [B,...] -> [B*times,...]. */
function repeatRows(x: Value, times: number): Value {
  if (times === 1) return x;
  const [batch, ...rest] = x.shape as number[];
  const B = batch!;
  const repeated = expand(reshape(x, [B, 1, ...rest]), [B, times, ...rest]);
  return reshape(repeated, [B * times, ...rest]);
}
