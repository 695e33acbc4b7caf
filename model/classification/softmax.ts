/** Probabilities of classes by their logits [C]; they sum to 1. */
export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - most));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / sum);
}
