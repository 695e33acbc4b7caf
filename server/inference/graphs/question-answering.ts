import type { AnswerText } from '../../../model/answers/answer-texts.js';
import { createDecoderStep } from '../../../model/answers/decoder-step.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { type Decode, decodeByBeams, decodeByLists, type RankedList } from './decode-answers.js';
import { splitByMessage } from './encoder-outputs.js';
import type { GraphCodec, Tensors, TensorValue } from './graph-codec.js';
import { type PairMessage, packPairs, pairFeeds, type TextAndPictures } from './pair-feeds.js';

/** A question about a picture, and what is wanted of the answers. */
export interface Question<Wanted> extends TextAndPictures {
  wanted: Wanted;
}

interface Message<Wanted> extends PairMessage {
  wanted: Wanted[];
}

const mapValues = <From, To>(all: Record<string, From>, change: (one: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));

const toTensors = (feeds: Record<string, HostTensor>): Tensors =>
  mapValues(feeds, ({ dtype, data, shape }) => ({ type: dtype, data, dims: shape }) as TensorValue);

const toHost = (outputs: Tensors): Record<string, HostTensor> =>
  mapValues(outputs, ({ type, data, dims }) => ({ dtype: type, data, shape: dims }));

/** The question encoder runs once for all questions, then the decoder over the answers of all of them, again and again. */
function answering<Wanted, Found>(decode: Decode<Wanted, Found>): GraphCodec<Question<Wanted>, Message<Wanted>, Found> {
  return {
    roles: ['question_encoder', 'answer_decoder'],

    pack(questions) {
      const { message, transfer } = packPairs(questions);
      return { message: { ...message, wanted: questions.map(({ wanted }) => wanted) }, transfer };
    },

    async run(messages, context) {
      const [encoder, decoder] = [context.graph('question_encoder'), context.graph('answer_decoder')];
      const encoded = await encoder.run(pairFeeds(messages, encoder, context).feeds);
      const step = createDecoderStep(async (feeds) => toHost(await decoder.run(toTensors(feeds))), toHost(encoded));
      const wanted = messages.map((message) => message.wanted);
      return splitByMessage(await decode(step, wanted.flat(), context), wanted);
    },

    transfer: () => [],
  };
}

/** Picture, question and number of beams (1 is greedy) -> answers in the model's own words (section 4.1 of the paper). */
export const answerer: GraphCodec<Question<number>, Message<number>, AnswerText[]> = answering(decodeByBeams);

/** Picture, question and list of answers -> the list in order. */
export const answerRanker: GraphCodec<Question<readonly string[]>, Message<readonly string[]>, RankedList> = answering(
  decodeByLists,
);
