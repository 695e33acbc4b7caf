/** Prediction files in the forms that the official evaluations read. Each is written whole or not at all. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import type { EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import type { ExampleId } from './match-predictions.js';

/** Writes answers by question id for VQA v2 (EvalAI, vqaEval.py): a JSON list of `{"question_id": 1, "answer": "yes"}`. */
export async function writeVqaSubmission(file: string, answers: ReadonlyMap<ExampleId, string>): Promise<void> {
  const results = Array.from(answers, ([id, answer]) => JSON.stringify({ question_id: id, answer }));
  await write(file, `[${results.join(',\n')}]\n`);
}

/**
 * Writes truth values by identifier for NLVR2 (nlvr2/eval/metrics.py): lines `dev-850-0-0,True`, no header.
 * Throws where an identifier would not survive in such a line.
 */
export async function writeNlvr2Submission(file: string, labels: ReadonlyMap<string, boolean>): Promise<void> {
  const lines = Array.from(labels, ([identifier, label]) => {
    expect(/^[^\s,]+$/.test(identifier), 'identifier in the NLVR2 file', 'no comma and no blank', identifier);
    return `${identifier},${label ? 'True' : 'False'}\n`;
  });
  await write(file, lines.join(''));
}

/**
 * Writes classes by pairID for SNLI-VE, which prescribes no form: JSON lines `{"pairID": "1.jpg#2r1c", "label": "neutral"}`.
 */
export async function writeEntailmentSubmission(
  file: string,
  labels: ReadonlyMap<ExampleId, EntailmentLabel>,
): Promise<void> {
  const lines = Array.from(labels, ([id, label]) => `${JSON.stringify({ pairID: id, label })}\n`);
  await write(file, lines.join(''));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, text);
}
