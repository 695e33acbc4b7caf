import type { Task } from '../../../model/bundle/manifest.js';
import type { Core } from '../../core.js';
import { type ImageSource, pictureBytes } from '../../pictures/picture-bytes.js';
import { answerQuestion, type WantedAnswers } from '../../tasks/answer-question.js';
import { judgeHypothesis } from '../../tasks/judge-hypothesis.js';
import { judgeStatement } from '../../tasks/judge-statement.js';
import { type Decide, runTask } from '../../tasks/run-task.js';
import type { Body, Handler } from '../handler.js';
import { measured } from '../measured.js';
import { fieldProblem } from '../problems.js';
import { usableText } from '../usable-text.js';
import { withinTime } from '../within-time.js';

/** What every request of a task may say beside its pictures and its text. */
interface TaskRequest {
  body: { model?: string; timeoutMs?: number };
  signal: AbortSignal;
}

/** The pictures and the text of a request by the fields that they came in. */
interface Asked {
  pictures: Record<string, ImageSource>;
  text: Record<string, string>;
}

async function readPictures(
  images: Record<string, ImageSource>,
  core: Core,
  signal: AbortSignal,
): Promise<Record<string, Uint8Array>> {
  const fields = Object.entries(images);
  const bytes = await Promise.all(fields.map(([field, image]) => pictureBytes(image, field, core, signal)));
  return Object.fromEntries(fields.map(([field], i) => [field, bytes[i]!]));
}

/** Does a task with the model that the request names, or the first that offers it. */
async function perform<Found>(
  task: Task,
  { body, signal: left }: TaskRequest,
  core: Core,
  asked: Asked,
  decide: Decide<Found>,
) {
  const model = core.inference.model(body.model, task);
  const [[field, written]] = Object.entries(asked.text) as [[string, string]];
  const text = usableText(written, field, core.limits.textCharacters);
  const { found, truncated, times } = await withinTime(body.timeoutMs, left, async (signal) => {
    const pictures = await readPictures(asked.pictures, core, signal);
    return runTask(model, { pictures, text, signal }, decide);
  });
  return { found, truncated, model: model.manifest.name, headers: measured(core, task, times) };
}

/** Beams where several answers are wanted: a wider search finds better ones than it is asked for. */
const FEWEST_BEAMS = 3;
/** Answers in the model's own words: every beam takes as much of the decoder as a greedy answer. */
const MOST_BEAMS = 32;

/** @throws Problem where the fields that say how to find answers do not go together */
function readWanted({ answers, decode, topK = 1 }: Body<'vqa'>, { limits }: Core): WantedAnswers {
  if (answers) {
    if (decode) throw fieldProblem('bad-request', 'decode', 'expected none beside answers, which are ranked');
    return { answers: answers.map((answer, i) => usableText(answer, `answers[${i}]`, limits.textCharacters)) };
  }
  if (topK > MOST_BEAMS) {
    throw fieldProblem('bad-request', 'topK', `expected at most ${MOST_BEAMS} without answers, got ${topK}`);
  }
  if (decode === 'greedy' && topK > 1) {
    throw fieldProblem('bad-request', 'decode', `expected beam for several answers (topK ${topK}), got greedy`);
  }
  const isGreedy = (decode ?? (topK > 1 ? 'beam' : 'greedy')) === 'greedy';
  return { beams: isGreedy ? 1 : Math.max(FEWEST_BEAMS, topK) };
}

export const vqa: Handler<'vqa'> = async (request, core) => {
  const { image, question, topK = 1 } = request.body;
  const asked = { pictures: { image }, text: { question } };
  const wanted = readWanted(request.body, core);
  const { found, truncated, model, headers } = await perform('vqa', request, core, asked, (...input) =>
    answerQuestion(wanted, ...input),
  );
  const json = { answers: found.answers.slice(0, topK), truncated: truncated || found.truncated, model };
  return { status: 200, json, headers };
};

export const nlvr2: Handler<'nlvr2'> = async (request, core) => {
  const { left, right, statement } = request.body;
  const asked = { pictures: { left, right }, text: { statement } };
  const { found, truncated, model, headers } = await perform('nlvr2', request, core, asked, judgeStatement);
  return { status: 200, json: { ...found, truncated, model }, headers };
};

export const visualEntailment: Handler<'visualEntailment'> = async (request, core) => {
  const { image, hypothesis } = request.body;
  const asked = { pictures: { image }, text: { hypothesis } };
  const { found, truncated, model, headers } = await perform('ve', request, core, asked, judgeHypothesis);
  return { status: 200, json: { ...found, truncated, model }, headers };
};
