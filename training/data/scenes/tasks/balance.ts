import type { Rng } from '../../../../model/random.js';
import type { Scene, SceneObject } from '../scene.js';
import type { Pattern } from '../semantics.js';
import { isShort } from '../wording.js';
import { ATTRIBUTE_NAMES } from './patterns.js';

/** A sentence that can be put to any picture, with its answer for each: a question, or a hypothesis and its label. */
export interface Prompt {
  text: string;
  /**
   * Names of the groups of sentences, from those with the same meaning to the widest, within which the answers are kept even as well: a
   * reader of the words alone learns nothing from what is common to a group.
   */
  groups: readonly string[];
  /** The answers that are kept equally frequent. Others may be given, but never more often than these. */
  answers: readonly string[];
  /** What the sentence is about; a picture with nearly such things makes a good counterexample. */
  mentions: readonly Pattern[];
  /** The answer that nobody would dispute; undefined where there is none or the sentence makes no sense. */
  answerFor(scene: Scene): string | undefined;
}

export interface Answered {
  text: string;
  answer: string;
}

/** Draws a sentence that a scene gives occasion to; undefined where the first idea came to nothing. */
export type Draw = (scene: Scene, rng: Rng) => Prompt | undefined;

/** Sentences wait for pictures with the answers that they have not had yet: about this many, at most that many. */
const ENOUGH_WAITING = 16;
const MOST_WAITING = 64;

/** With more answers than this a sentence does not wait: new ones of its groups give the other answers. */
const MOST_ANSWERS = 3;

/** How far an answer may be ahead of the rarest one before it is given once more: with many answers the rarest one is long in coming. */
const leadIn = (answers: readonly string[]) => (answers.length > MOST_ANSWERS ? answers.length / 2 : 1);

/** New sentences tried for a picture. */
const MOST_DRAWS = 24;

/**
 * Chooses sentences for one picture after another so that the answers to each sentence, and to each group of sentences, stay equally
 * frequent: after a yes, the same question waits for a picture with a no. What is chosen depends on earlier pictures alone.
 */
export class Balance {
  readonly #draw: Draw;
  readonly #counts = new Map<string, Map<string, number>>();
  #waiting: Prompt[] = [];

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Chooses one sentence for a picture; none that means the same as what is `taken`, where its meaning is added. */
  choose(scene: Scene, taken: Set<string>, rng: Rng): Answered | undefined {
    const closingFirst = this.#waiting.length >= ENOUGH_WAITING || rng.next() < 0.5;
    const chosen = closingFirst
      ? (this.#close(scene, taken) ?? this.#open(scene, taken, rng))
      : (this.#open(scene, taken, rng) ?? this.#close(scene, taken));
    if (!chosen) return undefined;
    const { prompt, answer } = chosen;
    taken.add(meaning(prompt));
    this.#record(prompt, answer);
    return { text: prompt.text, answer };
  }

  /** Of the waiting sentences that this picture answers, the one whose things it comes nearest to having. */
  #close(scene: Scene, taken: ReadonlySet<string>): Choice | undefined {
    let best: Choice | undefined;
    let nearest = -1;
    for (const prompt of this.#waiting) {
      const nearness = nearnessOf(prompt, scene.objects);
      const answer = nearness > nearest ? this.#answer(prompt, scene, taken) : undefined;
      if (answer === undefined) continue;
      best = { prompt, answer };
      nearest = nearness;
    }
    return best;
  }

  #open(scene: Scene, taken: ReadonlySet<string>, rng: Rng): Choice | undefined {
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const prompt = this.#draw(scene, rng);
      if (!prompt || !isShort(prompt.text)) continue;
      const answer = this.#answer(prompt, scene, taken);
      if (answer !== undefined) return { prompt, answer };
    }
    return undefined;
  }

  /** The answer to a sentence if asking it keeps the balance. */
  #answer(prompt: Prompt, scene: Scene, taken: ReadonlySet<string>): string | undefined {
    if (taken.has(meaning(prompt))) return undefined;
    const answer = prompt.answerFor(scene);
    if (answer === undefined || this.#leadOf(prompt.text, answer, prompt) > leadIn(prompt.answers) - 1)
      return undefined;
    return prompt.groups.every((group) => this.#leadOf(group, answer, prompt) <= leadIn(prompt.answers))
      ? answer
      : undefined;
  }

  /** How far an answer is ahead of the rarest one. */
  #leadOf(group: string, answer: string, { answers }: Prompt): number {
    const counts = this.#counts.get(group);
    if (!counts) return 0;
    let rarest = Number.POSITIVE_INFINITY;
    for (const each of answers) rarest = Math.min(rarest, counts.get(each) ?? 0);
    return (counts.get(answer) ?? 0) - rarest;
  }

  #record(prompt: Prompt, answer: string): void {
    const { text, groups, answers } = prompt;
    for (const group of [text, ...groups]) {
      const counts = this.#counts.get(group) ?? new Map<string, number>();
      this.#counts.set(group, counts.set(answer, (counts.get(answer) ?? 0) + 1));
      // Equal counts say as much as none.
      if (answers.every((each) => counts.has(each)) && new Set(counts.values()).size === 1) this.#counts.delete(group);
    }
    this.#waiting = this.#waiting.filter((other) => other.text !== text);
    const isEven = answers.every((each) => this.#leadOf(text, each, prompt) === 0);
    if (isEven || answers.length > MOST_ANSWERS) return;
    this.#waiting.push(prompt);
    if (this.#waiting.length > MOST_WAITING) this.#counts.delete(this.#waiting.shift()!.text);
  }
}

interface Choice {
  prompt: Prompt;
  answer: string;
}

function meaning({ groups }: Prompt): string {
  return groups[0]!;
}

/** For each thing mentioned, the share of its attributes that one object of the scene has; summed. */
function nearnessOf({ mentions }: Prompt, objects: readonly SceneObject[]): number {
  let sum = 0;
  for (const pattern of mentions) {
    let [named, most] = [0, 0];
    for (const name of ATTRIBUTE_NAMES) if (pattern[name] !== undefined) named++;
    for (const object of objects) {
      let shared = 0;
      for (const name of ATTRIBUTE_NAMES) if (object[name] === pattern[name]) shared++;
      most = Math.max(most, shared);
    }
    sum += most / Math.max(1, named);
  }
  return sum;
}
