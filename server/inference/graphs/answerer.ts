import { createDecoderStep } from '../../../model/answers/decoder-step.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import { type Decoding, decodeAnswers, type FoundAnswers } from './decode-answers.js';
import { splitByMessage } from './encoder-outputs.js';
import type { GraphCodec, Tensors, TensorValue } from './graph-codec.js';
import { type PairMessage, packPairs, pairFeeds, type TextAndPictures } from './pair-feeds.js';

/** A question about a picture. */
export interface Question extends TextAndPictures {
  decoding: Decoding;
}

interface Message extends PairMessage {
  decodings: Decoding[];
}

const mapValues = <From, To>(all: Record<string, From>, change: (one: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));

const toTensors = (feeds: Record<string, HostTensor>): Tensors =>
  mapValues(feeds, ({ dtype, data, shape }) => ({ type: dtype, data, dims: shape }) as TensorValue);

const toHost = (outputs: Tensors): Record<string, HostTensor> =>
  mapValues(outputs, ({ type, data, dims }) => ({ dtype: type, data, shape: dims }));

/**
 * Picture and question -> answers with their probabilities (section 4.1 of the paper). The question encoder runs once for all questions,
 * then the decoder over the answers of all of them, token by token.
 */
export const answerer: GraphCodec<Question, Message, FoundAnswers> = {
  roles: ['question_encoder', 'answer_decoder'],

  pack(questions) {
    const { message, transfer } = packPairs(questions);
    return { message: { ...message, decodings: questions.map(({ decoding }) => decoding) }, transfer };
  },

  async run(messages, context) {
    const [encoder, decoder] = [context.graph('question_encoder'), context.graph('answer_decoder')];
    const encoded = await encoder.run(pairFeeds(messages, encoder, context).feeds);
    const step = createDecoderStep(async (feeds) => toHost(await decoder.run(toTensors(feeds))), toHost(encoded));
    const decodings = messages.map((message) => message.decodings);
    return splitByMessage(await decodeAnswers(step, decodings.flat(), context), decodings);
  },

  transfer: () => [],
};
