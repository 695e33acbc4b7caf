import type { ModelConfig } from '../../model/maskvlm/config.js';
import { type Feed, openResidentSession } from '../../model/onnx/resident-session.js';
import type { HostTensor } from '../../model/onnx/session.js';
import type { CrossLoss } from '../objectives/cross-pairs.js';
import { contrastingStage, crossingStage, encodingStage } from '../objectives/pair-stages.js';
import type { PretrainingSettings } from '../objectives/pretraining.js';
import { accumulatingGraph, sendingGraph } from './accumulation-graphs.js';
import { type AccumulationOptions, type Accumulator, batchPart, createSum, openAccumulating } from './accumulator.js';
import { addRows, gatherRows, rowsFrom, sumOf, zeroRows } from './batch-rows.js';

const MODALITIES = ['image', 'text'] as const;
type Modality = (typeof MODALITIES)[number];
type Tensors = Record<string, HostTensor>;

/** The tokens of all pairs of a step on the host, whole inputs first, then masked ones; or their gradients. */
type AllTokens = Record<Modality, HostTensor>;

/** For each pair of a step the rows of its hard negatives, and whether it has any. */
interface Negatives {
  image: number[];
  text: number[];
  exist: HostTensor;
}

/**
 * The gradient of pre-training, and of fine-tuning for retrieval, over `parts` batches as if they were one, negatives of ITC and ITM
 * included (Gao et al. 2021, GradCache; open_clip's --accum-freq): encodes all parts without gradient, compares all pairs, crosses part
 * after part, and with the gradients of all tokens known goes back through the encoders part after part. Costs a second forward pass of the
 * encoders. `settings` are those of a part.
 */
export async function openPairAccumulator(
  config: ModelConfig,
  settings: PretrainingSettings,
  options: AccumulationOptions,
): Promise<Accumulator> {
  const sessions = await openStages(config, settings, options);
  const { layout, parts } = options;
  const { losses, batch: size } = settings;
  const pairs = size * parts;
  const restored = { image: losses.mim, text: losses.mlm };
  const sum = createSum(layout.size);
  const own = (part: number) => rowsFrom(part * size, size);
  const maskedOf = (part: number, modality: Modality) =>
    restored[modality] ? rowsFrom(pairs + part * size, size) : [];
  const encoded = (part: number, modality: Modality) => [...own(part), ...maskedOf(part, modality)];

  async function encode(parameters: Feed, batch: Tensors): Promise<AllTokens> {
    const tokens: Partial<AllTokens> = {};
    for (let part = 0; part < parts; part++) {
      const { host } = await sessions.encoding.run({ ...batchPart(batch, part, parts), parameters });
      for (const modality of MODALITIES) {
        const sent = host[`${modality}_tokens`]!;
        tokens[modality] ??= zeroRows([sent.shape[0]! * parts, ...sent.shape.slice(1)]);
        addRows(tokens[modality], encoded(part, modality), sent);
      }
    }
    return tokens as AllTokens;
  }

  async function contrast(parameters: Feed, batch: Tensors, tokens: AllTokens, found: AllTokens): Promise<Negatives> {
    const heads = Object.fromEntries(
      MODALITIES.map((modality) => [`first_${modality}_tokens`, firstTokens(tokens[modality], pairs)]),
    );
    const { negative_images, negative_texts, negatives_exist, ...rest } = await sum.add(sessions.contrasting!, {
      ...batch,
      ...heads,
      parameters,
    });
    for (const modality of MODALITIES) addToFirst(found[modality], rest[`first_${modality}_tokens_gradient`]!);
    const rows = (tensor?: HostTensor) => Array.from((tensor?.data ?? []) as BigInt64Array, Number);
    return { image: rows(negative_images), text: rows(negative_texts), exist: negatives_exist ?? zeroRows([pairs]) };
  }

  async function cross(
    parameters: Feed,
    batch: Tensors,
    negatives: Negatives,
    tokens: AllTokens,
    found: AllTokens,
  ): Promise<void> {
    const totals = totalsOf(batch, negatives, pairs);
    for (let part = 0; part < parts; part++) {
      const rows = (modality: Modality) => [
        ...own(part),
        ...(losses.itm ? own(part).map((row) => negatives[modality][row]!) : []),
        ...maskedOf(part, modality),
      ];
      const received = Object.fromEntries(
        MODALITIES.map((modality) => [`${modality}_tokens`, gatherRows(tokens[modality], rows(modality))]),
      );
      const texts = rows('text').map((row) => row % pairs);
      const gradients = await sum.add(sessions.crossing!, {
        ...batchPart(batch, part, parts),
        ...received,
        ...totals,
        token_mask: gatherRows(batch.attention_mask!, texts),
        negatives_exist: gatherRows(negatives.exist, own(part)),
        parameters,
      });
      for (const modality of MODALITIES)
        addRows(found[modality], rows(modality), gradients[`${modality}_tokens_gradient`]!);
    }
  }

  async function goBack(parameters: Feed, batch: Tensors, found: AllTokens): Promise<void> {
    for (let part = 0; part < parts; part++) {
      const returned = Object.fromEntries(
        MODALITIES.map((modality) => [
          `${modality}_tokens_gradient`,
          gatherRows(found[modality], encoded(part, modality)),
        ]),
      );
      await sum.add(sessions.returning, { ...batchPart(batch, part, parts), ...returned, parameters });
    }
  }

  return {
    async accumulate(parameters, batch) {
      sum.begin();
      const tokens = await encode(parameters, batch);
      const found = { image: zeroRows(tokens.image.shape), text: zeroRows(tokens.text.shape) };
      const none = { image: [], text: [], exist: zeroRows([pairs]) };
      const negatives = sessions.contrasting ? await contrast(parameters, batch, tokens, found) : none;
      if (sessions.crossing) await cross(parameters, batch, negatives, tokens, found);
      await goBack(parameters, batch, found);
      return sum.end();
    },
    async release() {
      for (const session of Object.values(sessions)) await session?.release();
    },
  };
}

/** Loads the stages that the losses ask for. */
async function openStages(config: ModelConfig, settings: PretrainingSettings, options: AccumulationOptions) {
  const { layout, parts } = options;
  const { losses } = settings;
  const all = { ...settings, batch: settings.batch * parts };
  const encoding = (root: Parameters<typeof encodingStage>[0]) => encodingStage(root, config, settings);
  return {
    encoding: await openResidentSession(sendingGraph(layout, encoding), [], options),
    contrasting:
      losses.itc || losses.itm
        ? await openAccumulating(
            accumulatingGraph(layout, (root) => contrastingStage(root, config, all)),
            options,
          )
        : null,
    crossing:
      losses.itm || losses.mlm || losses.mim
        ? await openAccumulating(
            accumulatingGraph(layout, (root) => crossingStage(root, config, settings), options),
            options,
          )
        : null,
    returning: await openAccumulating(accumulatingGraph(layout, encoding, options), options),
  };
}

/** What the losses of a whole step are divided by. */
function totalsOf(batch: Tensors, { exist }: Negatives, pairs: number): Record<`${CrossLoss}_total`, HostTensor> {
  const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
  const masked = (mask?: HostTensor) => scalar(mask ? sumOf(mask) : 0);
  return {
    itm_total: scalar(pairs + 2 * sumOf(exist)),
    mlm_total: masked(batch.text_mask),
    mim_total: masked(batch.image_mask),
  };
}

/** The first token of each of the first `count` rows: [n,M,D] -> [count,1,D]. */
function firstTokens(tokens: HostTensor, count: number): HostTensor {
  const [rows, length, width] = tokens.shape as [number, number, number];
  const each = { ...tokens, shape: [rows * length, 1, width] };
  return gatherRows(
    each,
    rowsFrom(0, count).map((row) => row * length),
  );
}

/** Adds gradients [n,1,D] to those of the first token of each row. */
function addToFirst(found: HostTensor, gradient: HostTensor): void {
  const [rows, length, width] = found.shape as [number, number, number];
  const firsts = rowsFrom(0, gradient.shape[0]!).map((row) => row * length);
  addRows({ ...found, shape: [rows * length, 1, width] }, firsts, gradient);
}
